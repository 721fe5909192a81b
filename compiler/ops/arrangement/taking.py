"""Elements by their numbers, what brings their gradients back, and numbers in a row: take, range."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...shape import Clash, Shape, Size, Type, shape_text
from ..attribute import Attribute, Attributes
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import Advice, Array, Axes, Rows, Share, Types, Values, Words, for_each, for_each_operand, shares
from ..forms import along_axes
from ..forms.c import places as c_places
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import arrangement as onnx_arrangement
from ..forms.torch import arrangement as torch_arrangement
from ..operation import Namespace, Operation, Reference, Trial
from ..reductions.axes import axis_of


class OutOfRange(Exception):
    """A number that counts no element: `number` at `place` among the indices, of `count` elements that there are."""

    def __init__(self, place: tuple[int, ...], number: int, count: int) -> None:
        super().__init__(place, number, count)
        self.place = place
        self.number = number
        self.count = count


# --- take -------------------------------------------------------------------------------------------------------


def _take_complete(types: Types, attributes: Attributes) -> Attributes:
    return (axis_of("take", types[0].shape, attributes[0]),)  # type: ignore[arg-type]  # a whole number


def _take_type(types: Types, axis: int) -> Type:
    (kind, shape), indices = types
    axis = axis_of("take", shape, axis)
    if indices.kind != "int":
        declared = f"int{shape_text(indices.shape) if indices.shape else ''}"
        raise Clash(
            f"take: indices is {indices}, but numbers that count elements are of kind int",
            operands=(1,),
            hint=f"declare the numbers as `{declared}`",
        )
    return Type(kind, (*shape[:axis], *indices.shape, *shape[axis + 1 :]))


def _take(xp: Namespace, x: Array, indices: Array, axis: int) -> Array:
    if not hasattr(indices, "at"):  # arrays of JAX have no values while they are traced
        check(xp, indices, x.shape[axis])
        indices = indices.astype(xp.intp)
    return xp.take(x, indices, axis)


def check(xp: Namespace, indices: Array, count: int) -> None:
    """Raises OutOfRange at the first number that is below 0 or too large."""
    wrong = xp.logical_or(indices < 0, indices >= count)
    if wrong.any():
        place: tuple[Any, ...] = xp.unravel_index(xp.argmax(wrong), wrong.shape) if wrong.ndim else ()
        raise OutOfRange(tuple(map(int, place)), int(indices[place]), count)


def checking(operation: Operation, slot: int) -> Operation:
    """An operation over classes that raises OutOfRange where the operand at `slot` has a number that is no class.

    There is a class for each score of a row; whoever takes class numbers alone is told how many there are.
    """

    def forward(xp: Namespace, *given: Any) -> Array:
        check(xp, given[slot], given[0].shape[-1] if slot else given[1])
        return operation.forward(xp, *given)

    return replace(operation, forward=forward)


def _take_into(emit: Emitter, out: Buffer, x: Buffer, indices: Buffer, axis: int) -> None:
    before, count, behind = _around(x.shape, axis)
    own = own_numbers(emit, indices)
    labels = emit.view(emit.view(indices, "reshape", own.shape), "bits")  # negative ones are the largest
    emit.guard(f"{labels}[{emit.method(labels, 'argmax')}()] < {count}")
    whole, found = (before, count, behind), (before, *own.shape, behind)
    take = emit.method(emit.view(x, "reshape", whole), "take")
    emit.line(f"{take}({own}, 1, {emit.view(out, 'reshape', found)}, 'clip')")


def own_numbers(emit: Emitter, indices: Buffer) -> Buffer:
    """The numbers in a row, of the type that numpy counts with."""
    own = emit.scratch((math.prod(indices.shape),), "intp")
    emit.copy(own, emit.view(indices, "reshape", own.shape))
    return own


def _around(shape: tuple[int, ...], axis: int) -> tuple[int, int, int]:
    """How many elements the axes before one have, that itself, and those behind it."""
    axis %= len(shape)
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def _take_vjp(
    builder: Builder, g: Reference, x: Reference, indices: Reference, output: Reference, axis: int
) -> tuple[Reference | None, None]:
    kind, shape = builder.type(x)
    if kind == "int":
        return None, None
    return builder.take_gradient(g, indices, shape=shape, axis=axis % len(shape)), None


def _take_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows of the numbers are rows of the result; of x the other axes stay, while its own axis may give any row."""
    (axis,), rank, more = attributes, len(types[0].shape), len(types[1].shape)
    assert isinstance(axis, int)
    own = axis % rank - rank
    kept = frozenset(each if each > own else each + 1 - more for each in over[0] if each != own)
    placed = frozenset(each + own + 1 for each in over[1])
    return kept | placed, own in over[0] or bool(kept and placed)


# --- its gradient -----------------------------------------------------------------------------------------------


def _gradient_type(types: Types, shape: Shape, axis: int) -> Type:
    g, indices = types
    if indices.kind != "int" or g.shape != (*shape[:axis], *indices.shape, *shape[axis + 1 :]):
        raise Clash(f"take-gradient: g, {g}, is not what indices, {indices}, take of {shape_text(shape)}")
    return Type("real", shape)


def _gradient(xp: Namespace, g: Array, indices: Array, shape: tuple[int, ...], axis: int) -> Array:
    whole = xp.zeros(shape, g.dtype)
    if hasattr(whole, "at"):  # arrays of JAX do not change
        return whole.at[(slice(None),) * axis + (indices,)].add(g)
    check(xp, indices, shape[axis])
    before, count, behind = _around(shape, axis)
    places = indices.reshape(-1, 1) * behind + xp.arange(behind)
    places = places + xp.arange(0, before * count * behind, count * behind).reshape(-1, 1, 1)
    # In one row numpy adds several times as fast as to parts of an array, in the order of the numbers as well.
    xp.add.at(whole.reshape(-1), places.reshape(-1).astype(xp.intp), g.reshape(-1))
    return whole


