"""The training of a spec as pure functions: a step gives the weights and the memory that are after it."""

from collections.abc import Sequence

from ...derive.training import TrainingGraph
from ..python.subject import Loop
from ..python.training import TrainingText


class PureTraining(TrainingText):
    """The functions of a training, none of which changes what it is given."""

    def _train_step(self, training: TrainingGraph, update: Sequence[str]) -> list[str]:
        required, optional, passed = self.functions.arguments(self.differentiated, weights=True)
        given = [required[0], "memory: Weights", *required[1:], *optional, "step: Array = 0", "factor: Array = 1.0"]
        after = ", after" if training.next else ""
        arguments = ["weights", *(f"{each}={each}" for each in passed[1:])]
        doc = "One step, counted from 0: what it makes small, as it was before it, and weights and memory after it."
        return [
            "def train_step(",
            *(f"    {each}," for each in given),
            ") -> tuple[Array, Weights, Weights]:",
            f'    """{doc}"""',
            "    weights, memory = {**weights}, {**memory}",
            f"    value, d{after} = gradients({', '.join(arguments)})",
            *(f"    {line}" for line in update),
            *(["    weights.update(after)"] if after else []),
            "    return value, weights, memory",
        ]

    def _train(self, loop: Loop) -> list[str]:
        declared, passed, told = self._of_train(loop)
        if self.differentiated.draws:
            passed.append(f"key=jax.random.fold_in(jax.random.key({self.spec.graph.seed}), step)")
        rows = self._row_names()
        return [
            f"def train({', '.join(declared)}) -> Weights:",
            '    """The weights after all steps; prints how it goes."""',
            "    memory = fresh(weights)",
            "    stepped = jax.jit(train_step)",
            "    for step in range(steps):",
            *([f"        chosen = order(step, len({rows[0]}))"] if loop.order else []),
            f"        _, weights, memory = stepped({', '.join(passed)})",
            f"        if (step + 1) % {loop.report} == 0:",
            f'            print(f"step {{step + 1}}: {told}")',
            "    return weights",
        ]

    def _told(self, arguments: str) -> str:
        return super()._told(f"{arguments}, key=jax.random.key(0)" if self.judged.draws else arguments)

    def main(self) -> list[str]:
        if self.subject.loop is None or self._lacking:
            return []
        lines = ['if __name__ == "__main__":']
        lines.append(f"    trained = train(initial(){', **rows()' if self.subject.data else ''})")
        return [*lines, *self._held_out_told()]
