"""Axes that move: the order of all of a value, where its rows run once they have moved, and where it lies."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...shape import Clash, Shape, Size, Type, product, shape_text
from ..attribute import Attributes, is_number
from ..facts import Array, Axes, Types
from ..operation import Namespace


def order_of(types: Types, attributes: Attributes) -> Attributes:
    """The axes of a transpose, each counted from 0; None where the last two are swapped. Raises Clash."""
    (axes,), shape = attributes, types[0].shape
    if axes is None:
        return attributes
    assert isinstance(axes, tuple)
    clash = Clash(
        f"transpose: axes is {list(axes)}, but must name each axis of x, {shape_text(shape)}, once", operands=(0,)
    )
    found: list[int] = []
    for axis in axes:
        if not is_number(axis) or axis != int(axis) or not -len(shape) <= axis < len(shape):
            raise clash
        found.append(int(axis) % len(shape))
    if sorted(found) != list(range(len(shape))):
        raise clash
    last = len(found) - 1
    if last > 0 and found == [*range(last - 1), last, last - 1]:
        return (None,)
    return (tuple(found),)


def inverse(axes: Sequence[int]) -> tuple[int, ...]:
    """The order that undoes an order of axes."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def transposed_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows run along the axis that theirs has become."""
    rank, axes = len(result.shape), attributes[0] if attributes else None
    assert axes is None or isinstance(axes, tuple)
    order = [*range(rank - 2), rank - 1, rank - 2] if axes is None else axes
    return moved(over[0], {axis - rank: place - rank for place, axis in enumerate(order)}), False


def moved(over: Axes, places: Mapping[int, int]) -> Axes:
    """Axes at their new places, those left out that have none."""
    return frozenset(places[each] for each in over if each in places)


def reshaped_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes | None, bool]:
    """An axis of rows stays one where the result has one of its size, before and behind as many elements."""
    own, shape = types[0].shape, result.shape
    places: set[int] = set()
    for each in over[0]:
        place = _same_place(own, shape, each)
        if place is None:
            return None, False
        places.add(place)
    return frozenset(places), False


def _same_place(own: Shape, shape: Shape, axis: int) -> int | None:
    size, behind = own[axis], _count(own[len(own) + axis + 1 :])
    if behind is None:
        return None
    for place in range(-len(shape), 0):
        if shape[place] == size and _count(shape[len(shape) + place + 1 :]) == behind:
            return place
    return None


def _count(shape: Shape) -> Size | None:
    """How many elements a shape has; None where that is not linear in one dim."""
    try:
        return product(shape)
    except Clash:
        return None


# --- where values lie -------------------------------------------------------------------------------------------------
# Products take a matrix that was transposed as it lies, and round by how it lies. So an operand of a product must lie
# as in a planned step: that swaps two axes without a copy, and copies a value whose axes are put in any other order.


def reordered(xp: Namespace, x: Array, axes: Sequence[int]) -> Array:
    """The axes in an order that is named: as they lie, but for what `as_planned` would take for two swapped axes."""
    turned = xp.transpose(x, axes)
    if xp is not np:
        return turned
    if turned.flags.c_contiguous:
        return turned.reshape(-1).reshape(turned.shape)  # strides of axes of size 1 are as in a copy, too
    return turned.copy() if _swapped(turned) else turned


def as_planned(xp: Namespace, x: Array) -> Array:
    """A value as it lies where it is in order, or its last two axes are swapped; else a copy in order."""
    return x if xp is not np or x.flags.c_contiguous or _swapped(x) else np.ascontiguousarray(x)


def in_order(xp: Namespace, x: Array) -> Array:
    """A value in order, copied where it is not."""
    return x if xp is not np or x.flags.c_contiguous else np.ascontiguousarray(x)


def _swapped(x: Array) -> bool:
    return x.ndim > 1 and bool(x.swapaxes(-1, -2).flags.c_contiguous)
