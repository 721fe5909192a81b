"""Training steps compiled to numpy, one for each set of input shapes."""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any

import numpy as np

from ..compiler.packing import Packing
from ..compiler.spec import Precision
from ..compiler.targets.train_step import StepSource
from .blas import folding, real
from .compiled import Objects, function_of
from .data.labels import Limit
from .execute import Array


class Memory:
    """Parameters, gradients and optimiser states, one array each; `params` and `states` are parts of them by path.

    The states stand behind the parameters in one array, so that one copy keeps all that a step changes.
    """

    def __init__(self, packing: Packing, parameters: Mapping[str, Array], precision: Precision) -> None:
        total = packing.size + packing.updated * len(packing.states)
        self.packing = packing
        self.precision = precision
        self.array = np.zeros(total, precision)
        self.params = {path: self._part(packing.places[path].start, path) for path in parameters}
        for path, value in parameters.items():
            self.params[path][...] = value
        starts = {state: packing.size + number * packing.updated for number, state in enumerate(packing.states)}
        self.states = {
            f"{path} {state}": self._part(start + packing.places[path].start, path)
            for path in packing.plain
            for state, start in starts.items()
        }
        self._held: dict[str, Any] = {}
        self._rate: float | None = None

    def _part(self, start: int, path: str) -> Array:
        shape = self.packing.places[path].shape
        return self.array[start : start + int(np.prod(shape, dtype="int64"))].reshape(shape)

    def apart(self, value: Any) -> Any:
        """A value as it is, or a copy of what a step would change under its own hands."""
        shared = isinstance(value, np.ndarray) and np.may_share_memory(value, self.array)
        return value.copy() if shared else value

    @property
    def held(self) -> dict[str, Any]:
        """What generated steps name; made when it is first asked for."""
        if not self._held:
            self._held = {
                "memory": self.array,
                "gradients": np.zeros(self.packing.updated, self.precision),
                "backup": np.empty_like(self.array),  # touched by steps that need one only
                "rate": np.zeros((), self.precision),
                "count": np.zeros((), self.precision),
                "descent": real(0.0, self.precision) if folding(self.precision) else None,
            }
        return self._held

    def tell(self, rate: float, count: int) -> None:
        """What generated steps read besides their inputs: the learning rate, and the number of the step from 1."""
        held = self._held
        if rate != self._rate:
            held["rate"].fill(rate)
            if held["descent"] is not None:
                held["descent"].value = -rate
            self._rate = rate
        if self.packing.states:
            held["count"].fill(count)


class CompiledStep:
    """A step for inputs of certain shapes: `signature` are their paths, shapes and types, in the function's order.

    `unguarded` are class numbers that the function does not look at itself.
    """

    def __init__(
        self,
        function: Callable[..., float | None],
        source: StepSource,
        memory: Memory,
        unguarded: tuple[Limit, ...] = (),
    ) -> None:
        self.function = function
        self.unguarded = unguarded
        self.source = source
        self.signature = tuple((path, shape, np.dtype(dtype)) for path, shape, dtype in source.inputs)
        self._paths = tuple(path for path, _, _ in source.inputs)
        self.memory = memory
        self._own = memory.array
        self._quiet = copy_context()
        """Where numpy says nothing of what is not finite; to enter it is ten times as fast as np.errstate."""
        self._quiet.run(np.seterr, all="ignore")

    def __call__(self, inputs: Mapping[str, Any], rate: float, count: int) -> float | None:
        """Takes the step; gives the loss, or None where it must be taken by the plain executor: nothing has changed.

        NaN where some weights have changed before a value showed that is not finite.
        """
        self.memory.tell(rate, count)
        return self._quiet.run(self.function, *[inputs[path] for path in self._paths])

    def fitting(self, inputs: Mapping[str, object]) -> bool:
        """Whether values are what the step needs and nothing else, as they are."""
        return len(inputs) == len(self.signature) and self.accepts(inputs)

    def accepts(self, inputs: Mapping[str, object]) -> bool:
        """Whether what the step needs is there as it is: arrays in C order, of its types and shapes, not its own."""
        for path, shape, dtype in self.signature:
            value = inputs.get(path)
            if type(value) is not np.ndarray or value.dtype is not dtype or value.shape != shape:
                return False
            if not value.flags.carray or value.base is self._own:
                return False
        return True


def compiled_step(source: StepSource, memory: Memory, unguarded: tuple[Limit, ...] = ()) -> CompiledStep:
    """A generated step over the memory that a trainer holds; `unguarded` as `CompiledStep` has them."""
    objects = Objects(source.arena, memory.held, memory.precision)
    function = function_of(source.text, objects, source.bindings)
    return CompiledStep(function, source, memory, unguarded)
