"""Values as JSON: numbers in their shortest text that reads back to the same bits, arrays as nested lists."""

import json
import math
from typing import TypeAlias

import numpy as np

from ...compiler.elaborate.budget import Limits
from ...runtime.arrays import Array

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

MOST_AXES = Limits().rank
"""Lists inside one another that an array may have: as many as those of a spec."""

NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
"""Numbers that JSON cannot write, by the text that stands for them."""


def json_value(value: object) -> Json:
    """A number or an array as JSON: an array as nested lists, what is not finite as "nan", "inf" or "-inf".

    A float32 reads back to its own bits, from its own shortest text: 0.1, not 0.10000000149011612.
    """
    array = np.asarray(value)
    if array.dtype == np.float32:
        array = _shortest(array)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return _with_words(array)
    listed: Json = array.tolist()
    return listed


def array_of_json(value: object) -> Array:
    """The array that nested lists stand for, "nan", "inf" and "-inf" read as numbers.

    Raises ValueError for anything else than numbers, for lists of different lengths, and for lists nested too deep.
    """
    _shape(value, MOST_AXES)
    return np.array(_numbers(value))


def _shape(value: object, axes: int) -> tuple[int, ...]:
    """The shape of nested lists of at most so many axes. Raises ValueError."""
    if not isinstance(value, list):
        return ()
    if not axes:
        raise ValueError(f"its lists are nested more than {MOST_AXES} deep")
    if not value:
        raise ValueError("a list is empty")
    first = _shape(value[0], axes - 1)
    if any(_shape(each, axes - 1) != first for each in value[1:]):
        raise ValueError("its lists differ in length")
    return (len(value), *first)


def _numbers(value: object) -> object:
    """The same lists with a number for each word, and a float for each integer beyond 64 bits. Raises ValueError."""
    if isinstance(value, list):
        if all(type(each) is float or (type(each) is int and abs(each) < 2**63) for each in value):
            return value
        return [_numbers(each) for each in value]
    if isinstance(value, str) and value in NON_FINITE:
        return NON_FINITE[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{json.dumps(value)[:60]} is not a number")
    if isinstance(value, float) or -(2**63) <= value < 2**63:
        return value
    try:
        return float(value)
    except OverflowError:
        raise ValueError("a number is outside the range of numbers") from None


def _shortest(array: Array) -> Array:
    """Float64 numbers whose shortest texts are those of the float32 numbers."""
    texts = np.asarray(array.astype(str))
    near = texts.astype(np.float64)
    # Rounded twice, through float64, a text may miss its float32; the number itself in float64 never does.
    with np.errstate(all="ignore"):
        same = near.astype(np.float32) == array
    return np.where(same, near, array.astype(np.float64))


def _with_words(array: Array) -> Json:
    if array.ndim:
        return [_with_words(row) for row in array]
    number = float(array)
    return number if math.isfinite(number) else repr(number)
