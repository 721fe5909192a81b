"""One training step at a time: forward pass, reverse pass and update, by whichever backend."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

import numpy as np

from ...compiler.derive.training import GATHERED, LEARNING_RATE, UPDATE_COUNT, TrainingGraph
from ...compiler.graph.signatures import Invocation
from ...compiler.graph.spec import Precision
from ...compiler.lower.computation import UnboundSize
from ...compiler.targets.writer import Options
from ...grammar.spec_error import SpecError
from ..arrays import Array, Value
from ..data.labels import hold
from ..data.minibatches import Minibatches
from ..data.stored import Rows
from ..evaluate.door import by_name, replacements_given
from ..evaluate.nonfinite import diagnose
from ..evaluate.planner import Planner
from .backend import Backend, BackendRequest, Loop, MakeBackend, Step
from .numpy_step import CompiledStep, NumpyBackend
from .plain_step import PlainBackend, PlainStep
from .scalar_step import FloatBackend
from .schedules import Factor
from .threads import OneThread
from .windows import Windows


class Trainer:
    """Holds parameters and optimiser states, and changes them step by step.

    `params` and `states` are arrays by path, parts of the trainer's own memory: each step writes into them, and to
    change one, write into it, `trainer.params["W"][...] = array`; to keep one, copy it. `factor` is what the learning
    rate is multiplied by at each update, counted from 0. `steps` counts the steps taken.

    `optimise` runs generated code, on floats where the graph is all scalars, else the plain executor does each step;
    unless `exact`, sgd's update may then be fused into the product that makes its gradient. `options` say how a
    generated step plans its memory. `rows` are those of a full batch, where that is known: smaller ones are then given
    as many threads. `windows` say which steps make an update, where several make one. `backend` takes the steps in
    place of these; its arrays may lie elsewhere, so that `write` alone changes them.
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
        windows: Windows | None = None,
        backend: MakeBackend | None = None,
    ) -> None:
        self._planner = Planner(training.graph, training.targets, precision, dims or {})
        request = BackendRequest(training, optimizer, parameters, precision, dims or {}, self._planner, exact, options)
        self._request = request
        self.backend = _suited(request, optimise=optimise) if backend is None else backend(request)
        self.training = training
        self.steps = 0
        self._factor = _by_update(factor, windows)
        self._rates: tuple[float, Mapping[str, float]] = (1.0 if windows is None else math.nan, training.rates)
        """The last factor, and the learning rates with it; NaN where these change with every step."""
        self._threads = OneThread()
        self._rows = rows
        sizes = [2.0 * math.prod(shape) for shape in map(np.shape, parameters.values()) if len(shape) > 1]
        self._widest = max(sizes, default=0.0)
        """Floating-point operations a row of the largest matrix product, as the parameters let on."""
        self._last: Step | None = None
        self._windows = windows
        self._kinds: dict[bool, Step] = {}
        """Where several steps make one update, the last that only gathered gradients (True), and the last update."""

    @property
    def held(self) -> Mapping[str, Array]:
        """What a model keeps, by path: parameters, and the spec's states."""
        return self.backend.read().params

    @property
    def params(self) -> Mapping[str, Array]:
        """The parameters by path."""
        held, states = self.held, self.training.graph.states
        return {path: value for path, value in held.items() if path not in states} if states else held

    @property
    def states(self) -> Mapping[str, Array]:
        """The optimiser's states by path, `W velocity`, and those of the spec, `seen`."""
        read, states = self.backend.read(), self.training.graph.states
        return {**read.states, **{path: read.params[path] for path in states}} if states else read.states

    def write(self, values: Mapping[str, object]) -> None:
        """Changes parameters and states, by path, wherever they lie; what is given is not kept.

        Raises SpecError for a path that is none of theirs, and for a value that does not fit: nothing is changed then.
        """
        held = {**self.params, **self.states}
        self.backend.write(replacements_given(self.training.graph, values, held, self._planner.precision))

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return self.rates[LEARNING_RATE]

    @property
    def rates(self) -> Mapping[str, float]:
        """The learning rates of the next step, by the path of the leaf that each is fed to; and its counts, if any."""
        return self._rates_at(self.steps)

    def _rates_at(self, step: int) -> Mapping[str, float]:
        factor = self._factor(step) if self._factor else 1.0
        if factor != self._rates[0]:
            self._rates = self._scaled(factor)
        return self._rates[1]

    def scale_rates(self, factor: float) -> None:
        """Multiplies every learning rate from the next step on; a schedule goes on over it."""
        scaled = {path: rate * factor for path, rate in self.training.rates.items()}
        self.training = replace(self.training, rates=scaled)
        self._rates = (math.nan, scaled)

    def _scaled(self, factor: float) -> tuple[float, Mapping[str, float]]:
        """The learning rates with a factor, and, where several steps make one update, its counts."""
        rates, windows = {path: rate * factor for path, rate in self.training.rates.items()}, self._windows
        if windows is None:
            return factor, rates
        counts = windows.updates(self.steps) + 1, windows.gathered(self.steps)
        return math.nan, {**rates, UPDATE_COUNT: float(counts[0]), GATHERED: float(counts[1])}

    @property
    def folded(self) -> tuple[str, ...]:
        """Parameters whose update is fused into the product that makes their gradient."""
        return self.backend.fused

    @property
    def compiled(self) -> CompiledStep | None:
        """The compiled step that was taken last; None before the first, and where another backend takes them."""
        last = self._last or self._kinds.get(False)
        return last if isinstance(last, CompiledStep) else None

    def step(self, feeds: Mapping[str, object] | None = None, /, **inputs: object) -> float:
        """Takes one step on the given inputs, a mapping or by name; returns the loss before it.

        What is given is not kept. Raises SpecError for an input that is missing or unknown, for a value that does not
        fit (kind, shape, class numbers), and where the loss or an update is not finite. Nothing has changed then, but
        for one case: where updates are fused, and what the weights' gradients are made of takes more than 64 MB,
        layers are updated while the reverse pass still runs.
        """
        given = inputs if feeds is None else by_name(feeds, inputs, self.training.graph.inputs)
        if not self.backend.takes_blas:
            return self._step_given(given)
        return self._threads.run(self._widest * max(self._rows, _rows(given)), lambda: self._step_given(given))

    def _step_given(self, given: Mapping[str, object]) -> float:
        last = self._last
        if last is not None and last.fitting(given):
            if last.unguarded:
                hold(self.training.graph, last.unguarded, given)
            return self._take(last, given)  # type: ignore[arg-type]  # they are arrays that need no admission
        return self._step(self._planner.admitted(given))

    def step_on(
        self, feeds: Mapping[str, Value], rows: Sequence[int] | Array | None = None, origins: Array | None = None
    ) -> float:
        """The same on values that have come through the door, class numbers included.

        For diagnostics, `rows` are the rows of the data that they are, and `origins` what the data's rows are called.
        How many threads the BLAS takes is the caller's to say.
        """
        if self._last is not None and self._last.fitting(feeds):
            return self._take(self._last, feeds, rows, origins)
        return self._step(feeds, rows, origins)

    def loop_on(self, rows: Mapping[str, Rows], minibatches: Minibatches | None) -> Loop | None:
        """Steps on rows of the data that the backend takes by itself; None where it is fed each, or several make one
        update."""
        return None if self._windows is not None else self.backend.loop(rows, minibatches)

    def take_from(self, loop: Loop, most: int) -> list[float]:
        """Takes up to `most` steps of such a loop; gives the losses before each. None where the next cannot be taken:
        `step_plainly` says why."""
        rates = [self._rates_at(step) for step in range(self.steps, self.steps + min(most, loop.most))]
        losses = loop(self.steps, rates)
        self.steps += len(losses)
        return losses

    def step_plainly(
        self, feeds: Mapping[str, Value], rows: Sequence[int] | Array | None = None, origins: Array | None = None
    ) -> float:
        """A step by the plain executor, as `step_on` takes it. Raises SpecError where a value is not finite."""
        named = rows if rows is None or origins is None else origins[rows]
        loss = self._plain_step(self._planner.filled(feeds), named, changed=False)
        self.steps += 1
        return loss

    @property
    def _gathers(self) -> bool:
        """Whether the next step only adds its gradients to the sums."""
        return self._windows is not None and not self._windows.ends(self.steps)

    def _step(
        self, feeds: Mapping[str, Value], rows: Sequence[int] | Array | None = None, origins: Array | None = None
    ) -> float:
        """A step on inputs of which some may be left to their defaults, of any shapes."""
        if self._windows is not None:
            return self._step_of_kind(feeds, rows, origins)
        inputs = self._planner.filled(feeds)
        step = self._last = self.backend.step_for(inputs)
        if step.unguarded:
            hold(self.training.graph, step.unguarded, inputs)
        return self._take(step, step.ready(inputs), rows, origins)

    def _step_of_kind(
        self, feeds: Mapping[str, Value], rows: Sequence[int] | Array | None, origins: Array | None
    ) -> float:
        """The same where several steps make one update: one that makes it, or that gathers gradients for it."""
        gathers = self._gathers
        step = self._kinds.get(gathers)
        if step is not None and step.fitting(feeds):
            return self._take(step, feeds, rows, origins)
        inputs = self._planner.filled(feeds)
        step = self._kinds[gathers] = (self.backend.gathering_for if gathers else self.backend.step_for)(inputs)
        if step.unguarded:
            hold(self.training.graph, step.unguarded, inputs)
        return self._take(step, step.ready(inputs), rows, origins)

    def _take(
        self,
        step: Step,
        inputs: Mapping[str, Value],
        rows: Sequence[int] | Array | None = None,
        origins: Array | None = None,
    ) -> float:
        """A step on inputs that fit; the plain executor says what is wrong where it cannot be taken."""
        loss = step(inputs, self.rates, self.steps + 1)
        if loss is None or loss != loss:
            hold(self.training.graph, step.guarded, inputs)
            named = rows if rows is None or origins is None else origins[rows]
            loss = self._plain_step(self._planner.filled(inputs), named, changed=loss is not None)
        self.steps += 1
        return loss

    def _plain_step(self, inputs: Mapping[str, Value], rows: Sequence[int] | Array | None, *, changed: bool) -> float:
        """A step of which every value is known before it is taken over. Raises SpecError where one is not finite.

        Always where some weights were `changed` by a step that could not go on.
        """
        rates, count = self.rates, self.steps + 1
        plain = self._plain_gathering if self._gathers else self._plain
        values = plain.values(inputs, rates, count)
        if changed or not plain.sound(values):
            training = self.training.gathering if self._gathers else self.training
            raise SpecError([diagnose(training, values, count, rates, rows)])
        return plain.take(values)

    @cached_property
    def _plain(self) -> PlainStep:
        return PlainStep(self.training, self._planner, self.backend)

    @cached_property
    def _plain_gathering(self) -> PlainStep:
        return PlainStep(self.training.gathering, self._request.gathering_planner, self.backend)


def _by_update(factor: Factor | None, windows: Windows | None) -> Factor | None:
    """A factor of each update as one of each step."""
    if factor is None or windows is None:
        return factor
    return lambda step: factor(windows.updates(step))


def _suited(request: BackendRequest, *, optimise: bool) -> Backend:
    """Floats for a graph of scalars, generated numpy for any other; the plain executor unless that is to be."""
    if not optimise:
        return PlainBackend(request)
    if not request.planner.scalar:
        return NumpyBackend(request)
    with suppress(UnboundSize):
        return FloatBackend(request)
    return PlainBackend(request)  # which says whose size is missing


def _rows(given: Mapping[str, object]) -> int:
    """The most rows that an array among the inputs has."""
    return max([len(value) for value in given.values() if isinstance(value, np.ndarray) and value.ndim], default=1)
