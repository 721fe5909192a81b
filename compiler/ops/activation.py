"""Activations and the softmax: forms that stay exact in both tails, and their slopes.

Over 300 lines: records, each with all that is known of an operation.
"""

import math
from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from ..shape import Clash, Type
from .attribute import Attribute, Attributes
from .builder import Builder
from .elementwise import unary
from .emitter import Buffer, Emitter, Joint, direct
from .emitter import spread as spread_out
from .facts import (
    EACH,
    IN_EACH_ROW,
    Activation,
    Advice,
    Array,
    ByHand,
    Rows,
    Share,
    Shares,
    Types,
    Values,
    Words,
    for_each,
    within,
)
from .forms import along_axes, elements
from .forms.c import along as c_along
from .forms.c import elements as c_elements
from .forms.c.form import Each
from .forms.numpy_form import NumpyForm
from .forms.onnx import along_axes as onnx_axes
from .forms.onnx import elements as onnx_elements
from .forms.onnx.nodes import onnx_operator
from .forms.torch import along_axes as torch_axes
from .forms.torch import elements as torch_elements
from .operation import Namespace, Operation, Reference, Trial
from .reductions.axes import axes_of, rows_along
from .reductions.reduction import has_long_rows, row_totals, row_totals_into

SIGN = MappingProxyType({"uint32": 1 << 31, "uint64": 1 << 63})
"""The bit that says that a number is negative, in the form of unsigned numbers."""

ONE = MappingProxyType({"uint32": 0x3F800000, "uint64": 0x3FF0000000000000})
"""1.0 in that form."""

MANY = 1024
"""Elements from which on three calls that are quick for each of them take less time than two with an exponential."""

SMALL = 256
"""Elements up to which two calls that go element by element are faster than three that take many at a time."""


def _sigmoid(xp: Namespace, x: Array) -> Array:
    return xp.exp(xp.minimum(x, xp.zeros_like(x))) / (1 + xp.exp(-xp.abs(x)))


def _tail_into(emit: Emitter, x: Buffer, factor: float = 1.0) -> Buffer:
    """exp(-factor |x|)"""
    tail = emit.scratch(x.shape)
    if factor == 1:  # -|x| is x with its sign set
        bits = emit.view(x, "bits")
        emit.call("bitwise_or", bits, emit.full(SIGN[bits.dtype], (), bits.dtype), emit.view(tail, "bits"))
    else:
        emit.call("absolute", x, tail)
        emit.call("multiply", tail, emit.full(-factor, ()), tail)
    emit.call("exp", tail, tail)
    return tail


def _below_into(emit: Emitter, out: Buffer, x: Buffer, tail: Buffer) -> None:
    """exp(min(x, 0)). That is the larger one of the tail and 1 with the sign of x: quicker where elements are many."""
    if math.prod(x.shape) < MANY:
        emit.call("minimum", x, emit.full(0.0, x.shape), out)
        emit.call("exp", out, out)
        return
    bits, made = emit.view(x, "bits"), emit.view(out, "bits")
    emit.call("bitwise_and", bits, emit.full(SIGN[bits.dtype], (), bits.dtype), made)
    emit.call("bitwise_or", made, emit.full(ONE[bits.dtype], (), bits.dtype), made)
    emit.call("maximum", tail, out, out)


def _sigmoid_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    tail = _tail_into(emit, x)
    _below_into(emit, out, x, tail)
    emit.call("add", tail, emit.full(1.0, ()), tail)
    emit.call("divide", out, tail, out)


def _sigmoid_and_slope_into(emit: Emitter, out: Buffer, slope: Buffer, x: Buffer) -> None:
    """Both have their lines' values; what they have in common is computed once."""
    tail, whole = _tail_into(emit, x), emit.scratch(x.shape)
    emit.call("add", tail, emit.full(1.0, ()), whole)
    _below_into(emit, out, x, tail)
    emit.call("divide", out, whole, out)
    emit.call("multiply", whole, whole, slope)
    emit.call("divide", tail, slope, slope)