def _gradient_into(emit: Emitter, out: Buffer, g: Buffer, indices: Buffer, shape: tuple[int, ...], axis: int) -> None:
    before, count, behind = _around(shape, axis)
    places = own_numbers(emit, indices)
    number = places.shape[0]
    if behind > 1:
        starts, places = emit.view(places, "reshape", (number, 1)), emit.scratch((number, behind), "intp")
        emit.call("multiply", starts, emit.full(behind, (), "intp"), starts)
        emit.call("add", starts, emit.arange(behind), places)
    if before > 1:
        inner, places = (
            emit.view(places, "reshape", (number * behind,)),
            emit.scratch((before, number * behind), "intp"),
        )
        outer = emit.view(emit.arange(before * count * behind, count * behind), "reshape", (before, 1))
        emit.call("add", inner, outer, places)
    row = (before * number * behind,)
    emit.line(f"{emit.method(out, 'fill')}(0)")
    whole = emit.view(out, "reshape", (math.prod(shape),))
    emit.call("add.at", whole, emit.view(places, "reshape", row), emit.view(g, "reshape", row))


def _gradient_vjp(
    builder: Builder,
    gg: Reference,
    g: Reference,
    indices: Reference,
    output: Reference,
    shape: Shape,
    axis: int,
) -> tuple[Reference, None]:
    return builder.take(gg, indices, axis=axis), None


# --- range ------------------------------------------------------------------------------------------------------


def _range_type(types: Types, n: Size) -> Type:
    if isinstance(n, int) and n < 1:
        raise Clash(f"range: n is {n}; it must be at least 1")
    return Type("int", (n,))


def _range(xp: Namespace, n: int) -> Array:
    return xp.arange(n, dtype="int64" if xp.__name__ == "numpy" else None)


TAKEN = (
    ((4,), (3,), 0),
    ((4,), (), 0),
    ((4, 3), (5,), 0),
    ((4, 3), (2, 2), 0),
    ((2, 4), (3,), 1),
    ((2, 4), (), -1),
    ((2, 4, 3), (2, 3), -2),
    ((4, 1), (1,), 0),
)
"""Shapes of a value and of numbers, and the axis that they count along; it has four elements."""

TAKE = Operation(
    "take",
    ("x", "indices"),
    "x[indices] along `axis`",
    "The elements of x, or rows of it, whose numbers `indices` has, from 0 on: x [V, C] and int [N, T] give [N, T, C]. "
    "A table of word vectors is read so. The gradients of one that is taken several times are added, in order.",
    infer=_take_type,
    complete=_take_complete,
    forward=_take,
    kernel=_take_into,
    c=c_places.TAKE,
    onnx=onnx_arrangement.TAKE,
    torch=torch_arrangement.TAKE,
    numpy=NumpyForm("take({0}, {1}, {axis})", (along_axes.TAKE,)),
    vjp=_take_vjp,
    attributes=(Attribute("axis", "integer", 0),),
    integers=("x", "indices"),
    indices=("indices",),
    flops=for_each(0),
    rows=Rows(_take_rows, same_bits=True),
    values=Values(
        passes_on="chosen",
        indices=lambda types, attributes: (1, types[0].shape[attributes[0]]),  # type: ignore[index]  # a whole number
    ),
    words=Words(shares=shares(Share("g", "added up where {x} was taken"), Share("0"))),
    advice=Advice(other_names="gather embedding_lookup index_select"),
    trials=tuple(Trial((shape, Type("int", numbers)), (axis,), classes=4) for shape, numbers, axis in TAKEN),
)
TAKE_GRADIENT = Operation(
    "take-gradient",
    ("g", "indices"),
    "g added up at the numbers along `axis`",
    "Brings the gradients of elements back to what they were taken of; repeats are added in the order of the numbers.",
    infer=_gradient_type,
    forward=_gradient,
    kernel=_gradient_into,
    c=c_places.TAKE_GRADIENT,
    onnx=onnx_arrangement.TAKE_GRADIENT,
    numpy=NumpyForm("take_gradient({0}, {1}, {shape}, {axis})", (along_axes.TAKE_GRADIENT,)),
    vjp=_gradient_vjp,
    attributes=(Attribute("shape", "shape", required=True), Attribute("axis", "integer", required=True)),
    integers=("indices",),
    flops=for_each_operand(1),
    role="helper",
    trials=tuple(
        Trial(((*shape[:axis], *numbers, *shape[axis + 1 :]), Type("int", numbers)), (shape, axis), classes=4)
        for shape, numbers, axis in ((shape, numbers, axis % len(shape)) for shape, numbers, axis in TAKEN)
    ),
)
RANGE = Operation(
    "range",
    (),
    "0, 1, ..., n - 1",
    "The whole numbers below a size, which may be a dim: int[n].",
    infer=_range_type,
    forward=_range,
    kernel=lambda emit, out, n: emit.copy(out, emit.arange(n)),
    c=c_places.RANGE,
    onnx=onnx_arrangement.RANGE,
    torch=torch_arrangement.RANGE,
    numpy=NumpyForm("np.arange({n})"),
    vjp=lambda builder, g, output, n: (),
    attributes=(Attribute("n", "length", required=True),),
    flops=for_each(0),
    words=Words(shares=shares()),
    advice=Advice(other_names="arange"),
    trials=(Trial((), (1,)), Trial((), (5,))),
)

TAKING = (TAKE, TAKE_GRADIENT, RANGE)
