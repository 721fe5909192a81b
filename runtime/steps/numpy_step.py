"""Training steps compiled to numpy, one for each set of input shapes."""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any

import numpy as np

from ...compiler.derive.training import TrainingGraph
from ...compiler.graph.class_labels import Judge
from ...compiler.lower.computation import UnboundSize, joint_nodes
from ...compiler.targets.numpy_step import StepRequest, StepSource, step_source
from ..arrays import Value
from ..data.labels import Limit, limits
from ..evaluate.planner import MOST_PLANS, unbound_error
from .backend import BackendRequest, Step
from .blas import fusing
from .draws import Draws
from .generated import Objects, function_of
from .memory import Memory, MemoryBackend


class CompiledStep(Step):
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
        drawn = {draw.path for draw in source.draws}
        given = [each for each in source.inputs if each[0] not in drawn]
        self.signature = tuple((path, shape, np.dtype(dtype)) for path, shape, dtype in given)
        self._paths = tuple(path for path, _, _ in source.inputs)
        self.memory = memory
        self._draws = Draws(source.draws, memory.precision) if source.draws else None
        self._own = memory.array
        self._quiet = copy_context()
        """Where numpy says nothing of what is not finite; to enter it is ten times as fast as np.errstate."""
        self._quiet.run(np.seterr, all="ignore")

    def __call__(self, inputs: Mapping[str, Any], rates: Mapping[str, float], count: int) -> float | None:
        """Takes the step; gives the loss, or None where it must be taken by the plain executor: nothing has changed.

        NaN where some weights have changed before a value showed that is not finite.
        """
        self.memory.tell(rates, count)
        if self._draws is not None:
            inputs = {**inputs, **self._draws.at(count - 1)}
        return self._quiet.run(self.function, *[inputs[path] for path in self._paths])

    def fitting(self, inputs: Mapping[str, object]) -> bool:
        """Whether values are what the step needs and nothing else, as they are."""
        return len(inputs) == len(self.signature) and self.accepts(inputs)

    def ready(self, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        """Copies of inputs in memory that may not be written, or that is the trainer's own."""
        if self.accepts(inputs):
            return inputs
        return {path: np.array(value, order="C") for path, value in inputs.items()}

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


class NumpyBackend(MemoryBackend):
    """Generated numpy, a function for each set of input shapes; unless `exact`, some updates may be fused."""

    name = "compiled"

    def __init__(self, request: BackendRequest) -> None:
        super().__init__(request, fuse=not request.exact and fusing(request.precision))
        self._request = request
        self._steps: dict[tuple[object, ...], CompiledStep] = {}

    def step_for(self, inputs: Mapping[str, Value]) -> CompiledStep:
        return self._step_of(self._request.training, inputs)

    def gathering_for(self, inputs: Mapping[str, Value]) -> CompiledStep:
        return self._step_of(self._request.training.gathering, inputs)

    def _step_of(self, training: TrainingGraph, inputs: Mapping[str, Value]) -> CompiledStep:
        key = (training.gathers, *inputs, *[np.shape(value) for value in inputs.values()])
        if (found := self._steps.get(key)) is None:
            if len(self._steps) >= MOST_PLANS:
                self._steps.clear()
            found = self._steps[key] = self._compiled(training, inputs)
        return found

    def _compiled(self, training: TrainingGraph, inputs: Mapping[str, Value]) -> CompiledStep:
        request, memory = self._request, self.memory
        dims = request.planner.dims(inputs, memory.params)
        wanted = StepRequest(training, request.optimizer, memory.packing, dims, memory.precision, request.options)
        try:
            source = step_source(wanted)
        except UnboundSize as unbound:
            raise unbound_error(request.training.graph, unbound) from None
        used = {path for path, _, _ in source.inputs}
        judges = [judge for judge in self._unguarded() if judge.path in used]
        return compiled_step(source, memory, limits(judges, dims) if judges else ())

    def _unguarded(self) -> list[Judge]:
        """What takes class numbers that a compiled step does not look at.

        It looks at those of a loss that it computes together with its gradient, where the lines of both do.
        """
        nodes = self._request.training.graph.nodes
        pairs = joint_nodes(nodes)
        guarded = {each for each in (*pairs, *pairs.values()) if (j := nodes[each].operation.joint) and j.guards}
        return [judge for judge in self._request.planner.judges if judge.node not in guarded]
