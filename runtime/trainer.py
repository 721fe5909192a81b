"""One training step at a time: forward pass, reverse pass and update, compiled or on plain plans."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np

from ..compiler.labels import Judge
from ..compiler.packing import packing
from ..compiler.plan import UnboundSize
from ..compiler.signatures import Invocation
from ..compiler.spec import Precision
from ..compiler.targets.joints import joint_nodes
from ..compiler.targets.train_step import StepRequest, step_source
from ..compiler.targets.writer import Options
from ..compiler.training import LEARNING_RATE, STEP_COUNT, TrainingGraph
from ..grammar.spec_error import SpecError
from .blas import folding
from .compiled_step import CompiledStep, Memory, compiled_step
from .data.labels import hold, limits
from .door import by_name
from .execute import Array, Value, execute
from .nonfinite import diagnose, finite
from .planner import MOST_PLANS, Planner, unbound_error
from .scalar_step import ScalarStep
from .schedules import Factor
from .threads import OneThread


class Trainer:
    """Holds parameters and optimiser states, and changes them step by step.

    `params` and `states` are arrays by path, parts of the trainer's own memory: each step writes into them, and to
    change one, write into it, `trainer.params["W"][...] = array`; to keep one, copy it. `factor` is what the learning
    rate is multiplied by at each step, counted from 0. `steps` counts the steps taken.

    `optimise` runs generated code, on floats where the graph is all scalars, else the plain executor does each step;
    unless `exact`, sgd's update may then be folded into the product that makes its gradient. `options` say how a
    generated step plans its memory. `rows` are those of a full batch, where that is known: smaller ones are then given
    as many threads.
    """

    def __init__(
        self,
        training: TrainingGraph,
        optimizer: Invocation,
        parameters: Mapping[str, Array],
        precision: Precision,
        dims: Mapping[str, int] | None = None,
        factor: Factor | None = None,
        *,
        exact: bool = False,
        optimise: bool = True,
        options: Options = Options(),  # noqa: B008  # a tuple of flags
        rows: int = 1,
    ) -> None:
        self._planner = Planner(training.graph, training.targets, precision, dims or {})
        self._compiles = optimise and not self._planner.scalar
        fold = self._compiles and not exact and folding(precision)
        shapes = {path: np.shape(value) for path, value in parameters.items()}
        self._memory = Memory(packing(training, optimizer, shapes, fold=fold), parameters, precision)
        self.training = training
        self.params = self._memory.params
        self.states = {path: self._memory.states[path] for path in training.states}
        self.steps = 0
        self._optimizer = optimizer
        self._options = options
        self._rate = optimizer.number("lr")
        self._factor = factor
        self._threads = OneThread()
        self._rows = rows
        sizes = [2.0 * math.prod(shape) for shape in shapes.values() if len(shape) > 1]
        self._widest = max(sizes, default=0.0)
        """Floating-point operations a row of the largest matrix product, as the parameters let on."""
        self._scalar: ScalarStep | None = None
        if optimise and self._planner.scalar:
            with suppress(UnboundSize):  # the plain executor says which
                self._scalar = ScalarStep(training, {**self.params, **self.states}, dims or {})
        self._compiled: dict[tuple[object, ...], CompiledStep] = {}
        self._last: CompiledStep | None = None
        self._changing = [
            *((self.params[path], update.value) for path, update in training.parameters.items()),
            *((self.states[path], update.value) for path, update in training.states.items()),
        ]

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return self._rate * (self._factor(self.steps) if self._factor else 1.0)

    @property
    def folded(self) -> tuple[str, ...]:
        """Parameters whose update is folded into the product that makes their gradient."""
        return self._memory.packing.folded

    @property
    def compiled(self) -> CompiledStep | None:
        """The compiled step that was taken last; None before the first, and where the plain executor takes them."""
        return self._last

    def step(self, feeds: Mapping[str, object] | None = None, /, **inputs: object) -> float:
        """Takes one step on the given inputs, a mapping or by name; returns the loss before it.

        What is given is not kept. Raises SpecError for an input that is missing or unknown, for a value that does not
        fit (kind, shape, class numbers), and where the loss or an update is not finite. Nothing has changed then, but
        for one case: where updates are folded, and what the weights' gradients are made of takes more than 64 MB,
        layers are updated while the reverse pass still runs.
        """
        given = inputs if feeds is None else by_name(feeds, inputs, self.training.graph.inputs)
        return self._threads.run(self._widest * max(self._rows, _rows(given)), lambda: self._step_given(given))

    def _step_given(self, given: Mapping[str, object]) -> float:
        last = self._last
        if last is not None and last.fitting(given):
            if last.unguarded:
                hold(self.training.graph, last.unguarded, given)
            return self._quick_step(last, given)  # type: ignore[arg-type]  # they are arrays that need no admission
        return self._step(self._planner.admitted(given))

    def step_on(
        self, feeds: Mapping[str, Value], rows: Sequence[int] | Array | None = None, origins: Array | None = None
    ) -> float:
        """The same on values that have come through the door, class numbers included.

        For diagnostics, `rows` are the rows of the data that they are, and `origins` what the data's rows are called.
        How many threads the BLAS takes is the caller's to say.
        """
        if self._last is not None and self._last.fitting(feeds):
            return self._quick_step(self._last, feeds, rows, origins)
        return self._step(feeds, rows, origins)

    def _step(
        self, feeds: Mapping[str, Value], rows: Sequence[int] | Array | None = None, origins: Array | None = None
    ) -> float:
        """A step on inputs of which some may be left to their defaults, of any shapes."""
        inputs = self._planner.filled(feeds)
        if not self._compiles:
            loss = None if self._scalar is None else self._scalar(inputs, self.learning_rate, self.steps + 1)
            if loss is None:
                return self._plain_step(inputs, rows, origins)
            self.steps += 1
            return loss
        self._last = self._step_for(inputs)
        if not self._last.accepts(inputs):  # memory that may not be written, or the trainer's own
            inputs = {path: np.array(value, order="C") for path, value in inputs.items()}
        hold(self.training.graph, self._last.unguarded, inputs)
        return self._quick_step(self._last, inputs, rows, origins)

    def _quick_step(
        self,
        compiled: CompiledStep,
        inputs: Mapping[str, Value],
        rows: Sequence[int] | Array | None = None,
        origins: Array | None = None,
    ) -> float:
        """A compiled step on inputs that fit; the plain executor says what is wrong where it cannot be taken."""
        loss = compiled(inputs, self.learning_rate, self.steps + 1)
        if loss is None or loss != loss:
            return self._plain_step(self._planner.filled(inputs), rows, origins, changed=loss is not None)
        self.steps += 1
        return loss

    def _step_for(self, inputs: Mapping[str, Value]) -> CompiledStep:
        """The compiled step for inputs of these shapes. Raises SpecError for shapes that do not fit."""
        key = (*inputs, *[np.shape(value) for value in inputs.values()])
        if (found := self._compiled.get(key)) is None:
            if len(self._compiled) >= MOST_PLANS:
                self._compiled.clear()
            dims = self._planner.dims(inputs, self.params)
            packed, precision = self._memory.packing, self._memory.precision
            request = StepRequest(self.training, self._optimizer, packed, dims, precision, self._options)
            try:
                source = step_source(request)
            except UnboundSize as unbound:
                raise unbound_error(self.training.graph, unbound) from None
            used = {path for path, _, _ in source.inputs}
            unguarded = limits((judge for judge in self._unguarded() if judge.path in used), dims)
            found = self._compiled[key] = compiled_step(source, self._memory, unguarded)
        return found

    def _unguarded(self) -> list[Judge]:
        """What takes class numbers that a compiled step does not look at.

        It looks at those of a loss that it computes together with its gradient, where the lines of both do.
        """
        nodes = self.training.graph.nodes
        pairs = joint_nodes(nodes)
        guarded = {each for each in (*pairs, *pairs.values()) if (j := nodes[each].operation.joint) and j.guards}
        return [judge for judge in self._planner.judges if judge.node not in guarded]

    # --- the plain executor -------------------------------------------------------------------------------------

    def _plain_step(
        self,
        inputs: Mapping[str, Value],
        rows: Sequence[int] | Array | None,
        origins: Array | None,
        *,
        changed: bool = False,
    ) -> float:
        """A step that checks every new value before it is taken over. Raises SpecError.

        Always where some weights were `changed` by a compiled step that could not go on.
        """
        values = self._values(inputs)
        loss = float(values[self.training.loss])  # type: ignore[arg-type]  # a target has its value
        if changed or not (np.isfinite(loss) and all(finite(values[new]) for _, new in self._changing)):
            named = rows if rows is None or origins is None else origins[rows]
            raise SpecError([diagnose(self.training, values, self.steps + 1, self.learning_rate, named)])
        apart = [(array, self._memory.apart(values[new])) for array, new in self._changing]
        for array, value in apart:
            array[...] = value
        self.steps += 1
        return loss

    def _values(self, inputs: Mapping[str, Value]) -> list[Value | None]:
        planner = self._planner
        scalars = {LEARNING_RATE: self.learning_rate, STEP_COUNT: self.steps + 1}
        arrays = {path: np.asarray(value, planner.precision) for path, value in scalars.items()}
        feeds = {**inputs, **planner.fed({**self.params, **self.states, **arrays})}
        return execute(planner.plan(inputs, self.params), feeds)


def _rows(given: Mapping[str, object]) -> int:
    """The most rows that an array among the inputs has."""
    return max([len(value) for value in given.values() if isinstance(value, np.ndarray) and value.ndim], default=1)
