"""Sums in float64 along axes of a few elements, over which numpy's loops cost more than the elements."""

import math

from ..emitter import Buffer, Emitter

FEW, BESIDE = 4, 16
"""Elements of a short axis, and how many must stand beside each other that are added to as many."""


def short_axis(x: Buffer, axes: int | tuple[int, ...]) -> int | None:
    """The axis of float32 values that is summed over, where it is the only one and short, and many stand beside it."""
    axis = axes if isinstance(axes, int) else axes[0] if len(axes) == 1 else -1
    few = x.dtype == "float32" and 0 <= axis < len(x.shape) - 1 and 2 <= x.shape[axis] <= FEW
    return axis if few and math.prod(x.shape[axis + 1 :]) >= BESIDE else None


def added_one_by_one(emit: Emitter, out: Buffer, x: Buffer, axis: int) -> None:
    """The sum along an axis in float64, in numpy's order; half the time of its loops where they are short."""
    one = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    sums, term = emit.view(out, "reshape", one), emit.scratch(one, "float64")
    for place in range(x.shape[axis]):
        start = (*(0,) * axis, place, *(0,) * (len(one) - axis - 1))
        part = emit.view(x, "part", start, one, (1,) * len(one))
        emit.copy(term if place else sums, part)
        if place:
            emit.call("add", sums, term, sums)
