"""How far numbers may be off that two judges computed, and what is said where they are further."""

from typing import Any

import numpy as np

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
