"""Choices between values, element by element: where, maximum, minimum, clip, and what of a gradient they pass on."""

from collections.abc import Callable

import numpy as np

from ..shape import Clash, Type, broadcast
from .builder import Builder
from .elementwise import SHAPE_PAIRS, binary, summed_back
from .emitter import Buffer, Emitter, Kernel, spread
from .facts import EACH, Advice, Algebra, Array, ByHand, Values, Words
from .forms.c import elements as c_elements
from .forms.c.form import Each
from .forms.elements import MAXIMUM as LARGER
from .forms.elements import MINIMUM as SMALLER
from .forms.numpy_form import NumpyForm
from .forms.onnx import elements as onnx_elements
from .forms.onnx.nodes import onnx_operator
from .forms.torch import elements as torch_elements
from .operation import Operation, Reference, Trial

Gradients = tuple[Reference | None, ...]
Triples = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]

TRIPLES: tuple[Triples, ...] = (
    ((), (), ()),
    ((3,), (3,), (3,)),
    ((2, 3), (2, 3), (2, 3)),
    ((2, 3), (), (3,)),
    ((3,), (2, 1), ()),
    ((2, 1), (2, 3), (1, 3)),
    ((4, 2, 1), (3,), (2, 3)),
)


def _where_type(types: tuple[Type, ...]) -> Type:
    shape = types[0].shape
    for slot in (1, 2):
        try:
            shape = broadcast(shape, types[slot].shape)
        except Clash as clash:
            raise Clash(f"where: {clash.message}", operands=(0, slot), hint=clash.hint) from None
    return Type("real", shape)


def _where_into(emit: Emitter, out: Buffer, c: Buffer, a: Buffer, b: Buffer) -> None:
    mask = emit.scratch(c.shape, "bool")
    if out.name == b.name:
        emit.call("not_equal", c, emit.full(0, (), c.dtype), mask)
        emit.call("copyto", out, a, '"same_kind"', mask)
        return
    emit.call("equal", c, emit.full(0, (), c.dtype), mask)
    if out.name != a.name:
        emit.copy(out, a)
    emit.call("copyto", out, b, '"same_kind"', mask)


def _where_vjp(
    builder: Builder, g: Reference, c: Reference, a: Reference, b: Reference, output: Reference
) -> Gradients:
    nothing = builder.constant(0.0)
    return (
        None,
        summed_back(builder, builder.where(c, g, nothing), a),
        summed_back(builder, builder.where(c, nothing, g), b),
    )


# --- maximum and minimum ----------------------------------------------------------------------------------------


def _tied(function: str) -> Callable[..., Array]:
    """numpy's function; where both are equal, which zeros of either sign are, b itself."""
    return lambda xp, a, b: xp.where(a == b, b, getattr(xp, function)(a, b))


def _tied_into(function: str) -> Kernel:
    def kernel(emit: Emitter, out: Buffer, a: Buffer, b: Buffer) -> None:
        number = [emit.number_in(a), emit.number_in(b)]
        if any(each is not None and each != 0 for each in number):  # then equal values have the same bits
            emit.call(function, spread(emit, a, out), spread(emit, b, out), out)
            return
        mask = emit.scratch(out.shape, "bool")
        emit.call("equal", a, b, mask)
        emit.call(function, spread(emit, a, out), spread(emit, b, out), out)
        emit.call("copyto", out, b, '"same_kind"', mask)

    return kernel


def _maximum_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Gradients:
    return (
        summed_back(builder, builder.pass_above(g, a, b), a),
        summed_back(builder, builder.pass_up_to(g, a, b), b),
    )


def _minimum_vjp(builder: Builder, g: Reference, a: Reference, b: Reference, output: Reference) -> Gradients:
    return (
        summed_back(builder, builder.pass_above(g, b, a), a),
        summed_back(builder, builder.pass_up_to(g, b, a), b),
    )


