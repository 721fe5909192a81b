"""Windows that go over the axes of space: how large they are, how far apart, where they lie, how many fit."""

from itertools import product
from math import prod
from typing import NamedTuple, TypeAlias

from ...shape import Clash, Shape, shape_text
from ..attribute import AttributeValue

Numbers: TypeAlias = tuple[int, ...]

Sides: TypeAlias = tuple[tuple[int, int], ...]
"""What is added before and behind each axis of space."""

PART = 196608
"""Elements of patches, about, that are gathered at a time: so many stay in a cache while a product reads them."""

MOST_PARTS = 128
"""Parts at most, each of them lines of a generated step."""


class Windows(NamedTuple):
    """For each axis of space: the size of a window, from one to the next, what is added around x, the distance of
    elements in a window, and how many windows there are."""

    size: Numbers
    stride: Numbers
    sides: Sides
    dilation: Numbers
    counts: Numbers


class Box(NamedTuple):
    """A part of all windows of all rows: from where on along each axis, and how many."""

    start: Numbers
    counts: Numbers


def text_of(sizes: Numbers) -> str:
    """`5 x 5`, as one says it."""
    return " x ".join(map(str, sizes))


def space_of(name: str, slot: str, shape: Shape) -> Numbers:
    """The sizes of space of a value [N, C, ...space]. Raises Clash."""
    if not 3 <= len(shape) <= 5:
        raise Clash(
            f"{name}: {slot} is {shape_text(shape)}, but must be [rows, channels, ...space] with one to three axes of "
            "space",
            operands=(0,),
            hint="`reshape(x, [N, 1, 28, 28])` makes pictures of one channel of rows of 784"
            if len(shape) == 2
            else None,
        )
    found = tuple([size for size in shape[2:] if isinstance(size, int)])
    if len(found) < len(shape) - 2:
        raise Clash(f"{name}: the sizes of space of {slot}, {shape_text(shape)}, must be numbers", operands=(0,))
    return found


def each_axis(name: str, setting: str, value: AttributeValue, axes: int, least: int) -> Numbers:
    """A setting for each axis of space, which a call gives as one number or as a list. Raises Clash."""
    listed = value if isinstance(value, tuple) else (value,) * axes
    whole = [int(each) for each in listed if isinstance(each, int | float) and each == int(each) and each >= least]
    if len(listed) != axes or len(whole) != axes:
        wanted = "a whole number" if least == 0 else f"a whole number from {least} on"
        several = "" if axes == 1 else f", or a list of {axes}, one for each axis of space"
        raise Clash(f"{name}: {setting} is {_text(value)}, but must be {wanted}{several}")
    return tuple(whole)


def windows(
    name: str,
    space: Numbers,
    size: Numbers,
    stride: AttributeValue,
    padding: AttributeValue,
    dilation: AttributeValue,
) -> Windows:
    """The windows over a space of these sizes. Raises Clash where none fits."""
    axes = len(space)
    steps, apart = each_axis(name, "stride", stride, axes, 1), each_axis(name, "dilation", dilation, axes, 1)
    reach = tuple((each - 1) * by + 1 for each, by in zip(size, apart, strict=True))
    sides = _sides(name, padding, space, reach, steps)
    count = []
    for axis in range(axes):
        before, behind = sides[axis]
        left = space[axis] + before + behind - reach[axis]
        if left < 0:
            raise Clash(
                f"{name}: a window of {text_of(reach)} does not fit into {text_of(space)}"
                f"{_added(sides)}: along axis {axis + 2} it needs {reach[axis]}, there are {left + reach[axis]}",
                operands=(0,),
            )
        count.append(left // steps[axis] + 1)
    return Windows(size, steps, sides, apart, tuple(count))


def _sides(name: str, padding: AttributeValue, space: Numbers, reach: Numbers, stride: Numbers) -> Sides:
    if padding == "valid":
        return ((0, 0),) * len(space)
    if padding == "same":
        # As many windows as x has elements, or a stride-th of that rounded up; what is odd is added behind.
        wanted = [-(-each // by) for each, by in zip(space, stride, strict=True)]
        added = [
            max(0, (count - 1) * by + size - each)
            for each, by, size, count in zip(space, stride, reach, wanted, strict=True)
        ]
        return tuple((each // 2, each - each // 2) for each in added)
    return sides_of(name, padding, len(space))


def sides_of(name: str, padding: AttributeValue, axes: int) -> Sides:
    """What is added around x: one number for all, a number for each axis, or [before, after] for each. Raises Clash."""
    listed = padding if isinstance(padding, tuple) else (padding,) * axes
    found = []
    for each in listed:
        two = each if isinstance(each, tuple) else (each, each)
        whole = [int(side) for side in two if isinstance(side, int | float) and side == int(side) and side >= 0]
        if len(whole) == 2 == len(two):
            found.append((whole[0], whole[1]))
    if len(found) != axes or len(listed) != axes:
        raise Clash(
            f"{name}: padding is {_text(padding)}, but must be a whole number from 0 on, a list with one of them, or "
            f"[before, after], for each of the {axes} axes of space"
        )
    return tuple(found)


def _text(value: object) -> str:
    return f"[{', '.join(map(_text, value))}]" if isinstance(value, tuple) else str(value)


def _added(sides: Sides) -> str:
    return f" with {_text(sides)} added" if any(map(any, sides)) else ""


def offsets(size: Numbers) -> list[Numbers]:
    """The places in a window, in order."""
    return list(product(*map(range, size)))


def boxes(count: Numbers, patch: int) -> list[Box]:
    """Parts of windows and rows, [*count, N] in all, each next to the last in C order, whose patches, of so many
    elements each, are together no more than PART, or than a share of all."""
    wanted = max(PART // patch, prod(count) // MOST_PARTS, 1)
    done: list[Box] = []
    todo = [Box((0,) * len(count), count)]
    while todo:
        box = todo.pop()
        axis = next((axis for axis, size in enumerate(box.counts) if size > 1), None)
        if axis is None or prod(box.counts) <= wanted:
            done.append(box)
            continue
        inner = prod(box.counts[axis + 1 :])
        pieces = -(-box.counts[axis] // max(1, wanted // inner))
        ends = [box.counts[axis] * piece // pieces for piece in range(pieces + 1)]
        todo += [
            Box(
                (*box.start[:axis], box.start[axis] + ends[piece], *box.start[axis + 1 :]),
                (*box.counts[:axis], ends[piece + 1] - ends[piece], *box.counts[axis + 1 :]),
            )
            for piece in reversed(range(pieces))
        ]
    return done
