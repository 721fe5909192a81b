"""The logarithm of a sum of exponentials, which no exponential leaves the range of."""

import math
from typing import Any

from ..attribute import Attribute
from ..builder import Builder
from ..elementwise import same_type
from ..emitter import Buffer, Emitter, in_float64
from ..facts import Advice, Array, Rows, for_each_operand
from ..forms import along_axes
from ..forms.c import along as c_along
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import along_axes as onnx_axes
from ..forms.torch import along_axes as torch_axes
from ..operation import Namespace, Operation, Reference, Trial
from .axes import REDUCING, TRIALS, filled_axes, reduced_rows, reduced_shape, reduced_type

AXIS = (Attribute("axis", "integer", required=True),)

ALONG_TRIALS = (((3,), 0), ((1,), 0), ((2, 3), 1), ((2, 3), 0), ((2, 3, 4), 1))


def _logsumexp(xp: Namespace, x: Array, axis: int) -> Array:
    # The largest stays out of the sum: 1 + tiny would lose the tiny.
    wide = xp.result_type(float)
    place = xp.argmax(x, axis=axis)
    peak = xp.max(x, axis=axis)
    shift = xp.where(xp.isfinite(peak), peak, xp.zeros_like(peak))
    numbers = xp.reshape(xp.arange(x.shape[axis]), (-1, *(1,) * (x.ndim - axis - 1)))
    others = xp.where(numbers == xp.expand_dims(place, axis), 0, xp.exp(x - xp.expand_dims(shift, axis)))
    rest = xp.sum(others.astype(wide), axis=axis)
    return xp.where(xp.isfinite(peak), peak + xp.log1p(rest), peak).astype(x.dtype)


def _slope(xp: Namespace, x: Array, axis: int) -> Array:
    wide = xp.result_type(float)
    peak = xp.max(x, axis=axis, keepdims=True)
    shift = xp.where(xp.isinf(peak), xp.zeros_like(peak), peak)
    below = xp.where(peak == xp.inf, xp.where(x == xp.inf, 0, -xp.inf), x - shift)
    weights = xp.exp(below)
    total = xp.sum(weights.astype(wide), axis=axis, keepdims=True)
    return (weights / xp.where(total == 0, 1, total)).astype(x.dtype)


def _logsumexp_into(emit: Emitter, out: Buffer, x: Buffer, axis: int) -> None:
    kept = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    zero, place, finite = emit.full(0.0, ()), emit.scratch(out.shape, "intp"), emit.scratch(out.shape, "bool")
    peak, shift, others = emit.scratch(out.shape), emit.scratch(kept), emit.scratch(x.shape)
    own, first = emit.scratch(x.shape, "bool"), emit.view(shift, "reshape", out.shape)
    emit.line(f"{emit.method(x, 'argmax')}({axis}, {place})")
    emit.call("maximum.reduce", x, axis, None, peak)
    emit.call("isfinite", peak, finite)
    emit.line(f"{emit.method(shift, 'fill')}(0.0)")
    emit.call("copyto", first, peak, '"same_kind"', finite)
    emit.call("subtract", x, shift, others)
    emit.call("exp", others, others)
    numbers = emit.view(emit.arange(x.shape[axis]), "reshape", (-1, *(1,) * (len(x.shape) - axis - 1)))
    emit.call("equal", numbers, emit.view(place, "reshape", kept), own)
    emit.call("copyto", others, zero, '"same_kind"', own)
    rest = emit.scratch(out.shape, "float64")
    emit.call("add.reduce", in_float64(emit, others), axis, None, rest)
    emit.call("log1p", rest, rest)
    emit.call("add", peak, rest, rest)
    emit.copy(out, peak)
    emit.call("copyto", out, rest, '"same_kind"', finite)


