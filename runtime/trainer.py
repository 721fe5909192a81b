"""One training step at a time: forward pass, reverse pass and update, on plain plans."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..compiler.signatures import Invocation
from ..compiler.spec import Precision
from ..compiler.training import LEARNING_RATE, STEP_COUNT, TrainingGraph
from ..grammar.diagnostic import SpecError
from .execute import Array, Value, execute
from .nonfinite import diagnose, finite
from .planner import Planner
from .schedules import Factor


class Trainer:
    """Holds parameters and optimiser states, and changes them step by step.

    `params` and `states` are arrays by path; each step writes into them, so a view of one stays valid. `factor` is
    what the learning rate is multiplied by at each step, counted from 0. `steps` counts the steps taken.
    """

    def __init__(
        self,
        training: TrainingGraph,
        optimizer: Invocation,
        parameters: Mapping[str, Array],
        precision: Precision,
        dims: Mapping[str, int] | None = None,
        factor: Factor | None = None,
    ) -> None:
        self.training = training
        self.params = {path: np.array(value, precision, order="C") for path, value in parameters.items()}
        self.states = {path: np.zeros_like(self.params[state.parameter]) for path, state in training.states.items()}
        self.steps = 0
        self._planner = Planner(training.graph, training.targets, precision, dims or {})
        self._rate = optimizer.number("lr")
        self._factor = factor
        self._changing = [
            *((self.params[path], update.value) for path, update in training.parameters.items()),
            *((self.states[path], update.value) for path, update in training.states.items()),
        ]

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return self._rate * (self._factor(self.steps) if self._factor else 1.0)

    def step(self, feeds: Mapping[str, object] | None = None, /, **inputs: object) -> float:
        """Takes one step on the given inputs, a mapping or by name; returns the loss before it.

        Raises SpecError for an input that is missing or unknown, for shapes that do not fit, and where the loss or
        an update is not finite: then nothing has changed.
        """
        return self.step_on(self._planner.admitted({**(feeds or {}), **inputs}))

    def step_on(self, feeds: Mapping[str, Value], rows: Sequence[int] | Array | None = None) -> float:
        """The same on values that `admit` has seen; `rows` are the rows of the data that they are, for diagnostics."""
        values = self._values(self._planner.filled(feeds))
        loss = float(values[self.training.loss])  # type: ignore[arg-type]  # a target has its value
        if not (np.isfinite(loss) and all(finite(values[new]) for _, new in self._changing)):
            raise SpecError([diagnose(self.training, values, self.steps + 1, self.learning_rate, rows)])
        for array, new in self._changing:
            array[...] = values[new]
        self.steps += 1
        return loss

    def _values(self, inputs: Mapping[str, Value]) -> list[Value | None]:
        planner = self._planner
        scalars = {LEARNING_RATE: self.learning_rate, STEP_COUNT: self.steps + 1}
        arrays = {path: np.asarray(value, planner.precision) for path, value in scalars.items()}
        feeds = {**inputs, **planner.fed({**self.params, **self.states, **arrays})}
        return execute(planner.plan(inputs, self.params), feeds)
