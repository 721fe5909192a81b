"""The largest and the smallest along axes, and where they stand: of equal ones the first, of any with NaN that.

The value is picked out at its place, so that a gradient goes there alone.
"""

import math
from typing import Any

from ...shape import Clash, Shape, Size, Type, shape_text
from ..attribute import Attribute
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import Advice, Array, Rows, Share, Types, Values, Words, for_each_operand, shares
from ..forms import along_axes
from ..forms.c import along as c_along
from ..forms.numpy_form import NumpyForm, reducing
from ..forms.onnx import along_axes as onnx_axes
from ..forms.torch import along_axes as torch_axes
from ..operation import Namespace, Operation, Reference, Trial
from .axes import (
    KEEPDIMS,
    REDUCING,
    SHAPES_AND_AXES,
    TRIALS,
    axes_of,
    filled_axes,
    one_axis,
    reduced_rows,
    reduced_shape,
)


def _place_type(name: str, types: Types, axis: int | None, keepdims: bool) -> Type:
    shape = types[0].shape
    try:
        return Type("int", reduced_shape(shape, filled_axes(shape, axis), keepdims))
    except Clash as clash:
        raise Clash(f"{name}: {clash.message}", operands=clash.operands, hint=clash.hint) from None


def _where_it_stands(name: str, formula: str, which: str) -> Operation:
    def forward(xp: Namespace, x: Array, axis: int | None, keepdims: bool) -> Array:
        found = xp.asarray(getattr(xp, name)(x, axis=axis)).astype(xp.result_type(int))
        return xp.reshape(found, reduced_shape(x.shape, axes_of(x.shape, axis), keepdims)) if keepdims else found

    def kernel(emit: Emitter, out: Buffer, x: Buffer, axis: int | None, keepdims: bool) -> None:
        found: Any = reduced_shape(x.shape, axes_of(x.shape, axis), keepdims=False)
        emit.line(f"{emit.method(x, name)}({axis}, {emit.view(out, 'reshape', found)})")

    return Operation(
        name,
        ("x",),
        formula,
        f"Number of the {which} element along `axis`, of equal ones the first, an int, no gradient; without an axis "
        "that in the order in which all elements are written.",
        infer=lambda types, axis, keepdims: _place_type(name, types, axis, keepdims),
        forward=forward,
        kernel=kernel,
        scalar=lambda x, axis, keepdims: 0.0,
        javascript="0",
        c=c_along.ARGMAX if name == "argmax" else c_along.ARGMIN,
        onnx=onnx_axes.placing("ArgMax" if name == "argmax" else "ArgMin"),
        numpy=reducing(name),
        torch=torch_axes.reducing(name),
        vjp=lambda builder, g, x, output, axis, keepdims: (None,),
        flops=for_each_operand(1),
        rows=Rows(reduced_rows, same_bits=True),
        values=Values(side=forward),
        words=Words(local=("0",), shares=shares(Share("0"))),
        attributes=(Attribute("axis", "integer"), KEEPDIMS),
        trials=tuple(
            Trial((shape,), (axis, keepdims))
            for shape, axis, keepdims in SHAPES_AND_AXES
            if not isinstance(axis, tuple)
        ),
    )


# --- elements at their places -----------------------------------------------------------------------------------


def _pick_type(types: Types, axis: int) -> Type:
    x, i = types
    left = reduced_shape(x.shape, (one_axis(x.shape, axis),), keepdims=False)
    if i.kind != "int" or i.shape != left:
        raise Clash(f"pick: i is {i}, not an index along axis {axis} of {x}", operands=(0, 1))
    return Type("real", left)


def _pick(xp: Namespace, x: Array, i: Array, axis: int) -> Array:
    return xp.squeeze(xp.take_along_axis(x, xp.expand_dims(i, axis), axis), axis)


def _sides(shape: tuple[int, ...], axis: int) -> tuple[int, int, int]:
    """How many elements there are before an axis, along it, and behind it."""
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def _pick_into(emit: Emitter, out: Buffer, x: Buffer, i: Buffer, axis: int) -> None:
    before, along, behind = _sides(x.shape, axis % len(x.shape))
    at = emit.scratch((before, behind), "int64")
    own = emit.view(emit.arange(before * along * behind, along * behind), "reshape", (before, 1))
    emit.call("multiply", emit.view(i, "reshape", at.shape), emit.full(behind, (), "int64"), at)
    emit.call("add", at, own, at)
    if behind > 1:
        emit.call("add", at, emit.arange(behind), at)
    whole = emit.view(x, "reshape", (before * along * behind,))
    emit.line(f"{emit.method(whole, 'take')}({at}, None, {emit.view(out, 'reshape', at.shape)}, 'clip')")


def _pick_vjp(
    builder: Builder, g: Reference, x: Reference, i: Reference, output: Reference, axis: int
) -> tuple[Reference, None]:
    shape = builder.type(x).shape
    place = one_axis(shape, axis)
    return builder.make("place", (g, i), (shape[place], place)), None