def _slope_into(emit: Emitter, out: Buffer, x: Buffer, factor: float, scale: float) -> None:
    """scale * tail / ((1 + tail) * (1 + tail)) where tail is exp(-factor |x|)"""
    tail = _tail_into(emit, x, factor)
    emit.call("add", tail, emit.full(1.0, ()), out)
    emit.call("multiply", out, out, out)
    if scale != 1:
        emit.call("multiply", tail, emit.full(scale, ()), tail)
    emit.call("divide", tail, out, out)


def _softplus_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    tail = _tail_into(emit, x)
    emit.call("log1p", tail, tail)
    emit.call("maximum", x, emit.full(0.0, x.shape), out)
    emit.call("add", out, tail, out)


def _relu_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    emit.call("maximum", x, emit.full(0.0, x.shape), out)


def _relu_gradient_into(emit: Emitter, out: Buffer, g: Buffer, y: Buffer) -> None:
    small = math.prod(y.shape) <= SMALL
    if small or not emit.comes_from(y, "relu"):
        mask = emit.scratch(y.shape, "bool")
        emit.call("less_equal", y, emit.full(0.0, y.shape), mask)
        if out.name != g.name:
            emit.copy(out, g)
        if small:
            emit.call("putmask", out, mask, emit.full(0.0, (1,)))
        else:
            emit.call("copyto", out, emit.full(0.0, ()), '"same_kind"', mask)
        return
    # A relu's value is zero of either sign, positive, or NaN: twice its bits, which leaves out the sign, are 0 where
    # nothing passes.
    bits = emit.view(y, "bits")
    mask = emit.scratch(y.shape, bits.dtype)
    emit.call("add", bits, bits, mask)
    emit.call("minimum", mask, emit.full(1, y.shape, bits.dtype), mask)
    emit.call("multiply", emit.view(g, "bits"), mask, emit.view(out, "bits"))


def _sigmoid_scalar(x: float) -> float:
    tail = math.exp(-abs(x))
    return (1.0 if x >= 0 else tail) / (1 + tail)


def _sigmoid_slope(xp: Namespace, x: Array) -> Array:
    tail = xp.exp(-xp.abs(x))
    return tail / ((1 + tail) * (1 + tail))


def _sigmoid_slope_scalar(x: float) -> float:
    tail = math.exp(-abs(x))
    return tail / ((1 + tail) * (1 + tail))


def _sigmoid_slope_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
    # 1 - 2 sigmoid(x) = -tanh(x/2), which keeps its digits around 0.
    bend = builder.mul(output, builder.tanh(builder.mul(builder.constant(-0.5), x)))
    return (builder.mul(g, bend),)


def _tanh_slope(xp: Namespace, x: Array) -> Array:
    tail = xp.exp(-2 * xp.abs(x))
    return 4 * tail / ((1 + tail) * (1 + tail))


def _tanh_slope_scalar(x: float) -> float:
    tail = math.exp(-2 * abs(x))
    return 4 * tail / ((1 + tail) * (1 + tail))


def _tanh_slope_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
    bend = builder.mul(output, builder.mul(builder.constant(-2.0), builder.tanh(x)))
    return (builder.mul(g, bend),)


def _softplus(xp: Namespace, x: Array) -> Array:
    return xp.maximum(x, xp.zeros_like(x)) + xp.log1p(xp.exp(-xp.abs(x)))


def _softplus_scalar(x: float) -> float:
    return (x if x > 0 else 0.0) + math.log1p(math.exp(-abs(x)))


def _relu_scalar(x: float) -> float:
    return 0.0 if x <= 0 else x


def _relu_gradient_type(types: tuple[Type, ...]) -> Type:
    g, y = types
    if g.shape != y.shape:
        raise Clash(f"relu-gradient: g is {g} but y is {y}", operands=(0, 1))
    return g


def spread(xp: Namespace, scores: Array) -> tuple[Array, Array, Array]:
    """The distance of each score below its row's largest, where that one stands, and the sum of the others' exps.

    Leaving the largest out of the sum keeps digits that 1 + tiny would lose. Shapes: [..., C], [..., C], [..., 1].
    """
    below = scores - xp.max(scores, axis=-1, keepdims=True)
    at_peak = xp.arange(scores.shape[-1]) == xp.expand_dims(xp.argmax(scores, axis=-1), -1)
    rest = row_totals(xp, xp.where(at_peak, 0, xp.exp(below)))
    return below, at_peak, xp.expand_dims(rest, -1)


