"""Steps that JAX compiles for this machine's processors or its accelerator, and what holds their parameters there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy as np

from ...compiler.derive.training import STEP_COUNT, TrainingGraph
from ...compiler.lower.computation import UnboundSize, bound
from ...compiler.lower.plan import Draw
from ...compiler.passes.pipeline import optimised
from ...compiler.targets.jax import Lowered
from ..arrays import Array, Value, rounded
from ..data import budget
from ..data.labels import Limit, limits
from ..data.minibatches import Minibatches
from ..data.stored import Rows, StoredArray
from ..evaluate.planner import MOST_PLANS, unbound_error
from .backend import Backend, BackendRequest, Held, Loop, Step
from .draws import Draws
from .jax_devices import Placement, Sharing
from .jax_loop import HostLoop, JaxLoop


class Signed(NamedTuple):
    """What an input of a step must be."""

    path: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class JaxBackend(Backend):
    """JAX, one compiled function for each set of input shapes; parameters and states lie where JAX computes.

    Whole numbers have 64 bits there, and so have reals where that is the precision, as everywhere else here; nobody
    else in this process notices. `mixed`: what products of matrices and convolutions multiply has 16 bits.
    """

    takes_blas = False

    def __init__(
        self,
        request: BackendRequest,
        sharing: Sharing = Sharing(),  # noqa: B008  # it is frozen
        *,
        mixed: bool = False,
    ) -> None:
        import jax  # it takes a second

        self.jax: Any = jax
        self.placement = Placement(jax, sharing)
        products = ", products of bfloat16" if mixed else ""
        self.name = f"jax {jax.__version__} on {_where(self.placement, jax.default_backend())}{products}"
        self._mixed = mixed
        self._request = request
        self.precision = request.precision
        zeros = {
            path: np.zeros_like(request.parameters[each.parameter], self.precision)
            for table in (request.training.states, request.training.sums)
            for path, each in table.items()
        }
        self._params = {path: self._placed(path, value) for path, value in request.parameters.items()}
        self._states = {path: self._placed(path, value) for path, value in zeros.items()}
        self._read: Held | None = None
        """What was read since the last change."""
        self._steps: dict[tuple[object, ...], JaxStep] = {}

    def wide(self) -> AbstractContextManager[Any]:
        """Within it, in this thread, numbers of 64 bits are what they are."""
        entered: AbstractContextManager[Any] = self.jax.enable_x64(True)
        return entered

    def step_for(self, inputs: Mapping[str, Value]) -> JaxStep:
        return self._step_of(self._request.training, inputs)

    def gathering_for(self, inputs: Mapping[str, Value]) -> JaxStep:
        return self._step_of(self._request.training.gathering, inputs)

    def read(self) -> Held:
        if self._read is None:
            read = self.placement.read
            copies = [{path: read(value) for path, value in each.items()} for each in (self._params, self._states)]
            self._read = Held(*copies)
        return self._read

    def write(self, values: Mapping[str, Value]) -> None:
        self.take({path: self._placed(path, value) for path, value in values.items()})

    def take(self, arrays: Mapping[str, Any]) -> None:
        """Takes over arrays of JAX by path."""
        for path, array in arrays.items():
            (self._params if path in self._params else self._states)[path] = array
        self._read = None

    def at(self, paths: Iterable[str]) -> dict[str, Any]:
        """Arrays by path, where they lie."""
        params, states = self._params, self._states
        return {path: params[path] if path in params else states[path] for path in paths}

    @property
    def paths(self) -> tuple[str, ...]:
        """What is held."""
        return (*self._params, *self._states)

    def loop(self, rows: Mapping[str, Rows], minibatches: Minibatches | None) -> Loop:
        here = {path: array for path, array in rows.items() if not isinstance(array, StoredArray)}
        fit = len(here) == len(rows) and sum(array.nbytes for array in here.values()) <= budget.memory()
        if fit and not self.placement.on_many_machines:
            return JaxLoop(self, here, minibatches)
        return HostLoop(self, rows, minibatches)

    def filled(self, batch: Mapping[str, Value]) -> Mapping[str, Value]:
        """A batch with the defaults of the inputs that it lacks."""
        return self._request.planner.filled(batch)

    def kind(self, value: Value) -> str:
        """The type of numbers that an input is fed as."""
        return "int64" if np.asarray(value).dtype.kind == "i" else self.precision

    def _placed(self, path: str, value: Value) -> Any:
        with self.wide():
            return self.placement.held(path, rounded(value, self.precision))

    def _step_of(self, training: TrainingGraph, inputs: Mapping[str, Value]) -> JaxStep:
        key = (training.gathers, *inputs, *[np.shape(value) for value in inputs.values()])
        if (found := self._steps.get(key)) is None:
            if len(self._steps) >= MOST_PLANS:
                self._steps.clear()
            found = self._steps[key] = self._made(training, inputs)
        return found

    def _made(self, training: TrainingGraph, inputs: Mapping[str, Value]) -> JaxStep:
        planner = self._request.planner
        dims = planner.dims(inputs, self.read().params)
        try:
            computation = optimised(bound(training.graph, training.targets, dims, self.precision))
        except UnboundSize as unbound:
            raise unbound_error(training.graph, unbound) from None
        lowered = Lowered(computation, self.jax, self._mixed)
        return JaxStep(self, lowered, training, inputs, limits(planner.judges, dims))


class JaxStep(Step):
    """One step as a compiled function of what changes, of what is kept, and of what is fed, each in its order.

    What changes is not donated to it: it is what is gone back to where a value is not sound.
    """

    def __init__(
        self,
        backend: JaxBackend,
        lowered: Lowered,
        training: TrainingGraph,
        inputs: Mapping[str, Value],
        classes: tuple[Limit, ...],
    ) -> None:
        self._backend = backend
        self._lowered = lowered
        self.changing = changing = tuple(training.changed)
        self._next = frozenset(training.next)
        self.reads = read = {node.path for node in lowered.leaves}
        self.kept = [path for path in backend.paths if path in read and path not in changing]
        self.inputs = inputs
        self._inputs = [path for path in inputs if path in read]
        self._signature = [
            Signed(path, np.shape(inputs[path]), np.asarray(inputs[path]).dtype) for path in self._inputs
        ]
        looks = not backend.placement.sharing.several  # devices would have to put together what each of them finds
        self.guarded = tuple(limit for limit in classes if looks and limit.path in read)
        self.unguarded = tuple(limit for limit in classes if limit not in self.guarded)
        self.drawn = tuple(
            Draw(0, node.operation.name, node.path, node.attributes[0], node.type.shape, False)  # type: ignore[arg-type]  # a seed, and sizes that are numbers
            for node in lowered.draws
        )
        self._draws = Draws(self.drawn, backend.precision) if self.drawn else None
        self._rated = [path for path in (*training.rates, *training.counts) if path in read]
        self._rates: tuple[Mapping[str, float], list[Array]] = ({}, [])
        """The last learning rates, and those of them that are read, as they are fed."""
        drawn = dict.fromkeys(draw.path for draw in self.drawn)
        counted = [STEP_COUNT] if STEP_COUNT in read else []
        self._paths = (*changing, *self.kept, *self._inputs, *self._rated, *drawn, *counted)
        """What the function takes."""
        self._function: Any = backend.jax.jit(self._traced)

    def __call__(self, inputs: Mapping[str, Value], rates: Mapping[str, float], count: int) -> float | None:
        backend, precision = self._backend, self._backend.precision
        if rates is not self._rates[0]:
            self._rates = rates, [rounded(rates[path], precision) for path in self._rated]
        fed = [inputs[path] for path in self._inputs] + self._rates[1]
        if self._draws is not None:
            fed += self._draws.at(count - 1).values()
        if STEP_COUNT in self.reads:
            fed.append(rounded(count, precision))
        changing, kept = ([*backend.at(paths).values()] for paths in (self.changing, self.kept))
        with backend.wide():
            loss, changed = self._function(changing, kept, fed)
        found = float(loss)
        if found != found:
            return None
        backend.take(dict(zip(self.changing, changed, strict=True)))
        return found

    def fitting(self, given: Mapping[str, object]) -> bool:
        if len(given) != len(self._signature):
            return False
        for path, shape, dtype in self._signature:
            value = given.get(path)
            if type(value) is not np.ndarray or value.dtype != dtype or value.shape != shape:
                return False
        return True

    def _traced(self, changing: Sequence[Any], kept: Sequence[Any], fed: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The loss, NaN where something is not sound, and what the step makes of what changes."""
        lowered, xp = self._lowered, self._lowered.jax.numpy
        given = dict(zip(self._paths, (*changing, *kept, *fed), strict=True))
        values = lowered.values(given)
        sound = lowered.sound(values)
        for limit in self.guarded:
            numbers = given[limit.path]
            sound = xp.logical_and(sound, xp.logical_and(numbers >= 0, numbers < limit.classes).all())
        loss, changed = self._made(values)
        return xp.where(sound, loss, xp.nan), [*changed.values()]

    def traced_of_many(
        self, changing: Mapping[str, Any], kept: Mapping[str, Any], fed: Mapping[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """The same for one step of many, after the last of which `finite` is asked: what is not finite in a parameter,
        or in a state of its optimiser, stays so by every rule. Nothing is taken back here."""
        lowered, xp = self._lowered, self._lowered.jax.numpy
        values = lowered.values({**changing, **kept, **fed})
        targets = lowered.computation.targets
        own = [target for path, target in zip(self.changing, targets[1:], strict=True) if path in self._next]
        loss, changed = self._made(values)
        return xp.where(lowered.sound(values, [targets[0], *own]), loss, xp.nan), changed

    def finite(self, changed: Mapping[str, Any]) -> Any:
        """Within a traced function: whether all of what a step changes is finite."""
        return self._lowered.finite([*changed.values()])

    def _made(self, values: Sequence[Any]) -> tuple[Any, dict[str, Any]]:
        loss, *made = self._lowered.targets(values)
        return loss, self._backend.placement.kept_in_place(dict(zip(self.changing, made, strict=True)))


def _where(placement: Placement, platform: str) -> str:
    """The devices, as a run's record names them."""
    if not placement.sharing.several:
        return platform
    processes = f" of {placement.sharing.processes} processes" if placement.on_many_machines else ""
    return f"{placement.count} devices ({platform}){processes}"
