"""What passes no gradient: the sign, the next whole number, comparisons, and a value that is held."""

import math
from collections.abc import Callable
from typing import Any

from ..shape import Type
from .elementwise import SHAPE_PAIRS, broadcasting, unary
from .emitter import Buffer, Emitter, direct
from .facts import EACH, Advice, Algebra, Array, Values, Words, within
from .forms.c import elements as c_elements
from .forms.c import views as c_views
from .forms.c.form import Each
from .forms.elements import FLOOR as FLOOR_FUNCTION
from .forms.numpy_form import NumpyForm
from .forms.onnx import elements as onnx_elements
from .forms.onnx.nodes import onnx_operator
from .forms.torch import elements as torch_elements
from .operation import Namespace, Operation, Trial

LOWEST, BEYOND = -(2.0**63), 2.0**63
"""The smallest int, and the first number above the largest."""


def _sign_scalar(x: float) -> float:
    return x if math.isnan(x) else float((x > 0) - (x < 0))


def _sign(xp: Namespace, x: Array) -> Array:
    return xp.where(x == 0, xp.zeros_like(x), xp.sign(x))  # of -0 too it is 0


def _sign_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    emit.call("sign", x, out)
    emit.call("add", out, emit.full(0.0, ()), out)  # -0 becomes 0


def _floor(xp: Namespace, x: Array) -> Array:
    # What a conversion makes of NaN, and of what no int can hold, hangs on the machine; here it is said.
    kind = xp.result_type(int)
    limits = xp.iinfo(kind)
    below = xp.floor(x)
    inside = (below >= float(limits.min)) & (below < -float(limits.min))
    whole = xp.where(inside, below, 0).astype(kind)
    return xp.where(inside, whole, xp.where(below > 0, limits.max, limits.min).astype(kind))


def _floor_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    below, outside = emit.scratch(x.shape), emit.scratch(x.shape, "bool")
    ends, above = emit.scratch(x.shape, "bool"), emit.full(BEYOND, ())
    emit.call("floor", x, below)
    emit.call("less", below, above, outside)
    emit.call("greater_equal", below, emit.full(LOWEST, ()), ends)
    emit.call("logical_and", outside, ends, outside)
    emit.call("logical_not", outside, outside)
    emit.call("greater_equal", below, above, ends)
    emit.call("copyto", below, emit.full(0.0, ()), '"same_kind"', outside)
    emit.copy(out, below)  # of floats within, as a conversion has them
    emit.call("copyto", out, emit.full(-(2**63), (), "int64"), '"same_kind"', outside)
    emit.call("copyto", out, emit.full(2**63 - 1, (), "int64"), '"same_kind"', ends)


def _floor_scalar(x: float) -> float:
    if math.isnan(x):
        return LOWEST
    return float(math.floor(x)) if LOWEST <= x < BEYOND else math.copysign(BEYOND, x)


def _compared(xp: Namespace, found: Array) -> Array:
    return found.astype(xp.result_type(int))


def _int_pairs(name: str) -> Callable[..., Type]:
    broadcast = broadcasting(name)
    return lambda types: Type("int", broadcast(types).shape)


def _comparison(name: str, formula: str, doc: str, **rest: Any) -> Operation:
    return Operation(
        name,
        ("a", "b"),
        formula,
        f"{doc}; shapes broadcast, an int, no gradient. NaN is {name} to nothing.".replace("less to", "less than"),
        infer=_int_pairs(name),
        vjp=lambda builder, g, a, b, output: (None, None),
        rows=EACH,
        words=Words(local=("0", "0")),
        trials=tuple(Trial(shapes) for shapes in SHAPE_PAIRS),
        **rest,
    )


