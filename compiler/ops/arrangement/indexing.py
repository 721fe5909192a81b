"""What an index takes of a value: as a text has it, resolved against a shape, and held against it."""

from collections.abc import Sequence
from typing import NamedTuple

from ...shape import Clash, Linear, Shape, Size, add_sizes, multiply_sizes, shape_text

Numbers = tuple[int, ...]

GONE = 0
"""The step of an axis of which one element is taken, so that the axis is gone."""


class Part(NamedTuple):
    """What an index takes of each axis: elements from `start` on, so many, `step` apart; GONE takes one."""

    start: Shape
    sizes: Shape
    step: Numbers


class Range(NamedTuple):
    """`start:stop:step` of an index, None where nothing stands."""

    start: Size | None = None
    stop: Size | None = None
    step: int | None = None


# --- the index of a text ----------------------------------------------------------------------------------------


def part_at(shape: Shape, index: Sequence["Size | Range | None"]) -> Part:
    """What an index of a text takes of a value: sizes are elements, None is `...`. Raises Clash.

    Below 0 they count from the end. What cannot be told while dims have no size is left to the part's own check.
    """
    named = len(index) - index.count(None)
    if index.count(None) > 1:
        raise Clash("slice: an index has one `...` at most")
    if named > len(shape):
        what = f"{shape_text(shape)}, has {len(shape)}" if shape else "a scalar, has none"
        raise Clash(f"slice: the index names {named} ax{'e' if named > 1 else 'i'}s, but x, {what}", operands=(0,))
    place = index.index(None) if None in index else len(index)
    after = index[place + 1 :]
    all_of = [Range()] * (len(shape) - named)
    entries = [*index[:place], *all_of, *after]
    taken = [_along(shape, axis, entry) for axis, entry in enumerate(entries) if entry is not None]
    return Part(*zip(*taken, strict=True)) if taken else Part((), (), ())


def one_along(shape: Shape, axis: int, place: int) -> Part:
    """One element along an axis, which is then gone, and all of the others."""
    return part_at(shape, (*[Range()] * axis, place))


def _along(shape: Shape, axis: int, entry: Size | Range) -> tuple[Size, Size, int]:
    size = shape[axis]
    if not isinstance(entry, Range):
        return _from_start(entry, size), 1, GONE
    step = 1 if entry.step is None else entry.step
    if not step:
        raise Clash("slice: a step of 0 goes nowhere", hint="leave it out, or write -1 to go backwards")
    if step > 0:
        start = _from_start(0 if entry.start is None else entry.start, size)
        stop = size if entry.stop is None else _from_start(entry.stop, size)
        span = add_sizes(stop, _negative(start))
    else:
        start = add_sizes(size, -1) if entry.start is None else _from_start(entry.start, size)
        stop = -1 if entry.stop is None else _from_start(entry.stop, size)
        span = add_sizes(start, _negative(stop))
    _check_end(shape, axis, stop, least=-1 if entry.stop is None else 0)
    if abs(step) == 1:
        return start, span, step
    if isinstance(span, Linear):
        raise Clash(
            f"slice: axis {axis} of x, {shape_text(shape)}, has no known size, so that a part in steps of {abs(step)} "
            "has none either",
            operands=(0,),
            hint="write its size in the type, or a constant there: `const N = 100`",
        )
    return start, max(0, -(-span // abs(step))), step


def _from_start(place: Size, size: Size) -> Size:
    return add_sizes(size, place) if _below_zero(place) else place


def _below_zero(place: Size) -> bool:
    """Whether a place counts from the end: a number below 0, or `-N + 1` of dims, which are at least 1."""
    if isinstance(place, int):
        return place < 0
    return place.terms[0][1] < 0


def _negative(size: Size) -> Size:
    return multiply_sizes(size, -1)


def _check_end(shape: Shape, axis: int, stop: Size, least: int) -> None:
    size = shape[axis]
    if isinstance(stop, int) and isinstance(size, int) and not least <= stop <= size:
        raise Clash(
            f"slice: the range ends at {stop if stop >= 0 else stop - size}, outside of axis {axis} of x, "
            f"{shape_text(shape)}",
            operands=(0,),
            hint="leave the end out to take all that is left",
        )


def part_text(start: Shape, sizes: Shape, step: Numbers) -> str:
    """A part as the index that takes it, `[0, 1:3]`."""
    return f"[{', '.join(map(_place_text, start, sizes, step))}]"


def _place_text(start: Size, size: Size, step: int) -> str:
    if step == GONE:
        return str(start)
    if step < 0:
        last = add_sizes(start, multiply_sizes(add_sizes(size, -1), step))
        return f"{start}:{'' if last == 0 else add_sizes(last, -1)}:{step}"
    stop = add_sizes(add_sizes(start, multiply_sizes(add_sizes(size, -1), step)), 1)
    return f"{'' if start == 0 else start}:{stop}{'' if step == 1 else f':{step}'}"


# --- what is taken ----------------------------------------------------------------------------------------------


def taken(count: Shape, step: Numbers) -> Shape:
    return tuple(size for size, by in zip(count, step, strict=True) if by != GONE)


def check_part(name: str, shape: Shape, part: Part) -> None:
    """Raises Clash where a part is not inside of a shape, as far as sizes are known."""
    if not len(shape) == len(part.start) == len(part.sizes) == len(part.step):
        raise Clash(f"{name}: the part names {len(part.start)} axes of {shape_text(shape)}", operands=(0,))
    for axis, (size, start, count, step) in enumerate(zip(shape, *part, strict=True)):
        if isinstance(count, int) and count < 1:
            raise Clash(f"{name}: nothing is left along axis {axis} of x, {shape_text(shape)}", operands=(0,))
        if not isinstance(start, int):
            start = add_sizes(start, _negative(size))  # `N - 1` of N elements is known to be inside
            if isinstance(start, int) and start >= 0:
                raise _outside(name, shape, axis, part.start[axis])
            continue
        if start < 0 or (isinstance(size, int) and start >= size):
            raise _outside(name, shape, axis, part.start[axis])
        if isinstance(count, int):
            last = start + (count - 1) * step
            if last < 0 or (isinstance(size, int) and last >= size):
                raise _outside(name, shape, axis, last)
        else:
            over = add_sizes(add_sizes(count, start), _negative(size)) if step == 1 else -1
            if isinstance(over, int) and over > 0:
                raise _outside(name, shape, axis, add_sizes(count, start - 1))


def _outside(name: str, shape: Shape, axis: int, place: Size) -> Clash:
    size = shape[axis]
    counted = f"which counts from 0 to {size - 1}" if isinstance(size, int) else f"which has {size} elements"
    at = add_sizes(place, _negative(size)) if _is_negative(place) else place
    return Clash(f"{name}: there is no {at} along axis {axis} of x, {shape_text(shape)}, {counted}", operands=(0,))


def _is_negative(place: Size) -> bool:
    return isinstance(place, int) and place < 0
