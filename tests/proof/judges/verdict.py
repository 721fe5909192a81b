"""How far numbers may be off that two judges computed, and what is said where they are further."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from .subject import Subject

Array = Any

VALUE, GRADIENT = 1e-12, 1e-9
"""Of a value computed from the same operands, and of a gradient, which has gone through all nodes: relative to the
largest number that went in."""


class Mismatch(AssertionError):
    """Numbers that differ by more than rounding."""


def compare(what: str, ours: Array, theirs: Array, scale: float, tolerance: float) -> None:
    """Raises Mismatch where shapes differ, or numbers by more than `tolerance` times `scale`, or 1 if that is more."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        raise Mismatch(f"{what}: shape {list(ours.shape)}, the judge has {list(theirs.shape)}")
    if ours.dtype.kind != "f":
        if not np.array_equal(ours, theirs):
            raise Mismatch(f"{what}: {ours.tolist()}, the judge has {theirs.tolist()}")
        return
    with np.errstate(invalid="ignore"):
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        off = np.where(same, 0.0, np.abs(ours - theirs))
        if not np.all(off <= tolerance * max(1.0, scale)):  # NaN is no number that is near
            raise Mismatch(f"{what}: {ours.tolist()}, the judge has {theirs.tolist()}")


def largest(values: Array) -> float:
    """The largest finite number by size."""
    array = np.abs(np.asarray(values, "float64"))
    return float(np.max(array, initial=0.0, where=np.isfinite(array)))


FACTORS = (3.0, 0.7, 1.3, 1.0 / 3.0)
"""What a loss is multiplied by to see what rounding does to its gradients: no power of 2, which rounds nothing."""

NOISE = 16.0
"""How many times what rounding was seen to do it may do."""

Multiple: TypeAlias = Callable[[float], Array]
"""multiple(factor): a gradient by way of that multiple of the loss, divided by the factor again."""


def compare_gradients(subject: Subject, differentiated: Callable[[float], Sequence[Sequence[Array]]]) -> None:
    """Raises Mismatch where a judge has other gradients, or other gradients of these, by more than rounding.

    `differentiated` gives both, by source, of a multiple of the loss.
    """
    theirs = differentiated(1.0)
    for order, (what, ours) in enumerate((("gradient", subject.first), ("second derivative", subject.second))):
        scale = max((largest(each) for each in ours.values()), default=0.0)
        for number, path in enumerate(ours):

            def own(factor: float, order: int = order, path: str = path) -> Array:
                return subject.scaled(factor)[order][path] / factor ** (order + 1)

            def found(factor: float, order: int = order, number: int = number) -> Array:
                return differentiated(factor)[order][number] / factor ** (order + 1)

            compare_gradient(f"{what} of `{path}`", ours[path], theirs[order][number], scale, own, found)


def compare_gradient(what: str, ours: Array, theirs: Array, scale: float, own: Multiple, found: Multiple) -> None:
    """Raises Mismatch where a gradient differs by more than `scale` allows, and than rounding does.

    Where numbers cancel that are far larger than a gradient (an adjoint of 1e8 is added, and taken away again), what
    rounding leaves hangs on the order of the sum, and says nothing about either of the two. So both are computed again
    of multiples of the loss, and divided by the factor: a wrong term is the same in all of them, rounding is not.
    """
    try:
        compare(what, ours, theirs, scale, GRADIENT)
    except Mismatch:
        off = NOISE * max(_noise(ours, own), _noise(theirs, found))
        compare(what, ours, theirs, max(scale, off / GRADIENT), GRADIENT)


def _noise(gradient: Array, multiple: Multiple) -> float:
    """How far a gradient is at most from what it is by way of a multiple of the loss."""
    with np.errstate(invalid="ignore"):
        return max(largest(np.asarray(gradient) - multiple(factor)) for factor in FACTORS)