def _softmax(xp: Namespace, x: Array, axis: int = -1) -> Array:
    weights = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return weights / xp.sum(weights, axis=axis, keepdims=True)


def _log_softmax(xp: Namespace, x: Array, axis: int = -1) -> Array:
    if axis not in (-1, x.ndim - 1):
        x = xp.moveaxis(x, axis, -1)
        rows = xp.ascontiguousarray(x) if xp is np else x
        return xp.moveaxis(_log_softmax(xp, rows, -1), -1, axis)
    below, _, rest = spread(xp, x)
    return below - xp.log1p(rest)


def _softmax_into(emit: Emitter, out: Buffer, x: Buffer, axis: int) -> None:
    place = axis % len(x.shape)
    left = (*x.shape[:place], *x.shape[place + 1 :])
    one = emit.scratch((*x.shape[:place], 1, *x.shape[place + 1 :]))
    emit.call("maximum.reduce", x, place, None, emit.view(one, "reshape", left))
    emit.call("subtract", x, spread_out(emit, one, x), out)
    emit.call("exp", out, out)
    emit.call("add.reduce", out, place, None, emit.view(one, "reshape", left))
    emit.call("divide", out, spread_out(emit, one, x), out)


def _log_softmax_into(emit: Emitter, out: Buffer, x: Buffer, axis: int) -> None:
    last = len(x.shape) - 1
    place = axis % len(x.shape)
    if place == last:
        _last_log_softmax_into(emit, out, x)
        return
    there = (*(each for each in range(last + 1) if each != place), place)
    back = tuple(there.index(each) for each in range(last + 1))
    moved = emit.scratch(tuple(x.shape[each] for each in there))
    found = emit.scratch(moved.shape)
    emit.copy(moved, emit.view(x, "axes", there))
    _last_log_softmax_into(emit, found, moved)
    emit.copy(out, emit.view(found, "axes", back))


def _last_log_softmax_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    """Where the largest stands its own part is left out of the sum, as in `spread`."""
    count, classes = math.prod(x.shape[:-1]), x.shape[-1]
    below, rows = (emit.view(each, "reshape", (count, classes)) for each in (out, x))
    peaks, starts = emit.scratch((count,), "intp"), emit.arange(count * classes, classes)
    largest, e = emit.scratch((count, 1)), emit.scratch(x.shape)
    emit.call("maximum.reduce", rows, 1, None, emit.view(largest, "reshape", (count,)))
    emit.call("subtract", rows, spread_out(emit, largest, rows), below)
    emit.line(f"{emit.method(rows, 'argmax')}(1, {peaks})")
    emit.call("add", peaks, starts, peaks)
    emit.call("exp", below, emit.view(e, "reshape", below.shape))
    emit.line(f"{emit.view(e, 'reshape', (count * classes,))}[{peaks}] = {emit.full(0.0, (count,))}")
    rest = emit.view(largest, "reshape", x.shape[:-1])
    if has_long_rows(e):
        row_totals_into(emit, emit.view(rest, "reshape", (count,)), emit.view(e, "reshape", below.shape))
    else:  # of more axes it adds in another order than of two
        emit.call("dot", e, emit.full(1.0, (classes,)), rest)
    emit.call("log1p", rest, rest)
    emit.call("subtract", below, spread_out(emit, largest, below), below)


def _rows(name: str) -> Callable[..., Type]:
    def infer(types: tuple[Type, ...], axis: int = -1) -> Type:
        if not types[0].shape:
            raise Clash(f"{name}: x is a scalar, which has no classes", operands=(0,), hint="give x an axis of classes")
        try:
            axes_of(types[0].shape, axis)
        except Clash as clash:
            raise Clash(f"{name}: {clash.message}", operands=clash.operands) from None
        return types[0]

    return infer


def row_sums(builder: Builder, x: Reference, axis: int = -1) -> Reference:
    """The sum over an axis, spread along it again: of the shape of `x`."""
    return builder.expand(builder.sum(x, axis=axis), shape=builder.type(x).shape, axis=axis)


