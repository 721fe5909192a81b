"""The training of a spec as functions: loss and metrics, gradients, a step, all steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...derive.training import TrainingGraph, training_graph
from ...graph.form import form_of
from ...graph.graph import Node
from ...graph.spec import TrainSection
from .body import Body
from .functions import Functions
from .subject import Loop, Subject
from .update import updates_of


class TrainingText:
    """The functions of a training, and which rows they read."""

    def __init__(self, functions: Functions, subject: Subject, section: TrainSection) -> None:
        self.functions = functions
        self.names = functions.names
        self.subject = subject
        self.section = section
        self.spec = functions.spec
        self._metrics = {
            name: each
            for name, each in section.metrics.items()
            if functions.plain.full.nodes[each].operation.numpy is not None
        }
        self.parts = list(self._parts())

    def _parts(self) -> Iterator[list[str]]:
        yield self._loss()
        if self._metrics:
            yield self._judging()
            yield [
                "def line(values: dict[str, Array]) -> str:",
                '    """Numbers with their names."""',
                '    return ", ".join(f"{name} {value:.6g}" for name, value in values.items())',
            ]
        section, spec = self.section, self.spec
        training = training_graph(spec.full, section.minimize, section.optimizer, section.groups)
        following = {path: each.value for path, each in training.next.items()}
        forward = replace(form_of(spec, training=True).full, idle=frozenset())
        doc = f"What a step makes small, its derivatives{', and the states after the step' if following else ''}."
        paths = list(training.parameters)
        lines, self.differentiated = self.functions.gradients(
            forward, section.minimize, paths, following, doc, weights=True
        )
        yield lines
        update = updates_of(training, self.names, self.functions.dialect)
        self.functions.called |= dict.fromkeys(update.functions)
        yield from update.definitions
        yield self._train_step(training, update.lines)
        if (loop := self.subject.loop) is not None:
            if loop.order:
                yield loop.order.splitlines()
            yield self._train(loop)

    def _loss(self) -> list[str]:
        self.judged = body = self.functions.body(self.functions.plain.full, {"loss": self.section.minimize})
        required, optional, _ = self.functions.arguments(body, weights=True)
        lines = [*body.lines, f"return {body.results['loss']}"]
        return self.functions.function("loss", [*required, *optional], "Array", "What a training makes small.", lines)

    def _judging(self) -> list[str]:
        targets = {self.section.loss: self.section.minimize, **self._metrics}
        self.judged = body = self.functions.body(self.functions.plain.full, targets)
        return self.functions.of_values("metrics", body, "How good the weights are.", weights=True)

    def _train_step(self, training: TrainingGraph, update: Sequence[str]) -> list[str]:
        required, optional, passed = self.functions.arguments(self.differentiated, weights=True)
        optional = [each for each in optional if not each.startswith("step:")]
        given = [required[0], "memory: Weights", *required[1:], *optional, "step: int = 0", "factor: float = 1.0"]
        after = ", after" if training.next else ""
        arguments = ["weights", *(f"{each}={each}" for each in passed[1:])]
        doc = (
            "One step, counted from 0: changes weights and memory, and gives what it makes small, as it was before it."
        )
        return [
            "def train_step(",
            *(f"    {each}," for each in given),
            ") -> Array:",
            f'    """{doc}"""',
            f"    value, d{after} = gradients({', '.join(arguments)})",
            *(f"    {line}" for line in update),
            *(["    weights.update(after)"] if after else []),
            "    return value",
        ]

    def _row_names(self) -> list[str]:
        return [self.names.of(path) for path in self.rows(self.subject.data)]

    def _of_train(self, loop: Loop) -> tuple[list[str], list[str], str]:
        """What `train` takes, what it gives to a step, and what it prints."""
        rows = self._row_names()
        names = [*rows, *(self.names.of(path) for path in self._lacking)]
        declared = ["weights: Weights", *(f"{name}: Array" for name in names), f"steps: int = {loop.steps}"]
        stepping, judging = self._read(self.differentiated), self._read(self.judged)
        passed = [
            f"{name}={f'{name}[chosen]' if loop.order and name in rows else name}" for name in names if name in stepping
        ]
        step = ["weights", "memory", *passed, "step=step", *([f"factor={loop.factor}"] if loop.factor else [])]
        told = self._told(", ".join(["weights", *(f"{name}={name}" for name in names if name in judging)]))
        return declared, step, told

    def _train(self, loop: Loop) -> list[str]:
        declared, passed, told = self._of_train(loop)
        rows = self._row_names()
        return [
            f"def train({', '.join(declared)}) -> None:",
            '    """Changes the weights step by step, and prints how it goes."""',
            "    memory = fresh(weights)",
            "    for step in range(steps):",
            *([f"        chosen = order(step, len({rows[0]}))"] if loop.order else []),
            f"        train_step({', '.join(passed)})",
            f"        if (step + 1) % {loop.report} == 0:",
            f'            print(f"step {{step + 1}}: {told}")',
        ]

    def _told(self, arguments: str) -> str:
        """What is printed of some rows, inside of a text of Python's."""
        return f"{{line(metrics({arguments}))}}" if self._metrics else f"{{loss({arguments}):.6g}}"

    # --- rows ---------------------------------------------------------------------------------------------------

    def _read(self, body: Body) -> set[str]:
        return {self.names.of(node.path) for node in body.leaves if node.path in self.spec.graph.inputs}

    @property
    def _leaves(self) -> Sequence[Node]:
        return (*self.differentiated.leaves, *self.judged.leaves)

    @property
    def _lacking(self) -> list[str]:
        """Inputs that a training reads and that neither a default nor the data give."""
        read, inputs = {node.path for node in self._leaves}, self.spec.graph.inputs
        return [path for path in inputs if path in read - {*self.subject.data} and inputs[path].default is None]

    def rows(self, given: Mapping[str, Any], *, judged: bool = False) -> dict[str, Any]:
        """Of rows those that a training reads, or what judges it."""
        read = {node.path for node in (self.judged.leaves if judged else self._leaves)}
        return {path: value for path, value in given.items() if path in read}

    def main(self) -> list[str]:
        """What the file does by itself: it trains, where it has all that this takes."""
        if self.subject.loop is None or self._lacking:
            return []
        lines = ['if __name__ == "__main__":', "    trained = initial()"]
        lines.append(f"    train(trained{', **rows()' if self.subject.data else ''})")
        return [*lines, *self._held_out_told()]

    def _held_out_told(self) -> list[str]:
        if not self.subject.held_out:
            return []
        return [f'    print(f"rows that are not trained on: {self._told("trained, **held_out()")}")']
