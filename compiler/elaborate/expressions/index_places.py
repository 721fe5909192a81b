"""What stands between the brackets of an index: numbers, sizes and ranges, and what they take of a list."""

from collections.abc import Sequence
from typing import TypeAlias

from ....grammar.syntax import Dots, Expression, Index, Name, Number, Range
from ... import faults
from ...ops.arrangement.indexing import GONE, Part, check_part, part_at
from ...ops.arrangement.indexing import Range as Places
from ...ops.table import INDEX
from ...shape import Clash, Linear, Size, beyond
from ..scope import FAILED, Constant, Failed, ListValue, Site, described

Entry: TypeAlias = Size | Places | None
"""One place of an index: an element, a range, or None for `...`."""

LONGEST_DIGITS = 20
"""Digits of a number that are read: no array has as many elements."""


def split(name: Name) -> Index:
    """A path that ends in `[1]` as an index of what stands before."""
    base, _, digits = name.name[:-1].rpartition("[")
    operand = Name(base, name.start, min(name.start + len(base), name.stop))
    number = int(digits.lstrip("0")[:LONGEST_DIGITS] or "0")
    place = Number(number, max(name.stop - 1 - len(digits), operand.stop), max(name.stop - 1, operand.stop))
    return Index(operand, (place,), name.start, name.stop)


def expressions_in(index: Index) -> list[Expression]:
    """What is evaluated for the places of an index, in order."""
    return [part for place in index.places for part in _parts(place) if part is not None]


def _parts(place: Expression | Range) -> tuple[Expression | None, ...]:
    if isinstance(place, Range):
        return place.begin, place.end, place.step
    return () if isinstance(place, Dots) else (place,)


def entries_of(index: Index, values: Sequence[Constant], site: Site) -> list[Entry] | Failed:
    """The places of an index, whose expressions have these values; FAILED where one can't stand there, reported."""
    left = iter(values)
    entries: list[Entry] = []
    for place in index.places:
        sizes = [None if part is None else _size(next(left), part, site) for part in _parts(place)]
        if FAILED in sizes:
            return FAILED
        if isinstance(place, Range):
            begin, end, by = sizes
            if isinstance(by, Linear):
                given = f"`{site.text(place.step)}`"
                site.tell(faults.BAD_PLACE, place.step, given=given, wanted="a step is a whole number")
                return FAILED
            entries.append(Places(begin, end, by))  # type: ignore[arg-type]  # none of them failed
        elif isinstance(place, Dots):
            entries.append(None)
        else:
            entries += sizes  # type: ignore[arg-type]  # as above
    return entries


def _size(value: Constant, part: Expression, site: Site) -> Size | Failed:
    size = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(size, int | Linear) and not beyond(size):
        return size
    given = f"`{site.text(part)}`" if isinstance(value, int | float | Linear) else described(value)
    wanted = "no array is as long" if isinstance(size, int | Linear) else "it holds whole numbers and sizes"
    site.tell(faults.BAD_PLACE, part, given=given, wanted=wanted)
    return FAILED


def of_list(
    value: ListValue, shape: tuple[int, ...], entries: Sequence[Entry], index: Index, site: Site
) -> Constant | Failed:
    """What an index takes of a literal list; FAILED where that is not inside, which is reported."""
    try:
        part = part_at(shape, entries)
        check_part(INDEX.name, shape, part)
        if not all(isinstance(size, int) for size in (*part.start, *part.sizes)):
            message = f"{INDEX.name}: what an index takes of a list, {list(shape)}, is not known"
            raise Clash(message, hint="write numbers")
    except Clash as clash:
        site.tell(faults.SHAPE_CLASH, index, message=clash.message, hint=clash.hint)
        return FAILED
    return _taken(value, part, 0)


def _taken(value: Constant, part: Part, axis: int) -> Constant:
    """The part of a list from an axis on: as many calls inside one another as it has axes."""
    if axis == len(part.start):
        return value
    assert isinstance(value, tuple)  # it has an axis
    start, count, step = part.start[axis], part.sizes[axis], part.step[axis]
    assert isinstance(start, int)
    assert isinstance(count, int)
    if step == GONE:
        return _taken(value[start], part, axis + 1)
    return tuple(_taken(value[start + number * step], part, axis + 1) for number in range(count))  # type: ignore[misc]  # parts of a list
