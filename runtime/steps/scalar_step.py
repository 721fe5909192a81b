"""A training step on floats: the form for a training graph that is all scalars."""

import math
from collections.abc import Mapping
from typing import Any

from ...compiler.derive.training import STEP_COUNT, TrainingGraph
from ..arrays import Array, Value
from .backend import BackendRequest, Step
from .draws import Draws
from .memory import MemoryBackend
from .scalar_function import ScalarFunction


class ScalarStep(Step):
    """Takes steps by a loop over a tape at first, by generated Python once that pays.

    `arrays` are the parameters and states by path, without axes; each step writes into those that it changes. `dims`
    are the sizes of those that the graph reads. Raises UnboundSize.
    """

    def __init__(self, training: TrainingGraph, arrays: Mapping[str, Array], dims: Mapping[str, int]) -> None:
        self._function = ScalarFunction(training.graph, training.targets, tuple(training.changed), dims)
        self._arrays = arrays
        self._draws = Draws(self._function.draws, "float64")

    def __call__(self, inputs: Mapping[str, Value], rates: Mapping[str, float], count: int) -> float | None:
        """Takes the step; gives the loss, or None where a value is not finite: nothing has then changed."""
        known: dict[str, Any] = {path: array.item() for path, array in self._arrays.items()}
        known[STEP_COUNT] = float(count)
        known.update(rates)
        known.update(inputs)
        function = self._function
        if function.draws:
            known.update({path: float(array) for path, array in self._draws.at(count - 1).items()})
        loss, changed = (function.generated or function.looped)(*[known[path] for path in function.leaves])
        if not (math.isfinite(loss) and all(map(math.isfinite, changed.values()))):
            return None
        for path, value in changed.items():
            self._arrays[path][...] = value
        return loss


class FloatBackend(MemoryBackend):
    """Floats, for a training graph that is all scalars. Raises UnboundSize."""

    name = "compiled"

    def __init__(self, request: BackendRequest) -> None:
        super().__init__(request)
        training = request.training
        self.step = ScalarStep(training, self.arrays, request.dims)
        self._gathering = ScalarStep(training.gathering, self.arrays, request.dims) if training.sums else self.step

    def step_for(self, inputs: Mapping[str, Value]) -> ScalarStep:
        return self.step

    def gathering_for(self, inputs: Mapping[str, Value]) -> ScalarStep:
        return self._gathering