def _passing_into(stopped: bool) -> Kernel:
    """g, and 0 where a <= b holds, or, if `stopped` is not, where it does not."""

    def kernel(emit: Emitter, out: Buffer, g: Buffer, a: Buffer, b: Buffer) -> None:
        mask = emit.scratch(out.shape, "bool")
        emit.call("less_equal", a, b, mask)
        if not stopped:
            emit.call("logical_not", mask, mask)
        if out.name != g.name:
            emit.copy(out, g)
        emit.call("copyto", out, emit.full(0.0, ()), '"same_kind"', mask)

    return kernel


def _passed_type(types: tuple[Type, ...]) -> Type:
    g, a, b = types
    if broadcast(a.shape, b.shape) != g.shape:
        raise Clash(f"pass: g is {g} but the operands are {a} and {b}", operands=(0, 1, 2))
    return g


def _passing(name: str, above: bool, formula: str, doc: str) -> Operation:
    """What a maximum sends to one of its operands: NaN counts as above everything."""

    def vjp(
        builder: Builder, g: Reference, incoming: Reference, a: Reference, b: Reference, output: Reference
    ) -> Gradients:
        return builder.make(name, (g, a, b)), None, None

    return Operation(
        name,
        ("g", "a", "b"),
        formula,
        doc,
        infer=_passed_type,
        forward=lambda xp, g, a, b: xp.where((a <= b) == above, 0, g),
        kernel=_passing_into(above),
        in_place=(0,),
        scalar=lambda g, a, b: 0.0 if (a <= b) == above else g,
        python="0.0 if {1} <= {2} else {0}" if above else "{0} if {1} <= {2} else 0.0",
        javascript="a <= b ? 0 : g" if above else "a <= b ? g : 0",
        c=Each("{1} <= {2} ? 0.0 : {0}" if above else "{1} <= {2} ? {0} : 0.0"),
        onnx=onnx_elements.PASS_ABOVE if above else onnx_elements.PASS_UP_TO,
        numpy=NumpyForm("np.where({1} <= {2}, 0, {0})" if above else "np.where({1} <= {2}, {0}, 0)"),
        vjp=vjp,
        role="helper",
        rows=EACH,
        values=Values(side=lambda xp, g, a, b: a <= b),
        words=Words(local=("1 where a > b, else 0" if above else "0 where a > b, else 1", "0", "0")),
        trials=tuple(Trial((np.broadcast_shapes(*shapes), *shapes)) for shapes in SHAPE_PAIRS),
    )


CHOSEN_TOO_LATE = tuple(
    ByHand(form.replace("F", steep), "G616", {"steep": steep})
    for steep in ("log(x)", "sqrt(x)", "a / x")
    for form in (
        "where(x, F, b)", "where(less(c, x), F, b)", "where(less(x, c), b, F)", "where(equal(x, c), b, F)",
    )
)  # fmt: skip
"""Choices that keep x out of a function whose slope is infinite or NaN there, but too late for its gradient."""