def _placed_type(types: Types, size: Size, axis: int) -> Type:
    g, i = types
    if i.kind != "int" or i.shape != g.shape:
        raise Clash(f"place: g is {shape_text(g.shape)} but i is {i}", operands=(0, 1))
    return Type("real", (*g.shape[:axis], size, *g.shape[axis:]))


def _place(xp: Namespace, g: Array, i: Array, size: int, axis: int) -> Array:
    numbers = xp.reshape(xp.arange(size), (size, *(1,) * (g.ndim - axis)))
    return xp.where(numbers == xp.expand_dims(i, axis), xp.expand_dims(g, axis), xp.zeros((), g.dtype))


def _place_into(emit: Emitter, out: Buffer, g: Buffer, i: Buffer, size: int, axis: int) -> None:
    before, _, behind = _sides(out.shape, axis)
    mask = emit.scratch((before, size, behind), "bool")
    numbers = emit.view(emit.arange(size), "reshape", (size, 1))
    whole, one = emit.view(out, "reshape", mask.shape), (before, 1, behind)
    emit.call("equal", numbers, emit.view(i, "reshape", one), mask)
    emit.line(f"{emit.method(out, 'fill')}(0)")
    emit.call("copyto", whole, emit.view(g, "reshape", one), '"same_kind"', mask)


def _extreme(name: str, finder: str, formula: str, which: str) -> Operation:
    def define(builder: Builder, x: Reference, axis: Any, keepdims: bool) -> Reference:
        shape: Shape = builder.type(x).shape
        axes = filled_axes(shape, axis)
        if not axes:
            return builder.identity(x)
        for each in reversed(axes):  # so that of equal ones the first in the order of writing is found
            x = builder.make("pick", (x, builder.make(finder, (x,), (each, False))), (each,))
        return builder.reshape(x, shape=reduced_shape(shape, axes, keepdims)) if keepdims else x

    return Operation(
        name,
        ("x",),
        formula,
        f"The {which} of all elements, or along `axis`, which may be a list and is gone, or has size 1 with `keepdims`."
        " The gradient goes to the first of equal ones. NaN passes through.",
        onnx=onnx_axes.reducing("ReduceMax" if name == "max" else "ReduceMin"),
        define=define,
        rows=Rows(reduced_rows, same_bits=True),
        attributes=REDUCING,
        advice=Advice(other_names=f"a{name} reduce_{name}"),
        trials=TRIALS,
    )


ARGMAX = _where_it_stands("argmax", "n where xn is the largest", "largest")
ARGMIN = _where_it_stands("argmin", "n where xn is the smallest", "smallest")
MAX = _extreme("max", "argmax", "the largest of x1, x2, ...", "largest")
MIN = _extreme("min", "argmin", "the smallest of x1, x2, ...", "smallest")
PICK = Operation(
    "pick",
    ("x", "i"),
    "x at i along `axis`",
    "An element for each index along an axis, which is then gone.",
    infer=_pick_type,
    forward=_pick,
    kernel=_pick_into,
    c=c_along.PICK,
    onnx=onnx_axes.PICK,
    torch=torch_axes.PICK,
    numpy=NumpyForm("np.squeeze(np.take_along_axis({0}, np.expand_dims({1}, {axis}), {axis}), {axis})"),
    vjp=_pick_vjp,
    attributes=(Attribute("axis", "integer", required=True),),
    integers=("i",),
    role="helper",
    trials=(
        Trial(((3,), Type("int", ())), (0,)),
        Trial(((2, 3), Type("int", (2,))), (1,)),
        Trial(((3, 4), Type("int", (4,))), (0,)),
        Trial(((2, 3, 4), Type("int", (2, 4))), (1,)),
        Trial(((2, 3, 4), Type("int", (2, 3))), (-1,)),
    ),
)
PLACE = Operation(
    "place",
    ("g", "i"),
    "g at i along `axis`, else 0",
    "What of a gradient goes to elements that were picked: zeros but for one along a new axis of size `size`.",
    infer=_placed_type,
    forward=_place,
    kernel=_place_into,
    c=c_along.PLACE,
    onnx=onnx_axes.PLACE,
    numpy=NumpyForm("place({0}, {1}, {size}, {axis})", (along_axes.PLACE,)),
    vjp=lambda builder, g, incoming, i, output, size, axis: (builder.make("pick", (g, i), (axis,)), None),
    attributes=(Attribute("size", "size", required=True), Attribute("axis", "integer", required=True)),
    integers=("i",),
    role="helper",
    trials=(
        Trial(((), Type("int", ())), (3, 0)),
        Trial(((2,), Type("int", (2,))), (3, 1)),
        Trial(((4,), Type("int", (4,))), (3, 0)),
        Trial(((2, 4), Type("int", (2, 4))), (3, 1)),
    ),
)

EXTREMES = (MAX, MIN, ARGMAX, ARGMIN, PICK, PLACE)
