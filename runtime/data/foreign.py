"""What callers give as arrays of numpy's own class: lists, other libraries' arrays, subclasses."""

import numbers
import sys
from typing import Any

import numpy as np

from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..training_faults import MASKED, NOT_NUMBERS
from .faults import OUT_OF_RANGE

NUMBERS = "fiub"
"""Floats, integers with and without sign, booleans: numpy's letters for what counts as numbers."""

OTHERS = {"c": "complex numbers", "M": "dates", "m": "spans of time", "V": "records", **dict.fromkeys("UST", "texts")}
"""The letters of what does not."""


def plain(name: str, value: object, span: Span | None = None) -> Array:
    """A value as booleans, integers or reals, as wide as they are; it may still be the caller's memory.

    Raises SpecError, which names the input, for anything else.
    """
    if type(value) is np.ndarray and value.dtype.kind in NUMBERS:
        return value
    array = as_array(name, value, span)
    if array.dtype.kind in NUMBERS:
        return array
    if array.dtype.kind == "O":
        return _numbers(name, array, span)
    held = OTHERS.get(array.dtype.kind, f"elements of type {array.dtype}")
    raise _no_numbers(name, span, f"it holds {held}" if array.ndim else f"it is {described(array.item())}")


def as_array(name: str, value: object, span: Span | None, *, texts: bool = False) -> Array:
    """A value as an array of whatever it holds; of `texts`, each element stays what it is. Raises SpecError."""
    if masked := _masked(value):
        raise SpecError([MASKED.at(span, name=name, count=masked)])
    try:
        return np.asarray(value, object) if texts else np.asarray(value)
    except MemoryError:
        raise
    except Exception as problem:  # whatever an object of another library raises
        raise _no_numbers(name, span, _reason(value, problem)) from None


def described(value: object) -> str:
    """A value for a message, by its kind."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "an array"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    kind = type(value).__name__
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"


def _no_numbers(name: str, span: Span | None, reason: str) -> SpecError:
    return SpecError([NOT_NUMBERS.at(span, name=name, reason=reason)])


def _reason(value: object, problem: Exception) -> str:
    if isinstance(value, list | tuple):
        return "its rows differ in length"
    said = str(problem).partition("\n")[0]
    return f"{described(value)} cannot be read as an array: {said or type(problem).__name__}"


def _masked(value: object) -> int:
    """How many elements are masked, of an array or of those in a list."""
    ma = sys.modules.get("numpy.ma")  # whoever has masked arrays has loaded it
    if ma is None:
        return 0
    count, pending = 0, [value]
    while pending:
        each = pending.pop()
        if isinstance(each, list | tuple):
            pending += [inner for inner in each if type(inner) is not float and type(inner) is not int]
        elif isinstance(each, ma.MaskedArray):
            count += int(np.count_nonzero(ma.getmaskarray(each)))
    return count


def _numbers(name: str, array: Array, span: Span | None) -> Array:
    """The numbers that Python objects stand for. Raises SpecError at the first that is none."""
    elements: list[Any] = array.ravel().tolist()
    for index, each in enumerate(elements):
        if not _is_real(each):
            place = ", ".join(str(position) for position in np.unravel_index(index, array.shape))
            raise _no_numbers(name, span, f"{f'its element [{place}]' if place else 'it'} is {described(each)}")
    if all(isinstance(each, numbers.Integral) and -(2**63) <= int(each) < 2**63 for each in elements):
        return np.array(elements, np.int64).reshape(array.shape)
    floats = []
    for index, each in enumerate(elements):
        try:
            floats.append(float(each))
        except OverflowError:
            row = 1 + index * (len(array) if array.ndim else 1) // array.size
            raise SpecError([OUT_OF_RANGE.at(span, row=row, name=name, value=each, limit="float64")]) from None
    return np.array(floats, np.float64).reshape(array.shape)


def _is_real(value: object) -> bool:
    if isinstance(value, numbers.Complex):
        return isinstance(value, numbers.Real)
    return isinstance(value, numbers.Number | np.bool_)  # a Decimal is a number, and none of the tower of them