WHERE = Operation(
    "where",
    ("c", "a", "b"),
    "a where c is not 0, else b",
    "Takes each element from a or from b, by a condition, as `less(x, 0)` is one; shapes broadcast. The other one's "
    "gradient is 0, whatever its value is.",
    infer=_where_type,
    forward=lambda xp, c, a, b: xp.where(c != 0, a, b),
    kernel=_where_into,
    in_place=(1, 2),
    scalar=lambda c, a, b: b if c == 0 else a,
    python="{2} if {0} == 0.0 else {1}",
    c=Each("{0} != 0 ? {1} : {2}"),
    onnx=onnx_elements.WHERE,
    torch=torch_elements.WHERE,
    numpy=NumpyForm("np.where({0} != 0, {1}, {2})"),
    javascript="c === 0 ? b : a",
    vjp=_where_vjp,
    integers=("c",),
    rows=EACH,
    values=Values(side=lambda xp, c, a, b: xp.sign(c)),
    algebra=Algebra(linear=((1, 2),)),
    words=Words(local=("0", "1 where c > 0, 1 where c < 0, else 0", "0 where c > 0, 0 where c < 0, else 1")),
    advice=Advice(by_hand=CHOSEN_TOO_LATE, other_names="select cond ifelse iif"),
    trials=(
        *(Trial((Type("int", shapes[0]), *shapes[1:]), classes=2) for shapes in TRIPLES),
        *(Trial(shapes) for shapes in TRIPLES[:4]),
    ),
)
MAXIMUM = binary(
    "maximum",
    "a where a > b, else b",
    "The larger of each two elements; shapes broadcast. Where both are equal the gradient goes to b: `maximum(x, 0)` "
    "is `relu(x)`. NaN passes through.",
    forward=_tied("maximum"),
    kernel=_tied_into("maximum"),
    in_place=(0,),
    scalar=lambda a, b: b if a <= b or b != b else a,
    python="{1} if {0} <= {1} else {0} if {1} == {1} else {1}",
    c=Each("maximum({0}, {1})", (c_elements.MAXIMUM,)),
    onnx=onnx_operator("Max"),
    torch=torch_elements.MAXIMUM,
    numpy=NumpyForm("maximum({0}, {1})", (LARGER,)),
    javascript="a <= b || Number.isNaN(b) ? b : a",
    vjp=_maximum_vjp,
    values=Values(side=lambda xp, a, b: xp.sign(a - b)),
    words=Words(local=("1 where a > b, else 0", "0 where a > b, else 1")),
    advice=Advice(other_names="fmax"),
)
MINIMUM = binary(
    "minimum",
    "a where a < b, else b",
    "The smaller of each two elements; shapes broadcast. Where both are equal the gradient goes to b. NaN passes "
    "through.",
    forward=_tied("minimum"),
    kernel=_tied_into("minimum"),
    in_place=(0,),
    scalar=lambda a, b: b if a >= b or b != b else a,
    python="{1} if {0} >= {1} else {0} if {1} == {1} else {1}",
    c=Each("minimum({0}, {1})", (c_elements.MINIMUM,)),
    onnx=onnx_operator("Min"),
    torch=torch_elements.MINIMUM,
    numpy=NumpyForm("minimum({0}, {1})", (SMALLER,)),
    javascript="a >= b || Number.isNaN(b) ? b : a",
    vjp=_minimum_vjp,
    values=Values(side=lambda xp, a, b: xp.sign(a - b)),
    words=Words(local=("1 where a < b, else 0", "0 where a < b, else 1")),
    advice=Advice(other_names="fmin"),
)
CLIP = Operation(
    "clip",
    ("x", "low", "high"),
    "low where x < low, high where x > high, else x",
    "Each element kept between two borders, at which the gradient still passes; shapes broadcast. NaN passes through.",
    onnx=onnx_elements.CLIP,
    define=lambda builder, x, low, high: builder.minimum(high, builder.maximum(low, x)),
    words=Words(
        local=(
            "0 where x < low, 0 where x > high, else 1",
            "0 where low > high, 1 where x < low, else 0",
            "1 where x > high, 1 where low > high, else 0",
        )
    ),
    advice=Advice(other_names="clamp clip_by_value"),
    trials=(*(Trial(shapes) for shapes in TRIPLES),),
)
PASS_ABOVE = _passing(
    "pass-above",
    True,
    "0 where a <= b, else g",
    "What of a gradient goes to an operand that is the larger one; a and b broadcast to the shape of g.",
)
PASS_UP_TO = _passing(
    "pass-up-to",
    False,
    "g where a <= b, else 0",
    "What of a gradient goes to the other operand; a and b broadcast to the shape of g.",
)

CHOICES = (WHERE, MAXIMUM, MINIMUM, CLIP, PASS_ABOVE, PASS_UP_TO)
