"""Arithmetic: + - * /, the negative, exp and log."""

import math
import operator

from .builder import Builder
from .elementwise import binary, summed_back, unary
from .emitter import Buffer, Emitter, direct, spreading
from .facts import Advice, Algebra, Array, Values, Words, within
from .forms.c.form import Each
from .forms.numpy_form import NumpyForm
from .forms.onnx import elements as onnx_elements
from .forms.onnx.nodes import onnx_operator
from .forms.torch import elements as torch_elements
from .operation import Namespace, Reference

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


def _abs_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
    # g where x is above 0, less g where it is below: nothing at 0.
    return (builder.sub(builder.relu_gradient(g, x), builder.relu_gradient(g, builder.neg(x))),)


def _ratio(xp: Namespace, a: Array, b: Array) -> Array:
    return xp.where(a == 0, 0, a / b)


def _ratio_into(emit: Emitter, out: Buffer, a: Buffer, b: Buffer) -> None:
    nothing = emit.scratch(a.shape, "bool")
    emit.call("equal", a, emit.full(0.0, ()), nothing)
    _divide_into(emit, out, a, b)
    emit.call("copyto", out, emit.full(0.0, ()), '"same_kind"', nothing)


_divide_into = spreading("divide")


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
    c=Each("{0} + {1}"),
    onnx=onnx_operator("Add"),
    torch=torch_elements.ADD,
    numpy=NumpyForm("{0} + {1}"),
    javascript="a + b",
    vjp=_add_vjp,
    promotes=True,
    algebra=Algebra(commutative=True, neutral=-0.0, neutral_at=(0, 1), linear=((0, 1),)),  # -0.0 + 0.0 is 0.0
    words=Words(sign="+", local=("1", "1")),
    advice=Advice(other_names="plus addition"),
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
    c=Each("{0} - {1}"),
    onnx=onnx_operator("Sub"),
    torch=torch_elements.SUB,
    numpy=NumpyForm("{0} - {1}"),
    javascript="a - b",
    vjp=_sub_vjp,
    promotes=True,
    algebra=Algebra(neutral=0.0, linear=((0, 1),)),
    words=Words(sign="−", local=("1", "-1")),
    advice=Advice(other_names="subtract minus difference"),
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
    c=Each("{0} * {1}"),
    onnx=onnx_operator("Mul"),
    torch=torch_elements.MUL,
    numpy=NumpyForm("{0} * {1}"),
    javascript="a * b",
    vjp=_mul_vjp,
    promotes=True,
    algebra=Algebra(commutative=True, neutral=1.0, neutral_at=(0, 1), linear=((0,), (1,))),
    words=Words(sign="×", local=("b", "a")),
    advice=Advice(other_names="multiply times hadamard product"),
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
    c=Each("{0} / {1}"),
    onnx=onnx_operator("Div"),
    torch=torch_elements.DIV,
    numpy=NumpyForm("{0} / {1}"),
    javascript="a / b",
    vjp=_div_vjp,
    promotes=True,
    algebra=Algebra(neutral=1.0, linear=((0,),)),
    words=Words(sign="/", local=("1 / b", "-a / b ** 2")),
    advice=Advice(other_names="divide truediv true_divide quotient"),
)
RATIO = binary(
    "ratio",
    "a / b, and 0 where a is 0",
    "Quotient in which a weight of 0 counts as nothing, whatever it is divided by; shapes broadcast.",
    low=0.4,
    forward=_ratio,
    kernel=_ratio_into,
    scalar=lambda a, b: 0.0 if a == 0 else quotient(a, b),
    javascript="a === 0 ? 0 : a / b",
    c=Each("{0} == 0.0 ? 0.0 : {0} / {1}"),
    onnx=onnx_elements.RATIO,
    torch=torch_elements.RATIO,
    numpy=NumpyForm("np.where({0} == 0, 0, {0} / {1})"),
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
    c=Each("-{0}"),
    onnx=onnx_operator("Neg"),
    torch=torch_elements.NEG,
    numpy=NumpyForm("-{0}"),
    javascript="-x",
    vjp=lambda builder, g, x, output: (builder.neg(g),),
    algebra=Algebra(involution=True, linear=((0,),)),
    words=Words(sign="−", local=("-1",)),
    advice=Advice(other_names="negative negate"),
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
    c=Each("exp({0})"),
    onnx=onnx_operator("Exp"),
    torch=torch_elements.called("exp"),
    numpy=NumpyForm("np.exp({0})"),
    javascript="Math.exp(x)",
    vjp=lambda builder, g, x, output: (builder.mul(g, output),),
    values=Values(bounds=within(0.0, math.inf)),
    words=Words(latex="e^{{{}}}", local=("exp(x)",)),
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
    c=Each("log({0})"),
    onnx=onnx_operator("Log"),
    torch=torch_elements.called("log"),
    numpy=NumpyForm("np.log({0})"),
    javascript="Math.log(x)",
    vjp=lambda builder, g, x, output: (builder.div(g, x),),
    words=Words(latex=r"\ln\left({}\right)", local=("1 / x",)),
    advice=Advice(other_names="ln"),
)

ABS = unary(
    "abs",
    "|x|",
    "The size of each element, without its sign; any shape. Its gradient at 0 is 0.",
    forward=lambda xp, x: xp.abs(x),
    kernel=direct("absolute"),
    in_place=(0,),
    scalar=abs,
    python="{fabs}({0})",
    c=Each("fabs({0})"),
    onnx=onnx_operator("Abs"),
    torch=torch_elements.called("abs"),
    numpy=NumpyForm("np.abs({0})"),
    javascript="Math.abs(x)",
    vjp=_abs_vjp,
    values=Values(bounds=within(0.0, math.inf), side=lambda xp, x: xp.sign(x)),
    words=Words(latex=r"\left|{}\right|", local=("1 where x > 0, -1 where x < 0, else 0",)),
    advice=Advice(other_names="absolute fabs"),
)

ARITHMETIC = (ADD, SUB, MUL, DIV, NEG, EXP, LOG, ABS, RATIO)
