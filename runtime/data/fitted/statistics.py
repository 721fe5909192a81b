"""Statistics over some rows of an array, in memory or in a file: some rows at a time, sums in float64.

A mask says which rows count, None for all. The bits do not hang on where the array lies.
"""

from collections.abc import Iterator

import numpy as np

from ...arrays import Array
from ..stored import PIECE_BYTES, Rows

TINY = 1e-290
"""Mean squares below it may have lost digits, as those of numbers below 1e-145 do."""


def parts(array: Rows, mask: Array | None) -> Iterator[Array]:
    """The rows that count, some at a time."""
    row_bytes = max(1, array.dtype.itemsize * (array.size // len(array)))
    at_once = max(1, PIECE_BYTES // row_bytes)
    for start in range(0, len(array), at_once):
        part = array[start : start + at_once]
        part = part if mask is None else part[mask[start : start + at_once]]
        if len(part):
            yield part


def real_parts(array: Rows, mask: Array | None) -> Iterator[Array]:
    """The same in float64, in C order."""
    return (np.ascontiguousarray(part, np.float64) for part in parts(array, mask))


def extent(array: Rows, mask: Array | None) -> tuple[Array, Array]:
    """The smallest and the largest of each column."""
    low: Array | None = None
    high: Array | None = None
    for part in real_parts(array, mask):
        smallest, largest = part.min(axis=0), part.max(axis=0)
        low = smallest if low is None else np.minimum(low, smallest)
        high = largest if high is None else np.maximum(high, largest)
    assert low is not None, "some row is trained on"
    return np.asarray(low), np.asarray(high)


def mean_of(array: Rows, mask: Array | None) -> Array:
    """The mean of each column over values that are there; NaN where there are none. NaN stands for a missing value."""
    with np.errstate(all="ignore"):
        total = count = np.float64(0)
        for part in real_parts(array, mask):
            there = ~np.isnan(part)
            total, count = total + np.where(there, part, 0).sum(axis=0), count + there.sum(axis=0)
        mean = np.asarray(total / count)
        if np.isinf(mean).any():  # the sum is, where the mean need not be
            mean = np.asarray(sum((np.nan_to_num(part) / count).sum(axis=0) for part in real_parts(array, mask)))
    return mean


def mean_and_deviation(array: Rows, mask: Array | None) -> tuple[Array, Array]:
    """The mean and the standard deviation of each column, over N; of one that is constant its value and 0."""
    low, high = extent(array, mask)
    constant = low == high
    mean = np.where(constant, low, mean_of(array, mask))
    with np.errstate(all="ignore"):
        deviation = _deviation(array, mask, mean, np.ones_like(mean))
        squared = deviation**2
        if (~np.isfinite(squared) | ((squared < TINY) & ~constant)).any():
            largest = np.maximum(np.abs(low - mean), np.abs(high - mean))
            unit = np.where(largest > 0, largest, 1)
            deviation = unit * _deviation(array, mask, mean, unit)
    return mean, np.where(constant, 0.0, deviation)


def _deviation(array: Rows, mask: Array | None, mean: Array, unit: Array) -> Array:
    """The deviation from the mean, as a multiple of a unit; what rounding left in the mean is taken out."""
    squares = rest = np.float64(0)
    count = 0
    for part in real_parts(array, mask):
        apart = (part - mean) / unit
        squares, rest = squares + (apart * apart).sum(axis=0), rest + apart.sum(axis=0)
        count += len(part)
    return np.asarray(np.sqrt(np.maximum(squares / count - (rest / count) ** 2, 0)))


def median_of(array: Rows, mask: Array | None) -> Array:
    """The median of each column over values that are there; NaN where there are none."""
    row_shape = array.shape[1:]
    columns = int(np.prod(row_shape, dtype=np.int64))
    medians = np.empty(columns)
    for column in range(columns):
        values = np.concatenate([part.reshape(len(part), -1)[:, column].copy() for part in real_parts(array, mask)])
        values = values[~np.isnan(values)]
        medians[column] = np.median(values) if len(values) else np.nan
    return medians.reshape(row_shape)


def different(array: Rows, mask: Array | None) -> Array:
    """The different values, in order, those that are missing (NaN) left out."""
    found = np.empty(0, array.dtype)
    for part in parts(array, mask):
        values = np.unique(part)
        found = np.union1d(found, values[~np.isnan(values)] if values.dtype.kind == "f" else values)
    return found
