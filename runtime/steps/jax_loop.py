"""Many steps in one call of JAX: the rows lie where it computes, and a loop that is compiled goes over batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ...compiler.derive.training import STEP_COUNT
from ..arrays import Array, rounded
from ..data.minibatches import Minibatches
from .backend import Loop
from .draws import Draws

JaxBackend: TypeAlias = Any
JaxStep: TypeAlias = Any
"""Those of jax_step, which makes these loops."""

CAPACITY = 256
"""Steps that a call can take."""

DRAWN = 1 << 24
"""Bytes of random draws that a call is fed at most; those of one step, if these are more."""


class JaxLoop(Loop):
    """Takes up to `most` steps a call.

    However many are taken, it is one compiled function that takes them, which is told the number: the bits of a run do
    not hang on where others look at it, nor on where it was interrupted.
    """

    def __init__(self, backend: JaxBackend, rows: Mapping[str, Array], minibatches: Minibatches | None) -> None:
        self._backend = backend
        self._minibatches = minibatches
        self._host = rows
        with backend.wide():
            self._rows = {path: backend.placement.whole(array) for path, array in rows.items()}
        self._loops: dict[int, OfOneSize] = {}
        self._order: tuple[int, Any] | None = None
        """The rows of an epoch, and which it is."""
        self.most = CAPACITY

    def __call__(self, first: int, rates: Sequence[Mapping[str, float]]) -> list[float]:
        minibatches = self._minibatches
        if minibatches is None:
            return self._of(0).take(first, rates, self._rows, None, 0)
        epoch, position = divmod(first, minibatches.steps_per_epoch)
        size = min(minibatches.size, minibatches.rows_of_epoch - position * minibatches.size)
        alike = (minibatches.rows_of_epoch - position * minibatches.size) // size
        order = None if minibatches.whole else self._epoch(epoch)
        return self._of(size).take(first, rates[:alike], self._rows, order, position * minibatches.size)

    def _epoch(self, epoch: int) -> Any:
        if self._order is None or self._order[0] != epoch:
            assert self._minibatches is not None
            numbers = self._minibatches.of_epoch(epoch)
            kind = "int32" if self._minibatches.rows < 1 << 31 else "int64"
            with self._backend.wide():
                self._order = epoch, self._backend.placement.whole(numbers.astype(kind))
        return self._order[1]

    def _of(self, size: int) -> OfOneSize:
        if size not in self._loops:
            batch = {path: np.broadcast_to(array[:1], (size, *array.shape[1:])) for path, array in self._host.items()}
            step = self._backend.step_for(self._backend.filled(batch))
            gathers = self._minibatches is not None and not self._minibatches.whole
            self._loops[size] = OfOneSize(self._backend, step, size if gathers else None, tuple(self._host))
        self.most = self._loops[size].capacity
        return self._loops[size]


class OfOneSize:
    """The loop for batches of one size: `size` rows are gathered for each step, None where it takes all as they lie."""

    def __init__(self, backend: JaxBackend, step: JaxStep, size: int | None, fed: tuple[str, ...]) -> None:
        self._backend = backend
        self._step = step
        self._size = size
        self._fed = tuple(path for path in fed if path in step.reads)
        drawn = sum(int(np.prod(draw.shape)) for draw in step.drawn) * np.dtype(backend.precision).itemsize
        self.capacity = CAPACITY if not drawn else max(1, min(CAPACITY, DRAWN // drawn))
        self._draws = Draws(step.drawn, backend.precision) if step.drawn else None
        self._buffers = {draw.path: np.zeros((self.capacity, *draw.shape), backend.precision) for draw in step.drawn}
        self._rates: tuple[list[Mapping[str, float]], dict[str, Any]] = ([], {})
        """The last rates, and as they are fed."""
        self._others = {path: rounded(step.inputs[path], backend.kind(step.inputs[path]))
                        for path in step.inputs if path in step.reads and path not in self._fed}  # fmt: skip
        self._function: Any = backend.jax.jit(self._traced)
        """What changes is not donated: it is what is gone back to where a value is not finite."""

    def take(
        self, first: int, rates: Sequence[Mapping[str, float]], rows: Mapping[str, Any], order: Any, begin: int
    ) -> list[float]:
        """The losses of the steps that were taken: of all, or of those before one whose values are not sound."""
        backend, step = self._backend, self._step
        rates = rates[: self.capacity]
        count = len(rates)
        numbers = dict(self._constant(rates))
        if STEP_COUNT in step.reads:
            counts = np.zeros(self.capacity, backend.precision)
            counts[:count] = np.arange(first + 1, first + 1 + count)
            numbers[STEP_COUNT] = counts
        if self._draws is not None:
            for number in range(count):
                for path, drawn in self._draws.at(first + number).items():
                    self._buffers[path][number] = drawn
        with backend.wide():
            given = {path: rows[path] for path in self._fed}
            size = self._size or 0
            found = self._run(given, order, begin, 0, count, numbers)
            if found is not None or count == 1:
                return found or []
            losses: list[float] = []  # one of these steps cannot be taken: those before it, one by one
            while (one := self._run(given, order, begin + len(losses) * size, len(losses), 1, numbers)) is not None:
                losses += one
        return losses

    def _run(
        self, rows: Mapping[str, Any], order: Any, begin: int, at: int, count: int, numbers: Mapping[str, Any]
    ) -> list[float] | None:
        """The losses of steps, of whose numbers and draws the first are those `at` a place; None where a value of one
        is not sound, and nothing has changed."""
        backend, step = self._backend, self._step
        places = (np.int32(begin), np.int32(at), np.int32(count))
        held, kept = backend.at(step.changing), backend.at(step.kept)
        sound, losses, held = self._function(held, kept, rows, self._others, order, places, numbers, self._buffers)
        if not sound:
            return None
        backend.take(held)
        found: list[float] = np.asarray(losses)[at : at + count].tolist()
        return found

    def _constant(self, rates: Sequence[Mapping[str, float]]) -> Mapping[str, Any]:
        """The learning rates of the steps, as they are fed; those of a constant schedule are placed once."""
        same = all(each is rates[0] for each in rates)
        if same and self._rates[0] and self._rates[0][0] is rates[0]:
            return self._rates[1]
        made: dict[str, Any] = {}
        for path in rates[0]:
            if path in self._step.reads:
                column = np.zeros(self.capacity, self._backend.precision)
                column[:] = rounded(rates[0][path], self._backend.precision)
                if not same:
                    column[: len(rates)] = [rounded(each[path], self._backend.precision) for each in rates]
                with self._backend.wide():
                    made[path] = self._backend.placement.whole(column)
        self._rates = ([rates[0]] if same else [], made)
        return made

    def _traced(
        self,
        held: Mapping[str, Any],
        kept: Mapping[str, Any],
        rows: Mapping[str, Any],
        others: Mapping[str, Any],
        order: Any,
        places: tuple[Any, Any, Any],
        numbers: Mapping[str, Any],
        draws: Mapping[str, Any],
    ) -> tuple[Any, Any, dict[str, Any]]:
        """Whether all values are sound, the losses, and what the steps make of what is held."""
        jax, size, placement = self._backend.jax, self._size, self._backend.placement
        xp, int32 = jax.numpy, jax.numpy.int32
        begin, at, count = places

        def goes_on(state: tuple[Any, ...]) -> Any:
            number, sound, _, _ = state
            return xp.logical_and(number < at + count, sound)

        def taken(state: tuple[Any, ...]) -> tuple[Any, ...]:
            number, _, losses, now = state
            batch = dict(rows)
            if size is not None:
                numbered = jax.lax.dynamic_slice(order, ((begin + (number - at) * size).astype(int32),), (size,))
                batch = {path: array.at[numbered].get(mode="promise_in_bounds") for path, array in rows.items()}
            fed = {path: placement.shared_rows(value) for path, value in batch.items()}
            fed |= {path: values[number] for table in (numbers, draws) for path, values in table.items()}
            loss, changed = self._step.traced_of_many(now, kept, {**fed, **others})
            sound = loss == loss
            return number + sound.astype(int32), sound, losses.at[number].set(loss), changed

        start = (at, xp.bool_(True), xp.zeros(self.capacity, self._backend.precision), dict(held))
        _, sound, losses, now = jax.lax.while_loop(goes_on, taken, start)
        now = placement.kept_in_place(now)  # the result of a loop may be placed otherwise than what its body gives
        return xp.logical_and(sound, self._step.finite(now)), losses, now


class HostLoop(Loop):
    """A step a call, for rows that lie in files, or that several processes share: each reads its own, and no others."""

    most = 1

    def __init__(self, backend: JaxBackend, rows: Mapping[str, Any], minibatches: Minibatches | None) -> None:
        self._backend = backend
        self._rows = rows
        self._minibatches = minibatches
        self._steps: dict[int, JaxStep] = {}

    def __call__(self, first: int, rates: Sequence[Mapping[str, float]]) -> list[float]:
        places = self._minibatches.at(first) if self._minibatches is not None else np.arange(0)
        step = self._step(len(places))
        with self._backend.wide():
            fed = {path: self._read(rows, places) for path, rows in self._rows.items() if path in step.reads}
        loss = step({**step.inputs, **fed}, rates[0], first + 1)
        return [] if loss is None else [loss]

    def _step(self, size: int) -> JaxStep:
        if size not in self._steps:
            batch = {
                path: np.broadcast_to(np.zeros((), rows.dtype), (size, *rows.shape[1:]))
                for path, rows in self._rows.items()
            }
            self._steps[size] = self._backend.step_for(self._backend.filled(batch))
        return self._steps[size]

    def _read(self, rows: Any, places: Array) -> Any:
        return self._backend.placement.rows(
            (len(places), *rows.shape[1:]), lambda share: np.ascontiguousarray(rows[places[share]])
        )
