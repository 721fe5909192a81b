"""Gradients of parts of one value that lie apart: side by side, in place of a sum of arrays that are mostly zeros."""

from bisect import bisect, insort
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..shape import Shape
from .arrangement.indexing import GONE
from .builder import Builder
from .operation import Reference


class _Padded(NamedTuple):
    """A gradient that stands at `start` along one axis of a shape; all of the other axes is there."""

    gradient: Reference
    shape: Shape
    axis: int
    start: int
    size: int
    gone: bool

    @property
    def stop(self) -> int:
        return self.start + self.size


def put_together(builder: Builder, parts: Sequence[Reference]) -> list[Reference]:
    """The terms of a sum, neighbours that lie apart along an axis as one.

    The sum is the same to the bit, but for the sign of zeros: where a part stands, all others add 0. Linear, where the
    sum of n parts of a value takes n times its size.
    """
    result: list[Reference] = []
    together: list[tuple[Reference, _Padded]] = []
    for part in parts:
        padded = _padded(builder, part)
        if padded is None or not _joins(padded, together):
            result += _joined(builder, together)
            together = []
        if padded is None:
            result.append(part)
        else:
            insort(together, (part, padded), key=_start)
    return [*result, *_joined(builder, together)]


def _padded(builder: Builder, part: Reference) -> _Padded | None:
    """What is padded, where it is so along one axis alone and all sizes there are numbers."""
    made = builder.made(part)
    if made is None or made[0] != "slice-gradient":
        return None
    _, (gradient,), attributes = made
    shape, start, count, step = attributes
    assert isinstance(shape, tuple)
    assert isinstance(start, tuple)
    assert isinstance(count, tuple)
    assert isinstance(step, tuple)
    cut = [axis for axis, size in enumerate(shape) if (start[axis], count[axis], step[axis]) != (0, size, 1)]
    if len(cut) != 1:
        return None
    (axis,) = cut
    first, size, by = start[axis], count[axis], step[axis]
    if not (isinstance(first, int) and isinstance(size, int) and isinstance(shape[axis], int) and by in (1, GONE)):
        return None
    return _Padded(gradient, shape, axis, first, size, by == GONE)  # type: ignore[arg-type]  # an operation's own attributes


def _start(each: tuple[Reference, _Padded]) -> int:
    return each[1].start


def _joins(padded: _Padded, together: Sequence[tuple[Reference, _Padded]]) -> bool:
    """Whether a part lies apart from those that are together, along the same axis."""
    if not together:
        return True
    if together[0][1].axis != padded.axis:
        return False
    place = bisect(together, padded.start, key=_start)
    before, after = together[place - 1 : place], together[place : place + 1]
    return all(each.stop <= padded.start for _, each in before) and all(padded.stop <= each.start for _, each in after)


def _joined(builder: Builder, together: Sequence[tuple[Reference, _Padded]]) -> Iterator[Reference]:
    """Parts in the order of their places as one value, zeros between them."""
    if len(together) < 2:
        yield from (part for part, _ in together)
        return
    shape, axis = together[0][1].shape, together[0][1].axis
    size = shape[axis]
    assert isinstance(size, int)  # seen when they were padded

    def sized(count: int) -> Shape:
        return (*shape[:axis], count, *shape[axis + 1 :])

    if len(together) == size and all(each.gone for _, each in together):
        yield builder.stack(*(each.gradient for _, each in together), axis=axis)
        return
    pieces: list[Reference] = []
    end = 0
    for _, each in together:
        if each.start > end:
            pieces.append(builder.expand(builder.constant(0.0), shape=sized(each.start - end)))
        pieces.append(builder.reshape(each.gradient, shape=sized(1)) if each.gone else each.gradient)
        end = each.stop
    if end < size:
        pieces.append(builder.expand(builder.constant(0.0), shape=sized(size - end)))
    yield builder.concat(*pieces, axis=axis)