SIGN = unary(
    "sign",
    "1 where x > 0, -1 where x < 0, else 0",
    "1, -1 or 0, by the sign of each element; any shape. Its gradient is 0.",
    forward=_sign,
    kernel=_sign_into,
    in_place=(0,),
    scalar=_sign_scalar,
    javascript="Math.sign(x) + 0",
    c=Each("sign_of({0})", (c_elements.SIGN,)),
    onnx=onnx_operator("Sign"),
    torch=torch_elements.called("sign"),
    numpy=NumpyForm("np.sign({0}) + 0.0"),
    vjp=lambda builder, g, x, output: (None,),
    values=Values(bounds=within(-1.0, 1.0), side=_sign),
    words=Words(latex=r"\operatorname{{sgn}}\left({}\right)", local=("0",)),
    advice=Advice(other_names="sgn signum"),
)
FLOOR = Operation(
    "floor",
    ("x",),
    "the largest whole number that is not above x",
    "Each element rounded down, an int; any shape, no gradient. What is too large becomes the largest int, NaN and "
    "what is too small the smallest.",
    infer=lambda types: Type("int", types[0].shape),
    forward=_floor,
    kernel=_floor_into,
    scalar=_floor_scalar,
    javascript="Number.isNaN(x) ? -(2 ** 63) : Math.min(Math.max(Math.floor(x), -(2 ** 63)), 2 ** 63)",
    c=Each("whole_below({0})", (c_elements.FLOOR,)),
    onnx=onnx_elements.FLOOR,
    torch=torch_elements.FLOOR,
    numpy=NumpyForm("floor({0})", (FLOOR_FUNCTION,)),
    vjp=lambda builder, g, x, output: (None,),
    rows=EACH,
    values=Values(side=_floor),
    words=Words(latex=r"\left\lfloor {} \right\rfloor", local=("0",)),
    trials=tuple(Trial((shape,)) for shape in ((), (3,), (2, 3))),
)
LESS = _comparison(
    "less",
    "1 where a < b, else 0",
    "1 where a is less than b, else 0",
    forward=lambda xp, a, b: _compared(xp, a < b),
    kernel=direct("less"),
    scalar=lambda a, b: float(a < b),
    python="1.0 if {0} < {1} else 0.0",
    c=Each("{0} < {1}"),
    onnx=onnx_elements.LESS,
    numpy=NumpyForm("({0} < {1}).astype(np.int64)"),
    torch=torch_elements.LESS,
    javascript="a < b ? 1 : 0",
    values=Values(bounds=within(0.0, 1.0), side=lambda xp, a, b: a < b),
    advice=Advice(other_names="lt less_than"),
)
EQUAL = _comparison(
    "equal",
    "1 where a is b, else 0",
    "1 where a equals b, else 0",
    forward=lambda xp, a, b: _compared(xp, a == b),
    kernel=direct("equal"),
    scalar=lambda a, b: float(a == b),
    python="1.0 if {0} == {1} else 0.0",
    c=Each("{0} == {1}"),
    onnx=onnx_elements.EQUAL,
    numpy=NumpyForm("({0} == {1}).astype(np.int64)"),
    torch=torch_elements.EQUAL,
    javascript="a === b ? 1 : 0",
    values=Values(bounds=within(0.0, 1.0), side=lambda xp, a, b: a < b),
    advice=Advice(other_names="eq equals"),
)
DETACH = Operation(
    "detach",
    ("x",),
    "x, which passes no gradient",
    "The value itself, held: derivatives take it for a constant; any shape, kind kept.",
    infer=lambda types: types[0],
    forward=lambda xp, x: x,
    view=lambda emit, x: x,
    scalar=lambda x: x,
    javascript="x",
    c=c_views.SAME,
    onnx=onnx_operator("Identity"),
    torch=torch_elements.DETACH,
    numpy=NumpyForm("{0}"),
    vjp=lambda builder, g, x, output: (None,),
    integers=("x",),
    rows=EACH,
    values=Values(passes_on="elements", held=True),
    algebra=Algebra(idle=True, linear=((0,),)),
    words=Words(local=("0",)),
    advice=Advice(other_names="stop_gradient"),
    trials=(Trial(((),)), Trial(((2, 3),)), Trial((Type("int", (3,)),))),
)

STEPS = (SIGN, FLOOR, LESS, EQUAL, DETACH)