def _softmax_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, axis: int) -> tuple[Reference]:
    return (builder.mul(output, builder.sub(g, row_sums(builder, builder.mul(g, output), axis))),)


def _log_softmax_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, axis: int) -> tuple[Reference]:
    return (builder.sub(g, builder.mul(builder.softmax(x, axis=axis), row_sums(builder, g, axis))),)


def _shares(summed: str, formula: str, **where: str) -> Shares:
    """What an operand gets where `s` is a sum along the axis."""

    def shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
        (axis,) = axes_of(types[0].shape, attributes[0])
        last = axis == len(types[0].shape) - 1
        call = "softmax(x)" if last else f"softmax(x, axis = {axis})"
        names = {name: Share(text.replace("softmax(x)", call)) for name, text in where.items()}
        names["s"] = Share(summed.replace("softmax(x)", call), IN_EACH_ROW if last else f"summed along axis {axis}")
        return (Share(formula.replace("softmax(x)", call), where=names),)

    return shares


ALONG = (Attribute("axis", "integer", -1),)

ROWS = (
    Trial(((3,),), (-1,)),
    Trial(((2, 4),), (-1,)),
    Trial(((2, 2, 3),), (-1,)),
    Trial(((3, 1),), (-1,)),
    Trial(((2, 4),), (0,)),
    Trial(((2, 4),), (1,)),
    Trial(((2, 3, 2),), (-2,)),
)

