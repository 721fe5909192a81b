"""Parameters, gradients and optimiser states in arrays on this machine: what three of the backends hold."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...compiler.derive.training import STEP_COUNT
from ...compiler.graph.spec import Precision
from ...compiler.lower.packing import Packing, packing
from ..arrays import Array, Value, rounded
from .backend import Backend, BackendRequest, Held
from .blas import fusing, real


class Memory:
    """Parameters, gradients and optimiser states, one array each; `params` and `states` are parts of them by path.

    The states stand behind the parameters in one array, so that one copy keeps all that a step changes.
    """

    def __init__(self, packing: Packing, parameters: Mapping[str, Array], precision: Precision) -> None:
        total = packing.size + packing.updated * len(packing.states)
        self.packing = packing
        self.precision = precision
        self.array = np.zeros(total, precision)
        self.params = {path: self._part(packing.segments[path].start, path) for path in parameters}
        for path, value in parameters.items():
            self.params[path][...] = rounded(value, precision)
        starts = {state: packing.size + number * packing.updated for number, state in enumerate(packing.states)}
        self.states = {
            f"{path} {state}": self._part(start + packing.segments[path].start, path)
            for path in packing.plain
            for state, start in starts.items()
        }
        self._held: dict[str, Any] = {}
        self._rates: Mapping[str, float] | None = None

    def _part(self, start: int, path: str) -> Array:
        shape = self.packing.segments[path].shape
        return self.array[start : start + int(np.prod(shape, dtype="int64"))].reshape(shape)

    def apart(self, value: Any) -> Any:
        """A value as it is, or a copy of what a step would change under its own hands."""
        shared = isinstance(value, np.ndarray) and np.may_share_memory(value, self.array)
        return value.copy() if shared else value

    @property
    def held(self) -> dict[str, Any]:
        """What generated steps name; made when it is first asked for."""
        if not self._held:
            rates = self.packing.rates
            self._held = {
                "memory": self.array,
                "gradients": np.zeros(self.packing.updated, self.precision),
                "backup": np.empty_like(self.array),  # touched by steps that need one only
                "descents": {path: real(0.0, self.precision) for path in rates} if fusing(self.precision) else {},
                **{path: np.zeros((), self.precision) for path in (*rates, STEP_COUNT)},
            }
        return self._held

    def tell(self, rates: Mapping[str, float], count: int) -> None:
        """What generated steps read besides their inputs: learning rates by leaf, and the number of the step from 1."""
        held = self._held
        if rates is not self._rates:
            for path, rate in rates.items():
                held[path][...] = rounded(rate, self.precision)
            for path, descent in held["descents"].items():
                descent.value = -rates[path]
            self._rates = rates
        if self.packing.states:
            held[STEP_COUNT].fill(count)


class MemoryBackend(Backend):
    """A backend whose parameters and states lie in one Memory; what it reads are parts of that, at any moment.

    `fuse` allows updates to be fused into products.
    """

    def __init__(self, request: BackendRequest, *, fuse: bool = False) -> None:
        shapes = {path: np.shape(value) for path, value in request.parameters.items()}
        packed = packing(request.training, request.optimizer, shapes, fuse=fuse)
        self.memory = Memory(packed, request.parameters, request.precision)
        self.fused = packed.fused
        states = (*request.training.states, *request.training.sums)
        self._held = Held(self.memory.params, {path: self.memory.states[path] for path in states})
        self.arrays = {**self._held.params, **self._held.states}
        """All that is held, by path."""

    def read(self) -> Held:
        return self._held

    def write(self, values: Mapping[str, Value]) -> None:
        apart = {path: self.memory.apart(value) for path, value in values.items()}
        for path, value in apart.items():
            self.arrays[path][...] = rounded(value, self.memory.precision)
