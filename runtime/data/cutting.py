"""Parts of a column: some of its rows and of each row some elements, by an index; windows of its rows."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from ...compiler.graph.spec import Cut, Place, Windows
from ...compiler.ops.arrangement.indexing import GONE, Part, Range, check_part, part_at
from ...compiler.ops.table import INDEX
from ...compiler.shape import Clash
from ...grammar.diagnostic import Diagnostic
from ...grammar.spec_error import SpecError
from . import budget
from .column import Array, Reading, Rows
from .elements import first_wrong
from .faults import COLUMN_CLASH, NO_ROWS, SHORT
from .fitted.fits import ColumnFits
from .readers.data_file import DataFile
from .stored import PIECE_BYTES, StoredArray

FITTED_BEFORE = "the index leaves out rows that have a part in a fitted number"
ONE_ROW = "an index takes rows by a range, so that they stay rows"


def cut(step: Cut, reading: Reading, fits: ColumnFits) -> Reading:
    """The part of a column that an index takes; of rows that a model is to be used on all rows.

    Raises SpecError where there is no such part.
    """
    array = reading.array
    part = _part(step, reading, all_rows=fits.all_rows)
    if any(part.sizes[axis] != array.shape[axis] and fits.went_by(array.shape[axis]) for axis in reading.rows):
        hint = "take the rows first: `standardize(c[0:1000])`"
        raise SpecError([COLUMN_CLASH.at(step.span, message=FITTED_BEFORE, hint=hint)])
    places = tuple([_place(*each) for each in zip(*part, strict=True)])
    taken = _taken(array, places) if places else array
    origin = reading.origin
    if places and isinstance(places[0], slice):
        origin = origin.among(places[0])
    if taken.size != len(taken) * (array.size // len(array)):
        origin = origin.of_rows
    left = [axis - array.ndim for axis, by in enumerate(part.step) if by != GONE]
    rows = frozenset(number - len(left) for number, axis in enumerate(left) if axis in reading.rows)
    return reading._replace(array=taken, origin=origin, missing=_missing(reading, taken), rows=rows)


def windows(step: Windows, reading: Reading, fits: ColumnFits) -> Reading:
    """The windows of a column's rows, in memory where that has room for them.

    Raises SpecError where it has fewer rows than one window, or a missing value, or they take more than data may.
    """
    array, length = reading.array, step.length
    if reading.missing is not None:
        raise SpecError([reading.missing])
    if not array.ndim or not len(array):
        what = "a single number" if not array.ndim else "empty"
        raise SpecError([NO_ROWS.at(step.span, name=fits.column, what=what)])
    count = len(array) - length + 1
    if count < 1:
        raise SpecError([SHORT.at(step.span, name=fits.column, rows=len(array), length=length)])
    elements = math.prod(array.shape[1:])
    size = count * length * elements * array.dtype.itemsize
    if 8 * count * length * elements > budget.limit():  # as wide as an input may have them
        raise DataFile("", step.span).oversize(f"`windows` of `{fits.column}`", 8 * count * length * elements)
    fits.framed(len(array))
    at_once = count if size <= budget.memory() else max(1, PIECE_BYTES * count // size)
    parts = _windows(array, length, count, at_once)
    made = next(parts) if at_once == count else StoredArray.of(parts)
    return reading._replace(array=made, origin=reading.origin.windows(elements), rows=frozenset({-made.ndim}))


def _windows(array: Rows, length: int, count: int, at_once: int) -> Iterator[Array]:
    """Windows, some at a time."""
    for start in range(0, count, at_once):
        rows = array[start : min(start + at_once, count) + length - 1]
        seen = np.lib.stride_tricks.sliding_window_view(rows, length, axis=0)
        yield np.ascontiguousarray(np.moveaxis(seen, -1, 1))


def _part(step: Cut, reading: Reading, *, all_rows: bool) -> Part:
    shape = reading.array.shape
    try:
        entries = _of_each_axis(step.places, len(shape))
        for axis in reading.rows if all_rows else ():
            if -axis <= len(entries) and isinstance(entries[axis], Range):
                entries[axis] = Range()
        part = part_at(shape, entries)
        check_part(INDEX.name, shape, part)
    except Clash as clash:
        raise SpecError([COLUMN_CLASH.at(step.span, message=clash.message, hint=clash.hint)]) from None
    if any(part.step[axis] == GONE for axis in reading.rows):
        raise SpecError([COLUMN_CLASH.at(step.span, message=ONE_ROW, hint="write `[0:1]` for the first row")])
    return part


def _of_each_axis(places: Sequence[Place], axes: int) -> list[int | Range]:
    """What an index says of each axis: all of those that `...` stands for, or that it does not name. Raises Clash."""
    if places.count(None) > 1:
        raise Clash(f"{INDEX.name}: an index has one `...` at most")
    named = [each for each in places if each is not None]
    entries: list[int | Range] = [Range(*each) if isinstance(each, tuple) else each for each in named]
    at = places.index(None) if None in places else len(places)
    entries[at:at] = [Range()] * (axes - len(entries))
    return entries


def _place(start: object, count: object, step: int) -> slice | int:
    assert isinstance(start, int)
    assert isinstance(count, int)
    if step == GONE:
        return start
    stop = start + count * step
    return slice(start, stop if stop >= 0 else None, step)


def _taken(array: Rows, places: tuple[slice | int, ...]) -> Rows:
    if not isinstance(array, StoredArray):
        return array[places]
    first, *others = places
    assert isinstance(first, slice)  # their rows stay rows
    numbers = range(len(array))[first]
    rows = array.part(numbers.start, len(numbers)) if numbers.step == 1 else array.take(np.array(numbers))
    return rows.mapped(lambda piece: np.ascontiguousarray(piece[(slice(None), *others)])) if others else rows


def _missing(reading: Reading, taken: Rows) -> Diagnostic | None:
    """What is said of a missing value, where one is left."""
    if reading.missing is None or first_wrong(taken, _lacks) is None:
        return None
    return reading.missing


def _lacks(chunk: Array) -> Array:
    return np.isnan(chunk) if chunk.dtype.kind == "f" else chunk < 0