RELU = unary(
    "relu",
    "max(x, 0)",
    "0 for what is negative, else the element itself; any shape.",
    forward=lambda xp, x: xp.maximum(x, xp.zeros_like(x)),
    kernel=_relu_into,
    in_place=(0,),
    scalar=_relu_scalar,
    python="0.0 if {0} <= 0.0 else {0}",
    c=Each("{0} <= 0.0 ? 0.0 : {0}"),
    onnx=onnx_operator("Relu"),
    torch=torch_elements.called("relu"),
    numpy=NumpyForm("np.maximum({0}, 0.0)"),
    javascript="x <= 0 ? 0 : x",
    vjp=lambda builder, g, x, output: (builder.relu_gradient(g, output),),
    values=Values(bounds=within(0.0, math.inf), side=lambda xp, x: x > 0),
    words=Words(local=("1 where x > 0, else 0",)),
    activation=Activation(rectifies=True, start="he"),
    advice=Advice(log_odds="relu(c - z)"),
)
RELU_GRADIENT = Operation(
    "relu-gradient",
    ("g", "y"),
    "g where y is above 0, else 0",
    "What of a gradient passes a relu whose value is y; both of one shape.",
    infer=_relu_gradient_type,
    forward=lambda xp, g, y: xp.where(y <= 0, 0, g),
    kernel=_relu_gradient_into,
    in_place=(0,),
    scalar=lambda g, y: 0.0 if y <= 0 else g,
    python="0.0 if {1} <= 0.0 else {0}",
    c=Each("{1} <= 0.0 ? 0.0 : {0}"),
    onnx=onnx_elements.RELU_GRADIENT,
    torch=torch_elements.RELU_GRADIENT,
    numpy=NumpyForm("np.where({1} <= 0, 0, {0})"),
    javascript="y <= 0 ? 0 : g",
    vjp=lambda builder, g, incoming, y, output: (builder.relu_gradient(g, y), None),
    role="helper",
    rows=EACH,
    values=Values(side=lambda xp, g, y: y > 0),
    words=Words(local=("1 where y > 0, else 0", "0")),
    trials=(Trial(((), ())), Trial(((3,), (3,))), Trial(((2, 3), (2, 3)))),
)
SIGMOID = unary(
    "sigmoid",
    "1 / (1 + exp(-x))",
    "Squashes each element into (0, 1); any shape.",
    forward=_sigmoid,
    kernel=_sigmoid_into,
    in_place=(0,),
    joint=Joint("sigmoid-slope", lambda types, attributes: True, _sigmoid_and_slope_into),
    scalar=_sigmoid_scalar,
    python="1.0 / (1.0 + {exp}(-{0})) if {0} >= 0.0 else (t := {exp}({0})) / (1.0 + t)",
    c=Each("sigmoid({0})", (c_elements.SIGMOID,)),
    onnx=onnx_operator("Sigmoid"),
    torch=torch_elements.called("sigmoid"),
    numpy=NumpyForm("sigmoid({0})", (elements.SIGMOID,)),
    javascript="(x >= 0 ? 1 : Math.exp(x)) / (1 + Math.exp(-Math.abs(x)))",
    vjp=lambda builder, g, x, output: (builder.mul(g, builder.sigmoid_slope(x)),),
    flops=for_each(4),  # exp, 1 +, /, the choice of the tail
    values=Values(bounds=within(0.0, 1.0)),
    words=Words(latex=r"\sigma\left({}\right)", local=("sigmoid(x) * (1 - sigmoid(x))",)),
    activation=Activation(
        slope=lambda y: y * (1 - y),
        shrinks=True,
        start="xavier",
        vanishing="a sigmoid's slope is at most 1/4: try relu between the layers",
    ),
    advice=Advice(
        by_hand=(
            ByHand("1 / (1 + exp(-x))", "G611", {"trouble": "`exp` overflows where x is very negative"}),
            ByHand("exp(x) / (1 + exp(x))", "G611", {"trouble": "`exp` overflows where x is large, then it is nan"}),
        ),
        log_odds="sigmoid(z)",
        other_names="expit logistic_sigmoid logit_inverse",
    ),
)
SIGMOID_SLOPE = unary(
    "sigmoid-slope",
    "sigmoid(x) * sigmoid(-x)",
    "Derivative of sigmoid at x; any shape.",
    forward=_sigmoid_slope,
    kernel=lambda emit, out, x: _slope_into(emit, out, x, 1.0, 1.0),
    in_place=(0,),
    scalar=_sigmoid_slope_scalar,
    python="(t := {exp}({0} if {0} < 0.0 else -{0})) / ((t := 1.0 + t) * t)",
    c=Each("sigmoid_slope({0})", (c_elements.SIGMOID_SLOPE,)),
    onnx=onnx_elements.SIGMOID_SLOPE,
    torch=torch_elements.SIGMOID_SLOPE,
    numpy=NumpyForm("sigmoid_slope({0})", (elements.SIGMOID_SLOPE,)),
    javascript="Math.exp(-Math.abs(x)) / (1 + Math.exp(-Math.abs(x))) ** 2",
    vjp=_sigmoid_slope_vjp,
    flops=for_each(5),
    role="helper",
)
TANH = unary(
    "tanh",
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
    "Squashes each element into (-1, 1); any shape.",
    forward=lambda xp, x: xp.tanh(x),
    kernel=direct("tanh"),
    in_place=(0,),
    scalar=math.tanh,
    python="{tanh}({0})",
    c=Each("tanh({0})"),
    onnx=onnx_operator("Tanh"),
    torch=torch_elements.called("tanh"),
    numpy=NumpyForm("np.tanh({0})"),
    javascript="Math.tanh(x)",
    vjp=lambda builder, g, x, output: (builder.mul(g, builder.tanh_slope(x)),),
    values=Values(bounds=within(-1.0, 1.0)),
    words=Words(latex=r"\tanh\left({}\right)", local=("1 - tanh(x) ** 2",)),
    activation=Activation(
        slope=lambda y: 1 - y * y,
        start="xavier",
        vanishing="a tanh's slope is at most 1: try relu between the layers, or he() for the weights",
    ),
)
TANH_SLOPE = unary(
    "tanh-slope",
    "1 - tanh(x) ** 2",
    "Derivative of tanh at x; any shape.",
    forward=_tanh_slope,
    kernel=lambda emit, out, x: _slope_into(emit, out, x, 2.0, 4.0),
    in_place=(0,),
    scalar=_tanh_slope_scalar,
    python="4.0 * (t := {exp}(2.0 * {0} if {0} < 0.0 else -2.0 * {0})) / ((t := 1.0 + t) * t)",
    c=Each("tanh_slope({0})", (c_elements.TANH_SLOPE,)),
    onnx=onnx_elements.TANH_SLOPE,
    torch=torch_elements.TANH_SLOPE,
    numpy=NumpyForm("tanh_slope({0})", (elements.TANH_SLOPE,)),
    javascript="4 * Math.exp(-2 * Math.abs(x)) / (1 + Math.exp(-2 * Math.abs(x))) ** 2",
    vjp=_tanh_slope_vjp,
    flops=for_each(5),
    role="helper",
)
SOFTPLUS = unary(
    "softplus",
    "log(1 + exp(x))",
    "A smooth relu; any shape.",
    forward=_softplus,
    kernel=_softplus_into,
    in_place=(0,),
    scalar=_softplus_scalar,
    python="({0} if {0} > 0.0 else 0.0) + {log1p}({exp}({0} if {0} < 0.0 else -{0}))",
    c=Each("softplus({0})", (c_elements.SOFTPLUS,)),
    onnx=onnx_operator("Softplus"),
    torch=torch_elements.SOFTPLUS,
    numpy=NumpyForm("softplus({0})", (elements.SOFTPLUS,)),
    javascript="Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))",
    vjp=lambda builder, g, x, output: (builder.mul(g, builder.sigmoid(x)),),
    flops=for_each(4),
    values=Values(bounds=within(0.0, math.inf)),
    words=Words(local=("sigmoid(x)",)),
    activation=Activation(),
    advice=Advice(
        by_hand=(ByHand("log(1 + exp(x))", "G613"), ByHand("log(sigmoid(x))", "G615")), log_odds="softplus(z)"
    ),
)
SOFTMAX = Operation(
    "softmax",
    ("x",),
    "exp(x) / sum(exp(x)) along `axis`",
    "Turns each row of scores into probabilities, along the last axis or along `axis`; [..., C] to [..., C].",
    infer=_rows("softmax"),
    forward=_softmax,
    c=c_along.SOFTMAX_FORM,
    onnx=onnx_axes.with_axis("Softmax"),
    kernel=_softmax_into,
    torch=torch_axes.SOFTMAX,
    numpy=NumpyForm("softmax({0}, {axis})", (along_axes.SOFTMAX,)),
    vjp=_softmax_vjp,
    flops=for_each(5),  # max, -, exp, sum, /
    rows=Rows(rows_along),
    values=Values(bounds=within(0.0, 1.0)),
    words=Words(shares=_shares("g * softmax(x)", "p * (g - s)", p="softmax(x)")),
    activation=Activation(),
    advice=Advice(
        by_hand=(ByHand("exp(x) / sum(exp(x))", "G612", of_row=True),),
        over_one_class="is 1, whatever the scores are",
    ),
    attributes=ALONG,
    trials=ROWS,
)
LOG_SOFTMAX = Operation(
    "log-softmax",
    ("x",),
    "x - log(sum(exp(x))) along `axis`",
    "Logarithm of the softmax of each row, or along `axis`, exact where the softmax itself is 0; [..., C] to [..., C].",
    infer=_rows("log-softmax"),
    forward=_log_softmax,
    c=c_along.LOG_SOFTMAX_FORM,
    onnx=onnx_axes.with_axis("LogSoftmax"),
    kernel=_log_softmax_into,
    torch=torch_axes.LOG_SOFTMAX,
    numpy=NumpyForm(
        "log_softmax({0}, {axis})",
        (
            along_axes.BESIDE_LARGEST,
            along_axes.LOG_SOFTMAX,
        ),
    ),
    vjp=_log_softmax_vjp,
    flops=for_each(5),
    rows=Rows(rows_along),
    values=Values(bounds=within(-math.inf, 0.0)),
    words=Words(shares=_shares("g", "g - s * softmax(x)")),
    advice=Advice(by_hand=(ByHand("log(softmax(x))", "G614"),), over_one_class="is 0, whatever the scores are"),
    attributes=ALONG,
    trials=ROWS,
)

ACTIVATIONS = (
    RELU, SIGMOID, TANH, SOFTPLUS, SOFTMAX, LOG_SOFTMAX, RELU_GRADIENT, SIGMOID_SLOPE, TANH_SLOPE,
)  # fmt: skip
