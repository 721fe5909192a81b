"""Schedules: what the learning rate is multiplied by at each step, or update of several, counted from 0."""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from ...compiler.graph.signatures import Invocation

Factor: TypeAlias = Callable[[int], float]


@dataclass(frozen=True)
class Length:
    """How long a training is, as a number of steps or of epochs.

    How many steps an epoch has is asked for by what hangs on it alone, because the data say so.
    """

    steps_given: int | None
    epochs: int | None
    steps_of_an_epoch: Callable[[], int]

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.steps_given if self.steps_given is not None else (self.epochs or 0) * self.epoch_steps

    @cached_property
    def epoch_steps(self) -> int:
        """Steps in an epoch."""
        return self.steps_of_an_epoch()


def schedule(call: Invocation, length: Length) -> Factor | None:
    """The factor at each step: the schedule's own, times a linear rise over the first `warmup` steps; None: always 1.

    The rise is (step + 1) / warmup: no step is wasted at 0, and the last of them has the full rate.
    """
    own = SCHEDULES[call.name](call, length)
    warmup = call.integer("warmup") if "warmup" in call.arguments else 0
    return (lambda step: (own(step) if own else 1.0) * min(1.0, (step + 1) / warmup)) if warmup else own


def _constant(call: Invocation, length: Length) -> None:
    return None


def _step(call: Invocation, length: Length) -> Factor:
    every, factor = call.integer("every"), call.number("factor")
    return lambda step: factor ** (step // every)


def _exponential(call: Invocation, length: Length) -> Factor:
    factor, every = call.number("factor"), length.epoch_steps
    return lambda step: factor ** (step // every)


def _cosine(call: Invocation, length: Length) -> Factor:
    """final + (1 - final) (1 + cos(pi t)) / 2, t from 0 after the warm-up to 1 at the end (Loshchilov, Hutter 2017)."""
    final, warmup = call.number("final"), call.integer("warmup")
    span = max(1, length.steps - warmup)

    def factor(step: int) -> float:
        progress = min(1.0, max(0, step - warmup) / span)
        return final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2

    return factor


def _piecewise(call: Invocation, length: Length) -> Factor:
    every, factors = length.epoch_steps, (1.0, *call.numbers("factors"))
    begins = [at * every for at in call.numbers("at")]
    return lambda step: factors[bisect_right(begins, step)]


def _one_cycle(call: Invocation, length: Length) -> Factor:
    """The policy of torch's OneCycleLR: the first step has the rate itself, the last one final * rate."""
    peak, final = call.number("peak"), call.number("final")
    last = max(1, length.steps - 1)
    top = max(0.0, call.number("rise") * length.steps - 1)

    def factor(step: int) -> float:
        if step <= top and top:
            return _half_cosine(1.0, peak, step / top)
        return _half_cosine(peak, final, min(1.0, (step - top) / (last - top)) if last > top else 1.0)

    return factor


def _half_cosine(start: float, stop: float, progress: float) -> float:
    return stop + (start - stop) / 2 * (1 + math.cos(math.pi * progress))


SCHEDULES: Mapping[str, Callable[[Invocation, Length], Factor | None]] = MappingProxyType(
    {
        "constant": _constant,
        "step": _step,
        "exponential": _exponential,
        "cosine": _cosine,
        "piecewise": _piecewise,
        "one_cycle": _one_cycle,
    }
)