def _slope_into(emit: Emitter, out: Buffer, x: Buffer, axis: int) -> None:
    kept = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    left = (*x.shape[:axis], *x.shape[axis + 1 :])
    peak, shift, infinite = emit.scratch(kept), emit.scratch(kept), emit.scratch(kept, "bool")
    own, weights, total = emit.scratch(x.shape, "bool"), emit.scratch(x.shape), emit.scratch(kept, "float64")
    top = emit.full(math.inf, ())
    emit.call("maximum.reduce", x, axis, None, emit.view(peak, "reshape", left))
    emit.copy(shift, peak)
    emit.call("isinf", peak, infinite)
    emit.call("copyto", shift, emit.full(0.0, ()), '"same_kind"', infinite)
    emit.call("subtract", x, shift, weights)
    emit.call("equal", peak, top, infinite)
    emit.call("copyto", weights, emit.full(-math.inf, ()), '"same_kind"', infinite)
    emit.call("equal", x, top, own)
    emit.call("logical_and", own, infinite, own)
    emit.call("copyto", weights, emit.full(0.0, ()), '"same_kind"', own)
    wide = in_float64(emit, weights)
    emit.call("exp", wide, wide)
    emit.call("add.reduce", wide, axis, None, emit.view(total, "reshape", left))
    emit.call("equal", total, emit.full(0.0, (), "float64"), infinite)
    emit.call("copyto", total, emit.full(1.0, (), "float64"), '"same_kind"', infinite)
    emit.call("divide", wide, total, wide)
    emit.copy(out, wide)


def _logsumexp_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, axis: int) -> tuple[Reference]:
    spread = builder.expand(g, shape=builder.type(x).shape, axis=axis)
    return (builder.mul(spread, builder.make("logsumexp-slope", (x,), (axis,))),)


def _slope_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, axis: int) -> tuple[Reference]:
    shared = builder.sum(builder.mul(g, output), axis=axis)
    spread = builder.expand(shared, shape=builder.type(x).shape, axis=axis)
    return (builder.mul(output, builder.sub(g, spread)),)


def _define(builder: Builder, x: Reference, axis: Any, keepdims: bool) -> Reference:
    shape = builder.type(x).shape
    axes = filled_axes(shape, axis)
    if not axes:
        return builder.identity(x)
    for each in reversed(axes):
        x = builder.make("logsumexp-along", (x,), (each,))
    return builder.reshape(x, shape=reduced_shape(shape, axes, keepdims)) if keepdims else x


LOGSUMEXP = Operation(
    "logsumexp",
    ("x",),
    "ln (e ** x1 + e ** x2 + ...)",
    "Logarithm of the sum of exponentials of all elements, or along `axis`, which may be a list and is gone, or has "
    "size 1 with `keepdims`; it does not overflow.",
    onnx=onnx_axes.reducing("ReduceLogSumExp"),
    define=_define,
    rows=Rows(reduced_rows),
    attributes=REDUCING,
    advice=Advice(other_names="log_sum_exp reduce_logsumexp"),
    trials=TRIALS,
)
LOGSUMEXP_ALONG = Operation(
    "logsumexp-along",
    ("x",),
    "ln (e ** x1 + e ** x2 + ...)",
    "Logarithm of the sum of exponentials along one axis, which is then gone.",
    infer=lambda types, axis: reduced_type("logsumexp-along", types, axis, keepdims=False),
    forward=_logsumexp,
    kernel=_logsumexp_into,
    c=c_along.LOGSUMEXP_FORM,
    onnx=onnx_axes.along("ReduceLogSumExp"),
    torch=torch_axes.LOGSUMEXP,
    numpy=NumpyForm("logsumexp({0}, {axis})", (along_axes.LOGSUMEXP,)),
    vjp=_logsumexp_vjp,
    flops=for_each_operand(5),
    attributes=AXIS,
    role="helper",
    trials=tuple(Trial((shape,), (axis,)) for shape, axis in ALONG_TRIALS),
)
LOGSUMEXP_SLOPE = Operation(
    "logsumexp-slope",
    ("x",),
    "exp(x) / sum(exp(x)) along `axis`",
    "Derivative of logsumexp along an axis: shares that add up to 1, and 0 where all elements are -inf.",
    infer=same_type,
    forward=_slope,
    kernel=_slope_into,
    c=c_along.LOGSUMEXP_SLOPE_FORM,
    onnx=onnx_axes.LOGSUMEXP_SLOPE,
    numpy=NumpyForm("logsumexp_slope({0}, {axis})", (along_axes.LOGSUMEXP_SLOPE,)),
    vjp=_slope_vjp,
    flops=for_each_operand(5),
    attributes=AXIS,
    role="helper",
    trials=tuple(Trial((shape,), (axis,)) for shape, axis in ALONG_TRIALS),
)

LOGSUMEXPS = (LOGSUMEXP, LOGSUMEXP_ALONG, LOGSUMEXP_SLOPE)
