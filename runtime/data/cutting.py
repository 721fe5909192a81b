"""The index of a column: some of its rows, and of each row some elements."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...compiler.graph.spec import Cut, Place
from ...compiler.ops.arrangement.indexing import GONE, Part, Range, check_part, part_at
from ...compiler.ops.table import INDEX
from ...compiler.shape import Clash
from ...grammar.diagnostic import Diagnostic
from ...grammar.spec_error import SpecError
from .column import Array, Reading, Rows
from .elements import first_wrong
from .faults import COLUMN_CLASH
from .fitted.fits import ColumnFits
from .stored import StoredArray

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
    if origin.lines is not None and isinstance(places[0], slice):
        origin = replace(origin, lines=origin.lines[places[0]])
    if taken.size != len(taken) * (array.size // len(array)):
        origin = replace(origin, columns=(0,))
    left = [axis - array.ndim for axis, by in enumerate(part.step) if by != GONE]
    rows = frozenset(number - len(left) for number, axis in enumerate(left) if axis in reading.rows)
    return Reading(taken, origin, reading.classes, _missing(reading, taken), rows)


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
