"""Values put side by side: along an axis that they have (concat), or along one of its own (stack)."""

from collections.abc import Sequence

from ...shape import Clash, Shape, Size, Type, add_sizes, shape_text
from ..attribute import Attribute, Attributes
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import Advice, Array, Axes, Rows, Share, Types, Values, Words, for_each
from ..forms.c import places as c_places
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import arrangement as onnx_arrangement
from ..forms.torch import arrangement as torch_arrangement
from ..operation import Namespace, Operation, Reference, Trial
from ..reductions.axes import axis_of
from .indexing import one_along


def _concat_complete(types: Types, attributes: Attributes) -> Attributes:
    (axis,) = attributes
    return (axis_of("concat", types[0].shape, axis, "x1"),)  # type: ignore[arg-type]  # a whole number


def _concat_type(types: Types, axis: int) -> Type:
    first = types[0].shape
    axis = axis_of("concat", first, axis, "x1")
    total: Size = 0
    for number, (_, shape) in enumerate(types):
        if len(shape) != len(first) or _without(shape, axis) != _without(first, axis):
            raise Clash(
                f"concat: x1 is {shape_text(first)} but x{number + 1} is {shape_text(shape)}; along axes other than "
                f"{axis} they must have the same sizes",
                operands=(0, number),
                hint="the axis is written `axis = 1`" if first and not all(type.shape for type in types) else None,
            )
        total = add_sizes(total, shape[axis])
    return Type(types[0].kind, (*first[:axis], total, *first[axis + 1 :]))


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


def _concat(xp: Namespace, *given: Array) -> Array:
    *operands, axis = given
    return xp.concatenate(operands, axis)


def _concat_into(emit: Emitter, out: Buffer, *given: Buffer | int) -> None:
    axis = given[-1]
    assert isinstance(axis, int)
    axis %= len(out.shape)
    start = 0
    for operand in given[:-1]:
        assert isinstance(operand, Buffer)
        count = operand.shape[axis]
        emit.copy(_part(emit, out, axis, start, count), operand)
        start += count


def _part(emit: Emitter, out: Buffer, axis: int, start: int, count: int) -> Buffer:
    """The part of the result that an operand has."""
    if not axis:
        return emit.view(out, "rows", start, start + count)
    rank = len(out.shape)
    begins = tuple(start if each == axis else 0 for each in range(rank))
    return emit.view(out, "part", begins, (*out.shape[:axis], count, *out.shape[axis + 1 :]), (1,) * rank)


def _concat_vjp(builder: Builder, g: Reference, *given: Reference) -> tuple[Reference, ...]:
    *operands, _, axis = given
    shape = builder.type(g).shape
    axis %= len(shape)
    start: Size = 0
    parts = []
    for operand in operands:
        own = builder.type(operand).shape
        begins = tuple(start if each == axis else 0 for each in range(len(shape)))
        parts.append(builder.slice(g, start=begins, count=own, step=(1,) * len(shape)))
        start = add_sizes(start, own[axis])
    return tuple(parts)


def _concat_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows that lie along other axes stand side by side; along the one that grows they follow one another."""
    (axis,) = attributes
    grown = axis % len(result.shape) - len(result.shape)  # type: ignore[operator]  # a whole number
    found = frozenset[int]().union(*over)
    return found, grown in found or len(found) > max(map(len, over))


def _concat_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    return tuple(Share("g", f"at the places of {{x{number + 1}}}") for number in range(len(types)))


CONCAT = Operation(
    "concat",
    ("x1", "x2"),
    "x1, x2, ... one after the other along `axis`",
    "Joins values along an axis that they have; the sizes of the others must be the same. Int where all are int.",
    infer=_concat_type,
    complete=_concat_complete,
    forward=_concat,
    kernel=_concat_into,
    c=c_places.CONCAT,
    onnx=onnx_arrangement.CONCAT,
    torch=torch_arrangement.CONCAT,
    numpy=NumpyForm("np.concatenate([{operands}], axis={axis})"),
    vjp=_concat_vjp,
    attributes=(Attribute("axis", "integer", 0),),
    integers=("x1", "x2"),
    variadic=True,
    flops=for_each(0),
    rows=Rows(_concat_rows, same_bits=True),
    values=Values(passes_on="chosen"),
    words=Words(shares=_concat_shares),
    advice=Advice(other_names="cat concatenate vstack"),
    trials=(
        Trial(((3,), (2,)), (0,)),
        Trial(((2, 3), (4, 3)), (0,)),
        Trial(((2, 3), (2, 1), (2, 2)), (1,)),
        Trial(((2, 1, 3), (2, 4, 3), (2, 1, 3), (2, 1, 3)), (-2,)),
        Trial(((1, 2), (1, 2)), (-1,)),
    ),
)


def _stack_type(types: Types, axis: int) -> Type:
    first = types[0]
    for number, each in enumerate(types):
        if each.shape != first.shape:
            message = f"stack: x1 is {shape_text(first.shape)} but x{number + 1} is {shape_text(each.shape)}"
            raise Clash(message, operands=(0, number))
    axis = axis_of("stack", (*first.shape, len(types)), axis, "the result")
    return Type(first.kind, (*first.shape[:axis], len(types), *first.shape[axis:]))


def _stack(xp: Namespace, *given: Array) -> Array:
    *operands, axis = given
    return xp.stack(operands, axis)


def _stack_into(emit: Emitter, out: Buffer, *given: Buffer | int) -> None:
    *operands, axis = given
    assert isinstance(axis, int)
    axis %= len(out.shape)
    shape = (*out.shape[:axis], 1, *out.shape[axis + 1 :])
    for number, operand in enumerate(operands):
        assert isinstance(operand, Buffer)
        emit.copy(_part(emit, out, axis, number, 1), emit.view(operand, "reshape", shape))


def _stack_vjp(builder: Builder, g: Reference, *given: Reference) -> tuple[Reference, ...]:
    *operands, _, axis = given
    shape = builder.type(g).shape
    parts = [one_along(shape, axis % len(shape), number) for number in range(len(operands))]
    return tuple([builder.slice(g, start=part.start, count=part.sizes, step=part.step) for part in parts])


def _stack_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows lie along the same axes as before, which have one more behind them where it stands there."""
    (axis,) = attributes
    behind = axis % len(result.shape) - len(result.shape)  # type: ignore[operator]  # a whole number
    found = frozenset[int]().union(*over)
    return frozenset(each if each > behind else each - 1 for each in found), len(found) > max(map(len, over))


STACK = Operation(
    "stack",
    ("x1", "x2"),
    "x1, x2, ... one after the other along an axis of their own",
    "Joins values of one shape along a new axis, which stands at `axis` of the result. Int where all are int.",
    infer=_stack_type,
    forward=_stack,
    kernel=_stack_into,
    c=c_places.STACK,
    onnx=onnx_arrangement.STACK,
    torch=torch_arrangement.STACK,
    numpy=NumpyForm("np.stack([{operands}], axis={axis})"),
    vjp=_stack_vjp,
    attributes=(Attribute("axis", "integer", 0),),
    integers=("x1", "x2"),
    variadic=True,
    flops=for_each(0),
    rows=Rows(_stack_rows, same_bits=True),
    values=Values(passes_on="chosen"),
    words=Words(shares=_concat_shares),
    trials=(
        Trial(((3,), (3,)), (0,)),
        Trial(((3,), (3,), (3,)), (1,)),
        Trial(((2, 3), (2, 3), (2, 3)), (1,)),
        Trial(((2, 1), (2, 1)), (-1,)),
    ),
)

JOINING = (CONCAT, STACK)
