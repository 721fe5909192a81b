"""Elementary functions: sine and cosine; log and exp next to 1 and 0, where the plain ones lose their digits."""

import math
from collections.abc import Callable

from .builder import Builder
from .elementwise import unary
from .emitter import direct
from .facts import Values, Words, within
from .forms.numpy_form import NumpyForm
from .operation import Reference


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


SIN = unary(
    "sin",
    "sine of x",
    "Sine of each element, in radians; any shape.",
    forward=lambda xp, x: xp.sin(x),
    kernel=direct("sin"),
    in_place=(0,),
    scalar=_of_finite(math.sin),
    python="{sin}({0})",
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
    numpy=NumpyForm("np.expm1({0})"),
    javascript="Math.expm1(x)",
    vjp=lambda builder, g, x, output: (builder.mul(g, builder.exp(x)),),
    values=Values(bounds=within(-1.0, math.inf)),
    words=Words(latex="e^{{{}}} - 1", local=("exp(x)",)),
)

ELEMENTARY = (SIN, COS, LOG1P, EXPM1)
