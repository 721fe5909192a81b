"""Elementary functions: sine and cosine; log and exp next to 1 and 0, where the plain ones lose their digits; erf."""

import math
from collections.abc import Callable

from .builder import Builder
from .elementwise import unary
from .emitter import direct
from .facts import Array, Values, Words, for_each, within
from .forms.c.form import Each
from .forms.numpy_form import NumpyForm
from .forms.onnx import elements as onnx_elements
from .forms.onnx.nodes import onnx_operator
from .forms.torch import elements as torch_elements
from .operation import Namespace, Reference


def _of_finite(function: Callable[[float], float]) -> Callable[[float], float]:
    """A function of Python's on numbers, NaN of what is none."""
    return lambda x: function(x) if math.isfinite(x) else math.nan


def _log1p_scalar(x: float) -> float:
    if x > -1:
        return math.log1p(x)
    return -math.inf if x == -1 else math.nan


def _expm1_scalar(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def _cos_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
    return (builder.mul(g, builder.neg(builder.sin(x))),)


def _log1p_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
    return (builder.div(g, builder.add(builder.constant(1.0), x)),)


# --- erf --------------------------------------------------------------------------------------------------------

SERIES = (
    1.1283791670955126, -0.37612638903183754, 0.11283791670955126, -0.026866170645131252, 0.005223977625442188,
    -0.0008548327023450853, 0.00012055332981789664, -1.492565035840625e-05, 1.6462114365889248e-06,
    -1.6365844691234924e-07, 1.4807192815879218e-08, -1.2290555301717928e-09, 9.422759064650411e-11,
    -6.7113668551641105e-12, 4.4632242632864775e-13, -2.7835162072109215e-14, 1.6342614095367152e-15,
    -9.063970842808673e-17,
)  # fmt: skip
"""erf(x) / x as a polynomial of x ** 2: its series, enough of it below 1."""

TAIL = (
    0.2214295402299318, -0.16189356804102498, 0.03856057042518243, -0.005588816281839609, 0.0001971391777277114,
    8.079220426292727e-05, -7.340517934856549e-06, -1.9795618189364308e-06, 1.6349935234814868e-07,
    7.005319573428159e-08, -5.885338391253864e-10, -2.6240218125191535e-09, -2.688335835065745e-10,
    7.362723843294616e-11, 2.2281133503204702e-11, 1.2726572135314738e-13, -1.0200176242562444e-12,
    -1.421510561619543e-13, 1.9546357875125924e-14,
)  # fmt: skip
"""(1 - erf(x)) * exp(x ** 2) from 1 to 6 as a polynomial of (12 (x - 2) / (x + 2) - 1) / 5, by Chebyshev's points."""

SLOPE = 2 / math.sqrt(math.pi)
"""The slope of erf at 0."""


def _erf(xp: Namespace, x: Array) -> Array:
    size = xp.clip(xp.abs(x), 1.0, 6.0)
    place = (12 * (size - 2) / (size + 2) - 1) / 5
    far = 1 - xp.exp(-size * size) * _polynomial(TAIL, place)
    return xp.where(xp.abs(x) < 1, x * _polynomial(SERIES, xp.minimum(x * x, 1.0)), xp.copysign(far, x)).astype(x.dtype)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    value = 0 * x
    for each in reversed(coefficients):
        value = value * x + each
    return value


def _in_javascript(coefficients: tuple[float, ...], name: str) -> str:
    text = repr(coefficients[-1])
    for each in reversed(coefficients[:-1]):
        text = f"({text}) * {name} + {each!r}"
    return text


def _erf_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
    slope = builder.mul(builder.constant(SLOPE), builder.exp(builder.neg(builder.mul(x, x))))
    return (builder.mul(g, slope),)


SIN = unary(
    "sin",
    "sine of x",
    "Sine of each element, in radians; any shape.",
    forward=lambda xp, x: xp.sin(x),
    kernel=direct("sin"),
    in_place=(0,),
    scalar=_of_finite(math.sin),
    python="{sin}({0})",
    c=Each("sin({0})"),
    onnx=onnx_operator("Sin"),
    torch=torch_elements.called("sin"),
    numpy=NumpyForm("np.sin({0})"),
    javascript="Math.sin(x)",
    vjp=lambda builder, g, x, output: (builder.mul(g, builder.cos(x)),),
    values=Values(bounds=within(-1.0, 1.0)),
    words=Words(latex=r"\sin\left({}\right)", local=("cos(x)",)),
)
COS = unary(
    "cos",
    "cosine of x",
    "Cosine of each element, in radians; any shape.",
    forward=lambda xp, x: xp.cos(x),
    kernel=direct("cos"),
    in_place=(0,),
    scalar=_of_finite(math.cos),
    python="{cos}({0})",
    c=Each("cos({0})"),
    onnx=onnx_operator("Cos"),
    torch=torch_elements.called("cos"),
    numpy=NumpyForm("np.cos({0})"),
    javascript="Math.cos(x)",
    vjp=_cos_vjp,
    values=Values(bounds=within(-1.0, 1.0)),
    words=Words(latex=r"\cos\left({}\right)", local=("-sin(x)",)),
)
LOG1P = unary(
    "log1p",
    "ln (1 + x)",
    "Logarithm of 1 + each element, exact where that is tiny; any shape.",
    low=-0.7,
    high=3.0,
    forward=lambda xp, x: xp.log1p(x),
    kernel=direct("log1p"),
    in_place=(0,),
    scalar=_log1p_scalar,
    python="{log1p}({0})",
    c=Each("log1p({0})"),
    onnx=onnx_elements.LOG1P,
    torch=torch_elements.called("log1p"),
    numpy=NumpyForm("np.log1p({0})"),
    javascript="Math.log1p(x)",
    vjp=_log1p_vjp,
    words=Words(latex=r"\ln\left(1 + {}\right)", local=("1 / (1 + x)",)),
)
EXPM1 = unary(
    "expm1",
    "e ** x - 1",
    "Exponential of each element less 1, exact where that is tiny; any shape.",
    forward=lambda xp, x: xp.expm1(x),
    kernel=direct("expm1"),
    in_place=(0,),
    scalar=_expm1_scalar,
    python="{expm1}({0})",
    c=Each("expm1({0})"),
    onnx=onnx_elements.EXPM1,
    torch=torch_elements.called("expm1"),
    numpy=NumpyForm("np.expm1({0})"),
    javascript="Math.expm1(x)",
    vjp=lambda builder, g, x, output: (builder.mul(g, builder.exp(x)),),
    values=Values(bounds=within(-1.0, math.inf)),
    words=Words(latex="e^{{{}}} - 1", local=("exp(x)",)),
)
ERF_OF_ARRAYS = f'''
def erf(x: Array) -> Array:
    """The error function: its series near 0, a polynomial times exp(-x ** 2) beyond 1."""
    square, size = np.minimum(x * x, 1.0), np.clip(np.abs(x), 1.0, 6.0)
    place = (12 * (size - 2) / (size + 2) - 1) / 5
    near, far = 0 * square, 0 * place
    for each in {SERIES[::-1]}:
        near = near * square + each
    for each in {TAIL[::-1]}:
        far = far * place + each
    return np.where(np.abs(x) < 1, x * near, np.copysign(1 - np.exp(-size * size) * far, x))
'''
ERF = unary(
    "erf",
    "2 / sqrt(pi) * integral of exp(-t ** 2) from 0 to x",
    "The error function of each element, between -1 and 1; any shape. (1 + erf(x / sqrt(2))) / 2 is the share of a "
    "normal distribution below x.",
    forward=_erf,
    scalar=math.erf,
    python="{erf}({0})",
    c=Each("erf({0})"),
    onnx=onnx_operator("Erf"),
    torch=torch_elements.called("erf"),
    numpy=NumpyForm("erf({0})", (ERF_OF_ARRAYS,)),
    javascript=f"(Math.abs(x) < 1 ? ((u) => x * ({_in_javascript(SERIES, 'u')}))(x * x) : ((s) => Math.sign(x) * (1 - "
    f"Math.exp(-s * s) * ((t) => {_in_javascript(TAIL, 't')})((12 * (s - 2) / (s + 2) - 1) / 5)))"
    "(Math.min(Math.abs(x), 6)))",
    vjp=_erf_vjp,
    flops=for_each(40),
    values=Values(bounds=within(-1.0, 1.0)),
    words=Words(latex=r"\operatorname{{erf}}\left({}\right)", local=("1.1283791670955126 * exp(-(x * x))",)),
)

ELEMENTARY = (SIN, COS, LOG1P, EXPM1, ERF)
