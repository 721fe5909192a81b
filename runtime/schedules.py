"""Schedules: what the learning rate is multiplied by at each step, counted from 0."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from ..compiler.signatures import Invocation

Factor: TypeAlias = Callable[[int], float]


class Length(NamedTuple):
    """How long a training is: steps in all, and in one epoch."""

    steps: int
    epoch_steps: int


def schedule(call: Invocation, length: Length) -> Factor:
    """The factor at each step: the schedule's own, times a linear rise over the first `warmup` steps.

    The rise is (step + 1) / warmup: no step is wasted at 0, and the last of them has the full rate.
    """
    own = SCHEDULES[call.name](call, length)
    warmup = call.integer("warmup")
    return (lambda step: own(step) * min(1.0, (step + 1) / warmup)) if warmup else own


def _constant(call: Invocation, length: Length) -> Factor:
    return lambda step: 1.0


def _step(call: Invocation, length: Length) -> Factor:
    every, factor = call.integer("every"), call.number("factor")
    return lambda step: factor ** (step // every)


def _exponential(call: Invocation, length: Length) -> Factor:
    factor = call.number("factor")
    return lambda step: factor ** (step // length.epoch_steps)


def _cosine(call: Invocation, length: Length) -> Factor:
    """final + (1 - final) (1 + cos(pi t)) / 2, t from 0 after the warm-up to 1 at the end (Loshchilov, Hutter 2017)."""
    final, warmup = call.number("final"), call.integer("warmup")
    span = max(1, length.steps - warmup)

    def factor(step: int) -> float:
        progress = min(1.0, max(0, step - warmup) / span)
        return final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2

    return factor


SCHEDULES: Mapping[str, Callable[[Invocation, Length], Factor]] = MappingProxyType(
    {"constant": _constant, "step": _step, "exponential": _exponential, "cosine": _cosine}
)
