"""The slope of a function of one number by differences, with how far off the step and rounding may take it."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..arrays import Array

STEP = 1e-4
"""The first step that is tried, as a share of the number, or of 1 where that is more."""

OTHERS = (1e-2, 1e-6)
"""Further ones: a longer step has less rounding in it, a shorter one less of a bend."""

SHORT = 0.1
"""Numbers below it are tried with steps of their own size too."""

LEAST = 1e-9
"""The last step that is tried at 0, which has no size."""

ROUGH = 9
"""How many times further the slope may be off at a border: behind roots, errors fall with the root of the step only."""

ROUNDING = 5 * float(np.finfo("float64").eps)
"""How far off a value may be, as a share of itself: a few units of its last digit."""


class Sample(NamedTuple):
    """The function at a place: its value, and on which side of its kinks the place lies."""

    place: float
    value: Array
    sides: tuple[Array, ...]


class Slope(NamedTuple):
    """A slope, and how far off it may be: infinitely far where differences say nothing."""

    value: float
    error: float
    border: bool = False
    """Whether it was taken to one side only."""

    @property
    def doubt(self) -> float:
        """The error as a share of the slope."""
        if not math.isfinite(self.error):
            return math.inf
        return self.error / abs(self.value) if self.value else self.error and math.inf


class Line:
    """A function along one number: `at` gives it so far away from `here`.

    A function with several values is their sum, by `weights`.
    """

    def __init__(self, at: Callable[[float], Sample], here: Sample, weights: Array | None) -> None:
        self._at = at
        self._here = here
        self._weights = np.ones(()) if weights is None else weights

    def steps(self) -> Iterator[float]:
        """The steps to try, by the size of the number."""
        size = abs(self._here.place)
        large = max(size, 1.0)
        yield from (STEP * large, *(share * large for share in OTHERS))
        if 0 < size < SHORT:
            yield from (STEP * size, *(share * size for share in OTHERS))
        elif not size:
            yield LEAST

    def slope(self, step: float) -> Slope | None:
        """By one step to both sides, or by two to one side at the border of where the function has a value.

        Its error is that of rounding alone. None where a kink lies between.
        """
        above, below = self._at(step), self._at(-step)
        finite = [bool(np.all(np.isfinite(each.value))) for each in (above, below)]
        if all(finite):
            return self._across(below, above)
        if not any(finite):
            return Slope(math.nan, math.inf)
        near, far = (above, self._at(2 * step)) if finite[0] else (below, self._at(-2 * step))
        return self._to_one_side(near, far)

    def refined(self, step: float) -> Slope | None:
        """By a step and half of it, together: the error then falls with a higher power of the step (Richardson 1911).

        None where a kink lies between.
        """
        whole, half = self.slope(step), self.slope(step / 2)
        if whole is None or half is None:
            return None
        with np.errstate(all="ignore"):
            value = (4 * half.value - whole.value) / 3
            unlike = abs(value - half.value) * (ROUGH if whole.border or half.border else 1)
            error = unlike + half.error
        return Slope(value, error) if math.isfinite(error) else Slope(value, math.inf)

    def _across(self, below: Sample, above: Sample) -> Slope | None:
        if _kink_between(below, above):
            return None
        with np.errstate(all="ignore"):
            wide = above.place - below.place  # the step that was really taken: x + 1e-4 is rounded
            rounding = ROUNDING * (self._size(above) + self._size(below))
            return _slope(self._weighed(above.value - below.value), rounding, wide)

    def _to_one_side(self, near: Sample, far: Sample) -> Slope | None:
        """By a parabola through three places."""
        if _kink_between(near, far):
            return None
        first, second = near.place - self._here.place, far.place - self._here.place
        with np.errstate(all="ignore"):
            rise = self._weighed(near.value - self._here.value) * second / first
            rise -= self._weighed(far.value - self._here.value) * first / second
            rounding = ROUNDING * (3 * self._size(self._here) + 4 * self._size(near) + self._size(far))
            return _slope(rise, rounding, second - first)._replace(border=True)

    def _weighed(self, value: Array) -> float:
        return float(np.sum(self._weights * value))

    def _size(self, sample: Sample) -> float:
        return float(np.sum(np.abs(self._weights * sample.value)))


def _slope(rise: float, rounding: float, wide: float) -> Slope:
    if not wide:  # the step was too short for the number
        return Slope(math.nan, math.inf)
    error = rounding / abs(wide)
    return Slope(rise / wide, error if math.isfinite(error) else math.inf)


def _kink_between(one: Sample, other: Sample) -> bool:
    return any(not np.array_equal(a, b) for a, b in zip(one.sides, other.sides, strict=True))
