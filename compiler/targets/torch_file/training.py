"""The training of a spec in PyTorch: what a step makes small and metrics as methods, a step and all steps."""

from collections.abc import Iterator

from ...derive.training import training_graph
from ..python.subject import Loop
from ..python.training import TrainingText
from .functions import Methods
from .optimiser import clip_function, optimiser_function


class TorchTraining(TrainingText):
    """The functions of a training; `methods` are those of the module."""

    functions: Methods

    def _parts(self) -> Iterator[list[str]]:
        section = self.section
        training = training_graph(self.spec.full, section.minimize, section.optimizer, section.groups)
        self.frozen = training.frozen
        self.methods = [self._loss()]
        if self._metrics:
            self.methods.append(self._judging())
        yield list(optimiser_function(training, self.names))
        norm = section.optimizer.arguments["clip_norm"]
        clipping = clip_function(training, None if norm is None else section.optimizer.number("clip_norm"), self.names)
        if clipping:
            yield clipping
        yield self._stepping(clips=bool(clipping))
        yield self._told_function()
        if (loop := self.subject.loop) is not None:
            if loop.order:
                yield loop.order.splitlines()
            yield self._train(loop)

    def _loss(self) -> list[str]:
        states = {path: each.next for path, each in self.spec.full.states.items() if each.next is not None}
        after = {f"next {path}": number for path, number in states.items()}
        body = self.functions.body(self.spec.full, {"loss": self.section.minimize, **after})
        self.judged = self.differentiated = body
        lines = ["if self.training:"] if states else []
        lines += [f"    self.{self.names.of(path)} = {body.results[f'next {path}']}.detach()" for path in states]
        doc = f"What a training makes small{'; in training, states move on' if states else ''}."
        return self.functions.method("loss", body, "Array", doc, [*lines, f"return {body.results['loss']}"])

    def _judging(self) -> list[str]:
        targets = {self.section.loss: self.section.minimize, **self._metrics}
        self.judged = body = self.functions.body(self.spec.full, targets)
        return self.functions.values("metrics", body, "How good the net is.")

    def _passed(self, *, judged: bool = False) -> tuple[list[str], list[str]]:
        """Arguments of the loss, or of what judges the net, and how they are passed on."""
        required, optional, names = self.functions.arguments(self.judged if judged else self.differentiated)
        return [*required[1:], *optional], [f"{name}={name}" for name in names[1:]]

    def _stepping(self, *, clips: bool) -> list[str]:
        given, passed = self._passed()
        arguments = ", ".join(["net: Net", "optimiser: torch.optim.Optimizer", *given])
        return [
            f"def train_step({arguments}) -> Array:",
            '    """One step: changes the net, and gives what it makes small, as it was before it."""',
            "    net.train()",
            "    optimiser.zero_grad()",
            f"    value = net.loss({', '.join(passed)})",
            "    value.backward()",
            *(["    clip(net)"] if clips else []),
            "    optimiser.step()",
            "    return value.detach()",
        ]

    def _told_function(self) -> list[str]:
        given, passed = self._passed(judged=True)
        values = f"net.metrics({', '.join(passed)})"
        if not self._metrics:
            values = f'{{"loss": net.loss({", ".join(passed)})}}'
        return [
            f"def told(net: Net, {', '.join(given)}) -> str:" if given else "def told(net: Net) -> str:",
            '    """How good the net is outside of training, as a line."""',
            "    net.eval()",
            "    with torch.no_grad():",
            f"        values = {values}",
            '    return ", ".join(f"{name} {value:.6g}" for name, value in values.items())',
        ]

    def _told(self, arguments: str) -> str:
        return f"{{told({arguments})}}"

    def _train(self, loop: Loop) -> list[str]:
        declared, passed, told = self._of_train(loop)
        passed = [each for each in passed[2:] if not each.startswith(("step=", "factor="))]
        rows = self._row_names()
        return [
            f"def train({', '.join(['net: Net', *declared[1:]])}) -> None:",
            '    """Changes the net step by step, and prints how it goes."""',
            "    optimiser = optimiser_of(net)",
            *(
                [f"    scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: {loop.factor})"]
                if loop.factor
                else []
            ),
            "    for step in range(steps):",
            *([f"        chosen = order(step, len({rows[0]}))"] if loop.order else []),
            f"        train_step({', '.join(['net', 'optimiser', *passed])})",
            *(["        scheduler.step()"] if loop.factor else []),
            f"        if (step + 1) % {loop.report} == 0:",
            f'            print(f"step {{step + 1}}: {told.replace("told(weights", "told(net")}")',
        ]

    def main(self) -> list[str]:
        if self.subject.loop is None or self._lacking:
            return []
        lines = ['if __name__ == "__main__":', "    trained = Net()"]
        lines.append(f"    train(trained{', **rows()' if self.subject.data else ''})")
        return [*lines, *self._held_out_told()]
