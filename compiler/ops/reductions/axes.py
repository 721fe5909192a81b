"""Axes along which a reduction goes: those that a call names, what is left of a shape, how a gradient comes back."""

import math
from collections.abc import Sequence

from ...shape import Clash, Shape, Size, Type, shape_text
from ..attribute import Attribute, Attributes, AttributeValue
from ..builder import Builder
from ..facts import Axes, Share, Shares, Types
from ..operation import Reference, Trial

KEEPDIMS = Attribute("keepdims", "boolean", False)

REDUCING = (Attribute("axis", ("integer", "list")), KEEPDIMS)
"""The attributes of reductions: an axis, a list of axes, or none for all; whether these stay, with size 1."""


def axes_of(shape: Shape, axis: AttributeValue) -> tuple[int, ...]:
    """The axes that are named, counted from the first, in their order. Raises Clash where there is no such."""
    if axis is None:
        return tuple(range(len(shape)))
    given = axis if isinstance(axis, tuple) else (axis,)
    if not given:
        raise Clash(f"the list of axes is empty; x is {shape_text(shape)}", operands=(0,), hint="name an axis, or none")
    found: set[int] = set()
    for each in given:
        if not isinstance(each, int) or isinstance(each, bool):
            raise Clash("axes are whole numbers: `axis = [0, 1]`", operands=(0,))
        place = one_axis(shape, each)
        if place in found:
            raise Clash(f"axis {each} is named twice; x is {shape_text(shape)}", operands=(0,))
        found.add(place)
    return tuple(sorted(found))


def one_axis(shape: Shape, axis: int, operand: str = "x") -> int:
    """An axis, counted from the first. Raises Clash, which names the operand, where there is no such."""
    rank = len(shape)
    if not -rank <= axis < rank:
        axes = f"has axes from {-rank} to {rank - 1}" if shape else "is a scalar, which has no axes"
        raise Clash(f"there is no axis {axis}; {operand}, {shape_text(shape)}, {axes}", operands=(0,))
    return axis % rank


def axis_of(name: str, shape: Shape, axis: int, operand: str = "x") -> int:
    """The same, for an operation, which the message names too."""
    try:
        return one_axis(shape, axis, operand)
    except Clash as clash:
        raise Clash(f"{name}: {clash.message}", operands=clash.operands) from None


def filled_axes(shape: Shape, axis: AttributeValue) -> tuple[int, ...]:
    """Axes that are named, of which none may be empty: where nothing is, nothing is the largest."""
    axes = axes_of(shape, axis)
    for each in axes:
        if shape[each] == 0:
            raise Clash(f"axis {each} of x, {shape_text(shape)}, is empty", operands=(0,))
    return axes


def reduced_shape(shape: Shape, axes: Sequence[int], keepdims: bool) -> Shape:
    """What is left of a shape."""
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def reduced_type(name: str, types: Types, axis: AttributeValue, keepdims: bool) -> Type:
    """The type of a reduction of reals. Raises Clash."""
    shape = types[0].shape
    try:
        return Type("real", reduced_shape(shape, axes_of(shape, axis), keepdims))
    except Clash as clash:
        raise Clash(f"{name}: {clash.message}", operands=clash.operands, hint=clash.hint) from None


def sizes_of(shape: Shape, axis: AttributeValue) -> tuple[Size, ...]:
    """The sizes of the axes that a reduction goes over."""
    return tuple(shape[each] for each in axes_of(shape, axis))


def count_of(shape: tuple[int, ...], axis: AttributeValue) -> int:
    """How many elements go into each one of the result."""
    return math.prod(shape[each] for each in axes_of(shape, axis))


def spread_back(builder: Builder, g: Reference, shape: Shape, axis: AttributeValue, keepdims: bool) -> Reference:
    """A gradient of a reduced value, repeated to the shape that was reduced."""
    if not shape:
        return g
    if not keepdims and not isinstance(axis, tuple):
        assert axis is None or isinstance(axis, int)  # that is what a call may say beside a list
        return builder.expand(g, shape=shape, axis=axis)
    kept = reduced_shape(shape, axes_of(shape, axis), keepdims=True)
    return builder.expand(g if keepdims else builder.reshape(g, shape=kept), shape=shape)


def reduced_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows of a reduction: an axis that it goes over is gone, or has one element."""
    axis, keepdims = attributes
    rank = len(types[0].shape)
    gone = frozenset(each - rank for each in axes_of(types[0].shape, axis))
    left = over[0] - gone
    if not keepdims:
        left = frozenset(each + sum(other > each for other in gone) for each in left)
    return left, bool(over[0] & gone)


def rows_along(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows of an operation whose elements hang on one another along its first attribute, an axis."""
    rank = len(types[0].shape)
    axes = axes_of(types[0].shape, attributes[0])
    return over[0], any(each - rank in over[0] for each in axes)


def spread_words(formula: str) -> Shares:
    """Every element that went into a result gets the same."""

    def shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
        axis, rank = attributes[0], len(types[0].shape)
        if axis is None:
            return (Share(formula, "for every element" if rank else ""),)
        *others, last = map(str, axes_of(types[0].shape, axis))
        named = f"axes {', '.join(others)} and {last}" if others else f"axis {last}"
        return (Share(formula, f"repeated along {named}"),)

    return shares


SHAPES_AND_AXES: tuple[tuple[tuple[int, ...], AttributeValue, bool], ...] = (
    ((), None, False),
    ((), None, True),
    ((3,), None, False),
    ((3,), 0, False),
    ((2, 3), None, False),
    ((2, 3), 0, False),
    ((2, 3), -1, False),
    ((2, 3), -1, True),
    ((2, 3), None, True),
    ((2, 3, 4), 1, False),
    ((2, 3, 4), -3, False),
    ((2, 3, 4), (0, -1), False),
    ((2, 3, 4), (1, 2), True),
    ((2, 1, 3), (1,), False),
)

TRIALS = tuple(Trial((shape,), (axis, keepdims)) for shape, axis, keepdims in SHAPES_AND_AXES)
"""Trials of reductions."""
