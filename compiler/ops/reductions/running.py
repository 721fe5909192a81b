"""Sums and products of all elements up to each one, and the product along axes: its derivatives divide by nothing."""

from typing import Any

from ...shape import Clash, Type
from ..attribute import Attribute
from ..builder import Builder
from ..elementwise import same_type
from ..emitter import Buffer, Emitter, in_float64
from ..facts import Advice, Array, Rows, Types, for_each_operand
from ..forms import along_axes
from ..forms.c import along as c_along
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import along_axes as onnx_axes
from ..forms.torch import along_axes as torch_axes
from ..operation import Namespace, Operation, Reference, Trial
from .axes import REDUCING, TRIALS, axes_of, one_axis, reduced_rows, reduced_shape, reduced_type, rows_along

ALONG = (Attribute("axis", "integer", required=True), Attribute("back", "boolean", False))
"""The axis along which elements follow one another, and whether from the last to the first."""

ALONG_TRIALS = (
    ((3,), 0, False),
    ((3,), 0, True),
    ((1,), 0, False),
    ((2, 3), 1, True),
    ((3, 2), 0, False),
    ((2, 3, 2), 1, False),
)


def _in_turn(xp: Namespace, x: Array, axis: int, back: bool) -> Array:
    """The axis first, from the element with which it begins."""
    first = xp.moveaxis(x, axis, 0)
    return xp.flip(first, 0) if back else first


def _in_place(xp: Namespace, x: Array, axis: int, back: bool) -> Array:
    return xp.moveaxis(xp.flip(x, 0) if back else x, 0, axis)


def _part(emit: Emitter, x: Buffer, axis: int, start: int, count: int, *, back: bool = False) -> Buffer:
    """So many elements along an axis, from one on, in their order or from the last one to the first."""
    begins = tuple((start + count - 1 if back else start) if each == axis else 0 for each in range(len(x.shape)))
    sizes = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    return emit.view(x, "part", begins, sizes, tuple(-1 if back and each == axis else 1 for each in range(len(sizes))))


# --- sums -------------------------------------------------------------------------------------------------------


def _running_sum(xp: Namespace, x: Array, axis: int, back: bool) -> Array:
    wide = _in_turn(xp, x.astype(xp.result_type(float)), axis, back)
    return _in_place(xp, xp.cumsum(wide, axis=0), axis, back).astype(x.dtype)


def _running_sum_into(emit: Emitter, out: Buffer, x: Buffer, axis: int, back: bool) -> None:
    count = x.shape[axis]
    if not back:
        wide = in_float64(emit, x)
        sums = out if out.dtype == "float64" else emit.scratch(out.shape, "float64")
        emit.call("add.accumulate", wide, axis, None, sums)
    else:
        sums = emit.scratch(out.shape, "float64")
        emit.copy(sums, _part(emit, x, axis, 0, count, back=True))
        emit.call("add.accumulate", sums, axis, None, sums)
        sums = _part(emit, sums, axis, 0, count, back=True)
    if sums is not out:
        emit.copy(out, sums)


def _cumsum(builder: Builder, x: Reference, axis: int | None) -> Reference:
    shape = builder.type(x).shape
    if axis is None and len(shape) > 1:
        raise Clash("x has several axes", operands=(0,), hint="say along which one: `cumsum(x, axis = 1)`")
    return builder.make("running-sum", (x,), (one_axis(shape, 0 if axis is None else axis), False))


# --- products ---------------------------------------------------------------------------------------------------


def _product(xp: Namespace, x: Array, axis: int) -> Array:
    return xp.prod(x.astype(xp.result_type(float)), axis=axis).astype(x.dtype)


def _product_into(emit: Emitter, out: Buffer, x: Buffer, axis: int) -> None:
    found = out if out.dtype == "float64" else emit.scratch(out.shape, "float64")
    emit.call("multiply.reduce", in_float64(emit, x), axis, None, found)
    if found is not out:
        emit.copy(out, found)


def _product_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, axis: int) -> tuple[Reference]:
    others = (builder.make("product-before", (x,), (axis, back)) for back in (False, True))
    spread = builder.expand(g, shape=builder.type(x).shape, axis=axis)
    return (builder.mul(spread, builder.mul(*others)),)


def _product_before(xp: Namespace, x: Array, axis: int, back: bool) -> Array:
    given = _in_turn(xp, x.astype(xp.result_type(float)), axis, back)
    begun = xp.concatenate([xp.ones_like(given[:1]), given[:-1]])
    return _in_place(xp, xp.cumprod(begun, axis=0), axis, back).astype(x.dtype)


def _product_before_into(emit: Emitter, out: Buffer, x: Buffer, axis: int, back: bool) -> None:
    begun, count = emit.scratch(x.shape, "float64"), x.shape[axis]
    emit.line(f"{emit.method(begun, 'fill')}(1.0)")
    if count > 1:
        others = _part(emit, x, axis, 1 if back else 0, count - 1, back=back)
        emit.copy(_part(emit, begun, axis, 1, count - 1), others)
    emit.call("multiply.accumulate", begun, axis, None, begun)
    emit.copy(out, _part(emit, begun, axis, 0, count, back=True) if back else begun)


def _product_before_vjp(
    builder: Builder, g: Reference, x: Reference, output: Reference, axis: int, back: bool
) -> tuple[Reference]:
    return (builder.mul(output, builder.make("carried", (g, x), (axis, not back))),)


