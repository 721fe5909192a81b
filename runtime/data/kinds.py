"""Arrays of numbers become what an input takes: whole numbers of 64 bits, or reals of a precision."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...compiler.graph.spec import Precision
from ...grammar.diagnostic import Fault, Note
from ...grammar.spec_error import SpecError
from .column import Array, Origin, Rows
from .elements import fault_at, first_wrong
from .faults import NOT_FINITE, NOT_WHOLE, OUT_OF_RANGE
from .stored import StoredArray

LARGEST = 2**63 - 1


def whole(name: str, array: Rows, origin: Origin, note: Note | None = None) -> Rows:
    """Class numbers and other integers: int64. Raises SpecError at the first row with another number."""
    look_for_fractions(name, array, origin, note)
    return _converted(array, np.dtype(np.int64))


def real(
    name: str, array: Rows, origin: Origin, precision: Precision, note: Note | None = None, *, finite: bool = True
) -> Rows:
    """Reals of a precision, rounded once.

    Raises SpecError at the first that the precision cannot hold, and, where all must be `finite`, that is not.
    """
    with np.errstate(over="ignore"):
        result = _converted(array, np.dtype(precision))
    if not finite:
        look_beyond(name, array, origin, precision, note)
        return result
    index = first_wrong(result, lambda chunk: ~np.isfinite(chunk))
    if index is None:
        return result
    row, element = divmod(index, array.size // len(array))
    value = float(np.ravel(array[row : row + 1])[element])
    fault = OUT_OF_RANGE if math.isfinite(value) else NOT_FINITE
    raise SpecError([fault_at(fault, name, array, index, origin, note, precision)])


def _converted(array: Rows, dtype: "np.dtype[Any]") -> Rows:
    if isinstance(array, StoredArray):
        return array.converted(dtype)
    return np.require(array, dtype, ["C", "A"])


def look_for_fractions(name: str, array: Rows, origin: Origin, note: Note | None = None) -> None:
    """Raises SpecError at the first element that is no whole number of 64 bits."""
    if array.dtype.kind == "f":
        _look(NOT_WHOLE, name, array, lambda c: ~((np.floor(c) == c) & (np.abs(c) < 2.0**63)), origin, note)
    elif array.dtype == np.uint64:
        _look(NOT_WHOLE, name, array, lambda chunk: chunk > LARGEST, origin, note)


def look_beyond(name: str, array: Rows, origin: Origin, precision: Precision, note: Note | None = None) -> None:
    """Raises SpecError at the first element that is finite, and is not in a precision."""
    if array.dtype.kind == "f" and array.dtype.itemsize > np.dtype(precision).itemsize:
        wrong = lambda chunk: np.isinf(chunk.astype(precision)) & np.isfinite(chunk)  # noqa: E731  # one line of algebra
        _look(OUT_OF_RANGE, name, array, wrong, origin, note, precision)


def _look(
    fault: Fault,
    name: str,
    array: Rows,
    wrong: Callable[[Array], Array],
    origin: Origin,
    note: Note | None,
    limit: str = "",
) -> None:
    index = first_wrong(array, wrong)
    if index is not None:
        rows = array if array.ndim else np.atleast_1d(array)
        raise SpecError([fault_at(fault, name, rows, index, origin, note, limit)])
