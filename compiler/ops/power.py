"""Powers and roots. The derivatives of a ** b keep apart what a product of 0 and infinity would mix up."""

import math

import numpy as np

from .arithmetic import Pair, logarithm
from .attribute import Attribute
from .builder import Builder
from .elementwise import SHAPE_PAIRS, binary, broadcasting, summed_back, unary
from .emitter import Buffer, Emitter, direct
from .facts import Advice, Array, Values, Words, within
from .forms.c import elements as c_elements
from .forms.c.form import Each
from .forms.elements import POWER, POWER_SLOPE
from .forms.numpy_form import NumpyForm
from .forms.onnx import elements as onnx_elements
from .forms.onnx.nodes import onnx_operator
from .forms.torch import elements as torch_elements
from .operation import Namespace, Operation, Reference, Trial


def power(a: float, b: float) -> float:
    """a ** b as IEEE has it: overflow and 0 ** negative are infinite, a root of a negative number is NaN."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and math.fmod(b, 2.0) else math.inf
    except ValueError:
        if a:
            return math.nan
        return math.copysign(math.inf, a) if abs(math.fmod(b, 2.0)) == 1.0 else math.inf


def root(x: float) -> float:
    """The square root; NaN below 0."""
    return math.nan if x < 0 else math.sqrt(x)


def _pow(xp: Namespace, a: Array, b: Array) -> Array:
    result = xp.power(a, b)
    if xp is not np or not (b == 0.5).any():
        return result
    # Where one exponent of 0.5 meets many bases numpy takes the root, which of -0 and -inf is not what IEEE's power is.
    return np.where((b == 0.5) & ((a == 0) | (a == -np.inf)), np.abs(a), result)


def _pow_into(emit: Emitter, out: Buffer, a: Buffer, b: Buffer) -> None:
    if emit.number_in(b) in (None, 0.5):
        emit.by_reference("pow", out, a, b)
    else:
        emit.call("power", a, b, out)


def _pow_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    return (
        summed_back(builder, builder.mul(g, builder.pow_slope(a, b, order=1)), a),
        summed_back(builder, builder.mul(g, builder.pow_log(a, b, order=1)), b),
    )


def _slope(xp: Namespace, a: Array, b: Array, order: int) -> Array:
    factor = b
    for less in range(1, order):
        factor = factor * (b - less)
    # To the power of 1 it is the number itself, which not every version of numpy has to the bit.
    whole = xp.where(b - order == 1, a, xp.power(a, b - order))
    slope = xp.where(factor == 0, 0, factor * whole)
    # Where the power alone is out of range its product need not be: it is taken in halves, the first with the factor.
    lost = (xp.isinf(whole) | (whole == 0)) & (a != 0) & xp.isfinite(a) & xp.isfinite(b) & (factor != 0)
    if xp is np and not lost.any():
        return slope
    half = xp.power(xp.abs(a), (b - order) / 2)
    return xp.where(lost, factor * half * xp.copysign(half, whole), slope)


def _slope_into(emit: Emitter, out: Buffer, a: Buffer, b: Buffer, order: int) -> None:
    if emit.number_in(b) == 2 and order == 1 and a.shape == out.shape:
        emit.call("multiply", a, emit.full(2.0, ()), out)
    else:
        emit.by_reference("pow-slope", out, a, b, order)


def _slope_scalar(a: float, b: float, order: int) -> float:
    factor = b if order == 1 else math.prod(b - less for less in range(order))
    if factor == 0:
        return 0.0
    whole = power(a, b - order)
    if a and math.isfinite(a) and math.isfinite(b) and (whole == 0 or math.isinf(whole)):
        half = power(abs(a), (b - order) / 2)
        return factor * half * math.copysign(half, whole)
    return factor * whole


def _slope_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference, order: int) -> Pair:
    # By b, from slope(a, b, n) = b * slope(a, b - 1, n - 1), down to the power itself.
    lowered = b
    factor: Reference | None = None
    terms: list[Reference] = []
    for remaining in range(order - 1, -1, -1):
        below = builder.sub(lowered, builder.constant(1.0))
        term = builder.pow_slope(a, below, order=remaining) if remaining else builder.pow(a, below)
        terms.append(term if factor is None else builder.mul(factor, term))
        factor = lowered if factor is None else builder.mul(factor, lowered)
        lowered = below
    assert factor is not None  # order is 1 at least
    slope = builder.mul(factor, builder.pow_log(a, lowered, order=1))
    for term in terms:
        slope = builder.add(slope, term)
    return (
        summed_back(builder, builder.mul(g, builder.pow_slope(a, b, order=order + 1)), a),
        summed_back(builder, builder.mul(g, slope), b),
    )


_SLOPE_IN_JAVASCRIPT = """(() => {
    let factor = b;
    for (let less = 1; less < order; less++) factor *= b - less;
    const whole = a ** (b - order), lost = whole === 0 || Math.abs(whole) === Infinity;
    if (factor === 0) return 0;
    if (!lost || a === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return factor * whole;
    const half = Math.abs(a) ** ((b - order) / 2);
    return factor * half * (whole < 0 || Object.is(whole, -0) ? -half : half);
  })()"""


def _log(xp: Namespace, a: Array, b: Array, order: int) -> Array:
    return xp.where((a == 0) & (b > 0), 0, xp.power(a, b) * xp.log(a) ** order)


def _log_scalar(a: float, b: float, order: int) -> float:
    return 0.0 if a == 0 and b > 0 else power(a, b) * power(logarithm(a), float(order))


def _log_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference, order: int) -> Pair:
    below = builder.sub(b, builder.constant(1.0))
    rest = builder.pow_log(a, below, order=order - 1) if order > 1 else builder.pow(a, below)
    slope = builder.add(
        builder.mul(b, builder.pow_log(a, below, order=order)), builder.mul(builder.constant(float(order)), rest)
    )
    return (
        summed_back(builder, builder.mul(g, slope), a),
        summed_back(builder, builder.mul(g, builder.pow_log(a, b, order=order + 1)), b),
    )


def _ordered(shapes: tuple[tuple[int, ...], tuple[int, ...]], order: int) -> Trial:
    return Trial(shapes, (order,), 0.4)


POW = binary(
    "pow",
    "a ** b",
    "The power of each element, with real exponents; shapes broadcast.",
    low=0.4,
    forward=_pow,
    kernel=_pow_into,
    in_place=(0, 1),
    scalar=power,
    python="{pow}({0}, {1})",
    c=Each("pow({0}, {1})"),
    onnx=onnx_operator("Pow"),
    torch=torch_elements.POW,
    numpy=NumpyForm("power({0}, {1})", (POWER,)),
    javascript="a ** b",
    vjp=_pow_vjp,
    words=Words(sign="^", local=("b * a ** (b - 1)", "a ** b * log(a)")),
    advice=Advice(other_names="power"),
)
POW_SLOPE = Operation(
    "pow-slope",
    ("a", "b"),
    "b (b - 1) ... (b - order + 1) * a ** (b - order), and 0 where that factor is 0",
    "Derivative of a ** b by a, as many times as `order` says; shapes broadcast.",
    infer=broadcasting("pow-slope"),
    forward=_slope,
    kernel=_slope_into,
    in_place=(0,),
    scalar=_slope_scalar,
    javascript=_SLOPE_IN_JAVASCRIPT,
    c=Each("power_slope({0}, {1}, {order})", (c_elements.POWER_SLOPE,)),
    onnx=onnx_elements.POWER_SLOPE,
    numpy=NumpyForm("power_slope({0}, {1}, {order})", (POWER_SLOPE,)),
    vjp=_slope_vjp,
    attributes=(Attribute("order", "integer", 1),),
    role="helper",
    trials=tuple(_ordered(shapes, order) for order in (1, 2, 3) for shapes in SHAPE_PAIRS[:5]),
)
POW_LOG = Operation(
    "pow-log",
    ("a", "b"),
    "a ** b * log(a) ** order, and 0 where a is 0 and b above 0",
    "Derivative of a ** b by b, as many times as `order` says; shapes broadcast.",
    infer=broadcasting("pow-log"),
    forward=_log,
    scalar=_log_scalar,
    javascript="a === 0 && b > 0 ? 0 : a ** b * Math.log(a) ** order",
    c=Each("power_log({0}, {1}, {order})", (c_elements.POWER_LOG,)),
    onnx=onnx_elements.POWER_LOG,
    numpy=NumpyForm("np.where(({0} == 0) & ({1} > 0), 0, np.power({0}, {1}) * np.log({0}) ** {order})"),
    vjp=_log_vjp,
    attributes=(Attribute("order", "integer", 1),),
    role="helper",
    trials=tuple(_ordered(shapes, order) for order in (1, 2) for shapes in SHAPE_PAIRS[:5]),
)
SQRT = unary(
    "sqrt",
    "x ** (1/2)",
    "Square root of each element; any shape.",
    low=0.2,
    high=3.0,
    forward=lambda xp, x: xp.sqrt(x),
    kernel=direct("sqrt"),
    in_place=(0,),
    scalar=root,
    python="{sqrt}({0})",
    c=Each("sqrt({0})"),
    onnx=onnx_operator("Sqrt"),
    torch=torch_elements.called("sqrt"),
    numpy=NumpyForm("np.sqrt({0})"),
    javascript="Math.sqrt(x)",
    vjp=lambda builder, g, x, output: (builder.div(builder.mul(builder.constant(0.5), g), output),),
    values=Values(bounds=within(0.0, math.inf)),
    words=Words(latex=r"\sqrt{{{}}}", local=("1 / (2 * sqrt(x))",)),
)

POWERS = (POW, SQRT, POW_SLOPE, POW_LOG)
