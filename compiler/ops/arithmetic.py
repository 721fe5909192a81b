"""Arithmetic: + - * /, the negative, exp and log."""

import math
import operator

from .elementwise import binary, summed_back, unary
from .kernel import direct, spreading
from .operation import Array, Builder, Namespace, Reference

Pair = tuple[Reference, Reference]


def quotient(a: float, b: float) -> float:
    """a / b as IEEE has it: division by zero gives an infinity or NaN."""
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0 or math.isnan(a):
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)


def exponential(x: float) -> float:
    """exp(x), infinite where it is too large."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def logarithm(x: float) -> float:
    """log(x); -inf at 0, NaN below."""
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def _add_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    return summed_back(builder, g, a), summed_back(builder, g, b)


def _sub_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    return summed_back(builder, g, a), builder.neg(summed_back(builder, g, b))


def _mul_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    return summed_back(builder, builder.mul(g, b), a), summed_back(builder, builder.mul(g, a), b)


def _div_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    # -(a/b)/b, not -a/(b*b): the square of a small divisor is lost.
    slope = builder.neg(builder.div(output, b))
    return summed_back(builder, builder.div(g, b), a), summed_back(builder, builder.mul(g, slope), b)


def _ratio(xp: Namespace, a: Array, b: Array) -> Array:
    return xp.where(a == 0, 0, a / b)


def _ratio_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Pair:
    slope = builder.neg(builder.ratio(output, b))
    return summed_back(builder, builder.div(g, b), a), summed_back(builder, builder.mul(g, slope), b)


ADD = binary(
    "add",
    "a + b",
    "Sum of two values; shapes broadcast.",
    forward=lambda xp, a, b: a + b,
    kernel=spreading("add"),
    in_place=(0, 1),
    scalar=operator.add,
    python="{0} + {1}",
    vjp=_add_vjp,
)
SUB = binary(
    "sub",
    "a - b",
    "Difference of two values; shapes broadcast.",
    forward=lambda xp, a, b: a - b,
    kernel=spreading("subtract"),
    in_place=(0, 1),
    scalar=operator.sub,
    python="{0} - {1}",
    vjp=_sub_vjp,
)
MUL = binary(
    "mul",
    "a * b",
    "Product of two values, element by element; shapes broadcast.",
    forward=lambda xp, a, b: a * b,
    kernel=spreading("multiply"),
    in_place=(0, 1),
    scalar=operator.mul,
    python="{0} * {1}",
    vjp=_mul_vjp,
)
DIV = binary(
    "div",
    "a / b",
    "Quotient of two values, element by element; shapes broadcast.",
    low=0.4,
    forward=lambda xp, a, b: a / b,
    kernel=spreading("divide"),
    in_place=(0, 1),
    scalar=quotient,
    python="{0} / {1}",
    vjp=_div_vjp,
)
RATIO = binary(
    "ratio",
    "a / b, and 0 where a is 0",
    "Quotient in which a weight of 0 counts as nothing, whatever it is divided by; shapes broadcast.",
    low=0.4,
    forward=_ratio,
    scalar=lambda a, b: 0.0 if a == 0 else quotient(a, b),
    vjp=_ratio_vjp,
    role="helper",
)
NEG = unary(
    "neg",
    "-x",
    "The negative of each element; any shape.",
    forward=lambda xp, x: -x,
    kernel=direct("negative"),
    in_place=(0,),
    scalar=operator.neg,
    python="-{0}",
    vjp=lambda builder, g, x, output: (builder.neg(g),),
)
EXP = unary(
    "exp",
    "e ** x",
    "Exponential of each element; any shape.",
    forward=lambda xp, x: xp.exp(x),
    kernel=direct("exp"),
    in_place=(0,),
    scalar=exponential,
    python="{exp}({0})",
    vjp=lambda builder, g, x, output: (builder.mul(g, output),),
)
LOG = unary(
    "log",
    "ln x",
    "Natural logarithm of each element; any shape.",
    low=0.2,
    high=3.0,
    forward=lambda xp, x: xp.log(x),
    kernel=direct("log"),
    in_place=(0,),
    scalar=logarithm,
    python="{log}({0})",
    vjp=lambda builder, g, x, output: (builder.div(g, x),),
)

ARITHMETIC = (ADD, SUB, MUL, DIV, NEG, EXP, LOG, RATIO)
