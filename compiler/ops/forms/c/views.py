"""Forms that take elements as they lie: the operand in another shape, without a computation."""

from ....shape import Type
from ...attribute import Attributes
from .form import Seen
from .value import CValue, in_order


def shape_of(type: Type) -> tuple[int, ...]:
    """A shape, whose sizes are numbers."""
    return tuple([int(str(size)) for size in type.shape])


def _reshaped(x: CValue, result: Type, attributes: Attributes) -> CValue | None:
    shape = shape_of(result)
    if not x.ordered:
        return None
    return x.moved(0, shape, in_order(shape))


def _turned(x: CValue, result: Type, attributes: Attributes) -> CValue:
    (axes,) = attributes
    rank = len(x.shape)
    order = [int(str(each)) for each in axes] if isinstance(axes, tuple) else [*range(rank - 2), rank - 1, rank - 2]
    return x.moved(0, tuple([x.shape[axis] for axis in order]), tuple([x.strides[axis] for axis in order]))


def _expanded(x: CValue, result: Type, attributes: Attributes) -> CValue:
    shape, axis = shape_of(result), attributes[1]
    if isinstance(axis, int) and not x.single:
        place = axis % len(shape)
        x = x.moved(0, (*x.shape[:place], 1, *x.shape[place:]), (*x.strides[:place], 0, *x.strides[place:]))
    return x.broadcast(shape)


def _part(x: CValue, result: Type, attributes: Attributes) -> CValue:
    start, _, step = attributes
    assert isinstance(start, tuple)
    assert isinstance(step, tuple)
    offset = sum(int(str(first)) * by for first, by in zip(start, x.strides, strict=True))
    strides = [by * int(str(each)) for by, each in zip(x.strides, step, strict=True) if each != 0]
    return x.moved(offset, shape_of(result), tuple(strides))


SAME = Seen(lambda x, result, attributes: x)
RESHAPED = Seen(_reshaped)
TURNED = Seen(_turned)
EXPANDED = Seen(_expanded)
PART = Seen(_part)