def _carried(xp: Namespace, g: Array, x: Array, axis: int, back: bool) -> Array:
    added, factors = (_in_turn(xp, each, axis, back) for each in (g, x))
    found = [xp.zeros_like(added[0])]
    for each, factor in zip(added[:-1], factors[:-1], strict=True):
        found.append(each + factor * found[-1])
    return _in_place(xp, xp.stack(found), axis, back)


def _carried_type(types: Types, axis: int, back: bool) -> Type:
    g, x = types
    if g.shape != x.shape:
        raise Clash(f"carried: g is {g} but x is {x}", operands=(0, 1))
    return g


def _carried_vjp(
    builder: Builder, incoming: Reference, g: Reference, x: Reference, output: Reference, axis: int, back: bool
) -> tuple[Reference, Reference]:
    sent = builder.make("carried", (incoming, x), (axis, not back))
    return sent, builder.mul(sent, output)


def _prod(builder: Builder, x: Reference, axis: Any, keepdims: bool) -> Reference:
    shape = builder.type(x).shape
    axes = axes_of(shape, axis)
    if not axes:
        return builder.identity(x)
    for each in reversed(axes):
        x = builder.make("product-along", (x,), (each,))
    return builder.reshape(x, shape=reduced_shape(shape, axes, keepdims)) if keepdims else x


CUMSUM = Operation(
    "cumsum",
    ("x",),
    "x1, x1 + x2, x1 + x2 + x3, ...",
    "The sum of all elements up to each one, along `axis`, which a single axis need not be; of the shape of x.",
    onnx=onnx_axes.CUMULATED,
    define=_cumsum,
    rows=Rows(rows_along, same_bits=True),
    attributes=(Attribute("axis", "integer"),),
    advice=Advice(other_names="cumulative_sum"),
    trials=(Trial(((3,),), (None,)), *(Trial((shape,), (axis,)) for shape, axis, back in ALONG_TRIALS if not back)),
)
RUNNING_SUM = Operation(
    "running-sum",
    ("x",),
    "x1, x1 + x2, ...",
    "The sum of all elements up to each one along an axis, or from each one on if it goes `back`.",
    infer=same_type,
    forward=_running_sum,
    kernel=_running_sum_into,
    c=c_along.RUNNING_SUM_FORM,
    onnx=onnx_axes.CUMULATED,
    torch=torch_axes.RUNNING_SUM,
    numpy=NumpyForm("running_sum({0}, {axis}, {back})", (along_axes.RUNNING_SUM,)),
    vjp=lambda builder, g, x, output, axis, back: (builder.make("running-sum", (g,), (axis, not back)),),
    flops=for_each_operand(1),
    attributes=ALONG,
    role="helper",
    trials=tuple(Trial((shape,), (axis, back)) for shape, axis, back in ALONG_TRIALS),
)
PROD = Operation(
    "prod",
    ("x",),
    "x1 * x2 * ...",
    "Product of all elements, or along `axis`, which may be a list and is gone, or has size 1 with `keepdims`. Its "
    "gradients are right where elements are 0.",
    onnx=onnx_axes.reducing("ReduceProd"),
    define=_prod,
    rows=Rows(reduced_rows),
    attributes=REDUCING,
    advice=Advice(other_names="reduce_prod"),
    trials=TRIALS,
)
PRODUCT_ALONG = Operation(
    "product-along",
    ("x",),
    "x1 * x2 * ...",
    "Product along one axis, which is then gone.",
    infer=lambda types, axis: reduced_type("product-along", types, axis, keepdims=False),
    forward=_product,
    kernel=_product_into,
    c=c_along.PRODUCT_ALONG_FORM,
    onnx=onnx_axes.along("ReduceProd"),
    torch=torch_axes.PRODUCT,
    numpy=NumpyForm("np.prod({0}, axis={axis})"),
    vjp=_product_vjp,
    flops=for_each_operand(1),
    attributes=ALONG[:1],
    role="helper",
    trials=tuple(Trial((shape,), (axis,)) for shape, axis, back in ALONG_TRIALS if not back),
)
PRODUCT_BEFORE = Operation(
    "product-before",
    ("x",),
    "1, x1, x1 * x2, ...",
    "The product of all elements before each one along an axis, or behind it if it goes `back`.",
    infer=same_type,
    forward=_product_before,
    kernel=_product_before_into,
    c=c_along.PRODUCT_BEFORE_FORM,
    onnx=onnx_axes.PRODUCT_BEFORE,
    numpy=NumpyForm("product_before({0}, {axis}, {back})", (along_axes.PRODUCT_BEFORE,)),
    vjp=_product_before_vjp,
    flops=for_each_operand(1),
    attributes=ALONG,
    role="helper",
    trials=tuple(Trial((shape,), (axis, back)) for shape, axis, back in ALONG_TRIALS),
)
CARRIED = Operation(
    "carried",
    ("g", "x"),
    "0, g1, g2 + x2 * g1, ...",
    "What of a gradient comes to each element past the others: each is carried on, times the x that it passes.",
    infer=_carried_type,
    forward=_carried,
    c=c_along.CARRIED_FORM,
    onnx=onnx_axes.CARRIED,
    numpy=NumpyForm("carried({0}, {1}, {axis}, {back})", (along_axes.CARRIED,)),
    vjp=_carried_vjp,
    flops=for_each_operand(2),
    attributes=ALONG,
    role="helper",
    trials=tuple(Trial((shape, shape), (axis, back)) for shape, axis, back in ALONG_TRIALS),
)

RUNNING = (PROD, CUMSUM, RUNNING_SUM, PRODUCT_ALONG, PRODUCT_BEFORE, CARRIED)
