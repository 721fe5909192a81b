"""Operators of ONNX that go element by element, as nodes of a graph."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from ....compiler.ops.builder import Builder
from ....compiler.ops.operation import Reference
from ...arrays import Array
from ..site import Known, Site, Unsayable, Value

Rule: TypeAlias = Callable[[Site], "Value | tuple[Value, ...]"]
"""rule(site) appends what an operator is made of, and gives its results."""


Function: TypeAlias = Callable[..., Reference]
"""A method of a builder."""


def _call(operation: Function) -> Rule:
    """An operation on the same operands."""
    return lambda site: operation(site.builder, *site.references())


def _carried(operation: Function) -> Rule:
    """A function of two, carried from the first to the last."""

    def rule(site: Site) -> Value:
        first, *others = site.references()
        for other in others:
            first = operation(site.builder, first, other)
        return site.builder.identity(first) if not others else first

    return rule


def _mean(site: Site) -> Value:
    total = _carried(Builder.add)(site)
    assert isinstance(total, int)
    return site.builder.div(total, site.constant(float(len(site))))


def _division(site: Site) -> Value:
    a, b = site.references()
    whole = all(site.builder.type(each).kind == "int" for each in (a, b))
    found = site.builder.div(a, b)
    return site.builder.floor(found) if whole else found


def _clip(site: Site) -> Value:
    low = site.attribute("min", -math.inf) if len(site) < 2 else None
    high = site.attribute("max", math.inf) if len(site) < 2 else None
    x, builder = site.reference(0), site.builder
    below = site.reference(1) if site.has(1) else site.constant(low) if low not in (None, -math.inf) else None
    above = site.reference(2) if site.has(2) else site.constant(high) if high not in (None, math.inf) else None
    if below is not None and above is not None:
        return builder.clip(x, below, above)
    if below is not None:
        return builder.maximum(below, x)
    return builder.minimum(above, x) if above is not None else x


def _greater(site: Site) -> Value:
    return site.builder.less(site.reference(1), site.reference(0))


def _not(rule: Rule) -> Rule:
    def denied(site: Site) -> Value:
        found = rule(site)
        assert isinstance(found, int)
        return site.denied(found)

    return denied


def _both(site: Site) -> Value:
    return site.builder.mul(*site.references())


def _either(site: Site) -> Value:
    return site.builder.maximum(*site.references())


def _one_alone(site: Site) -> Value:
    return site.denied(site.builder.equal(*site.references()))


def _leaky(default: float) -> Rule:
    def rule(site: Site) -> Value:
        return _sloped(site, site.constant(site.attribute("alpha", default)))

    return rule


def _sloped(site: Site, slope: int) -> int:
    """x above 0, slope * x below."""
    builder, x = site.builder, site.reference(0)
    return builder.add(builder.relu(x), builder.mul(slope, builder.minimum(x, site.constant(0.0))))


def _exponential(alpha: float, gamma: float) -> Rule:
    """gamma * x above 0, gamma * alpha * (exp(x) - 1) below: `Elu`, `Selu`, and with its own reach `Celu`."""

    def rule(site: Site) -> Value:
        builder, x = site.builder, site.reference(0)
        given, scale = site.attribute("alpha", alpha), site.attribute("gamma", gamma)
        reach = site.node.operator == "Celu"
        below = builder.minimum(x, site.constant(0.0))
        below = builder.expm1(builder.div(below, site.constant(given)) if reach else below)
        found = builder.add(builder.relu(x), builder.mul(site.constant(given), below))
        return found if scale == 1 else builder.mul(site.constant(scale), found)

    return rule


def _gelu(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    half = builder.mul(site.constant(0.5), x)
    if site.attribute("approximate", "none") == "tanh":
        cubed = builder.mul(site.constant(0.044715), builder.pow(x, site.constant(3.0)))
        inner = builder.tanh(builder.mul(site.constant(math.sqrt(2 / math.pi)), builder.add(x, cubed)))
    else:
        inner = builder.erf(builder.div(x, site.constant(math.sqrt(2))))
    return builder.mul(half, builder.add(site.constant(1.0), inner))


def _hard_sigmoid(site: Site, alpha: float = 0.2, beta: float = 0.5) -> int:
    builder = site.builder
    line = builder.mul(site.constant(site.attribute("alpha", alpha)), site.reference(0))
    line = builder.add(line, site.constant(site.attribute("beta", beta)))
    return builder.clip(line, site.constant(0.0), site.constant(1.0))


def _hard_swish(site: Site) -> Value:
    return site.builder.mul(site.reference(0), _hard_sigmoid(site, 1 / 6, 0.5))


def _swish(site: Site) -> Value:
    builder, x, alpha = site.builder, site.reference(0), site.attribute("alpha", 1.0)
    return builder.mul(x, builder.sigmoid(x if alpha == 1 else builder.mul(site.constant(alpha), x)))


def _mish(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    return builder.mul(x, builder.tanh(builder.softplus(x)))


def _softsign(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    return builder.div(x, builder.add(site.constant(1.0), builder.abs(x)))


def _threshold(site: Site) -> Value:
    builder, x = site.builder, site.reference(0)
    return builder.where(builder.less(site.constant(site.attribute("alpha", 1.0)), x), x, site.constant(0.0))


def _reciprocal(site: Site) -> Value:
    return site.builder.div(site.constant(1.0), site.reference(0))


def _ceil(site: Site) -> Value:
    builder = site.builder
    return builder.neg(builder.floor(builder.neg(site.reference(0))))


def _real_floor(site: Site) -> Value:
    builder = site.builder
    return builder.real(builder.floor(site.reference(0)))


def _remainder(site: Site) -> Value:
    """What is left of a where b is taken away as often as it fits, with the sign of b."""
    if site.attribute("fmod", 0):
        raise Unsayable("a remainder with the sign of the first operand")
    builder = site.builder
    a, b = site.references()
    found = builder.sub(a, builder.mul(b, builder.floor(builder.div(a, b))))
    whole = all(builder.type(each).kind == "int" for each in (a, b))
    return builder.floor(found) if whole else found


def _isnan(site: Site) -> Value:
    x = site.reference(0)
    return site.denied(site.builder.equal(x, x))


REAL, WHOLE, TRUTH = (1, 10, 11, 16), (2, 3, 4, 5, 6, 7, 12, 13), (9,)
DTYPES: Mapping[int, str] = MappingProxyType(
    {1: "float32", 10: "float32", 11: "float64", 16: "float32", 6: "int64", 7: "int64", 9: "bool", 3: "int64",
     2: "int64"}
)  # fmt: skip


def _cast(site: Site) -> Value:
    to, value = site.attribute("to"), site.value(0)
    if isinstance(value, Known):
        if to not in DTYPES:
            raise Unsayable(f"elements of type {to}")
        return Known(_cast_array(value.array, DTYPES[to]), value.name)
    if not isinstance(value, int):
        return value
    builder, kind = site.builder, site.builder.type(value).kind
    if to in REAL:
        return builder.real(value) if kind == "int" else value
    if to in TRUTH:
        return site.denied(builder.equal(value, site.constant(0.0)))
    if to not in WHOLE:
        raise Unsayable(f"elements of type {to}")
    return value if kind == "int" else _truncated(site, value)


def _truncated(site: Site, x: int) -> int:
    """Rounded towards 0."""
    builder = site.builder
    whole = builder.mul(builder.sign(x), builder.floor(builder.abs(x)))
    return builder.floor(whole)


def _cast_array(array: Array, kind: str) -> Array:
    return array.astype(kind)


def _cast_like(site: Site) -> Value:
    x, like = site.reference(0), site.reference(1)
    kinds = [site.builder.type(each).kind for each in (x, like)]
    if kinds[0] == kinds[1]:
        return x
    return _truncated(site, x) if kinds[1] == "int" else site.builder.real(x)


def _first(site: Site) -> Value:
    return site.value(0)


def _dropout(site: Site) -> Value:
    """In use, nothing is dropped."""
    if site.has(2) and bool(site.array(2)):
        raise Unsayable("it drops elements in use too")
    return site.value(0)


def _where(site: Site) -> Value:
    return site.builder.where(*site.references())


def _equal(site: Site) -> Value:
    return site.builder.equal(*site.references())


def _less(site: Site) -> Value:
    return site.builder.less(*site.references())


CALLS: Mapping[str, Function] = MappingProxyType(
    {
        "Neg": Builder.neg, "Exp": Builder.exp, "Log": Builder.log, "Sqrt": Builder.sqrt, "Abs": Builder.abs,
        "Sin": Builder.sin, "Cos": Builder.cos, "Erf": Builder.erf, "Sign": Builder.sign, "Relu": Builder.relu,
        "Sigmoid": Builder.sigmoid, "Tanh": Builder.tanh, "Softplus": Builder.softplus, "Sub": Builder.sub,
        "Pow": Builder.pow,
    }
)  # fmt: skip
"""Operators that are called here as they are there."""

ELEMENTS: Mapping[str, Rule] = MappingProxyType(
    {
        **{name: _call(function) for name, function in CALLS.items()},
        "Add": _carried(Builder.add), "Mul": _carried(Builder.mul), "Sum": _carried(Builder.add),
        "Mean": _mean, "Div": _division,
        "Max": _carried(Builder.maximum), "Min": _carried(Builder.minimum), "Clip": _clip,
        "Reciprocal": _reciprocal, "Floor": _real_floor, "Ceil": _ceil, "IsNaN": _isnan, "Mod": _remainder,
        "Less": _less, "Greater": _greater, "Equal": _equal, "Where": _where,
        "LessOrEqual": _not(_greater), "GreaterOrEqual": _not(_less), "Not": _not(lambda site: site.reference(0)),
        "And": _both, "Or": _either, "Xor": _one_alone,
        "LeakyRelu": _leaky(0.01), "PRelu": lambda site: _sloped(site, site.reference(1)),
        "Elu": _exponential(1.0, 1.0), "Celu": _exponential(1.0, 1.0),
        "Selu": _exponential(1.67326319217681884765625, 1.05070102214813232421875),
        "Gelu": _gelu, "HardSigmoid": lambda site: _hard_sigmoid(site), "HardSwish": _hard_swish, "Swish": _swish,
        "Mish": _mish, "Softsign": _softsign, "ThresholdedRelu": _threshold,
        "Identity": _first, "Dropout": _dropout, "Cast": _cast, "CastLike": _cast_like,
    }
)  # fmt: skip
"""By name."""
