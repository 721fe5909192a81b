"""Forms in ONNX of operations that go element by element."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....shape import Type
from ...attribute import Attributes
from ...facts import Types
from .nodes import BOOL, DOUBLE, INT64, Nodes, OnnxForm


def _of_values(written: Callable[..., str]) -> OnnxForm:
    """A form that hangs on its operands alone."""
    return lambda nodes, x, types, result, attributes: written(nodes, *x)


def _ratio(nodes: Nodes, a: str, b: str) -> str:
    zero = nodes.number(0.0)
    return nodes.where(nodes("Equal", a, zero), zero, nodes("Div", a, b))


def _expm1(nodes: Nodes, x: str) -> str:
    """tanh(x / 2) * (exp(x) + 1), which loses nothing near 0."""
    half = nodes("Tanh", nodes("Mul", x, nodes.number(0.5)))
    return nodes("Mul", half, nodes("Add", nodes("Exp", x), nodes.number(1.0)))


def _compared(operator: str) -> OnnxForm:
    def form(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Attributes) -> str:
        a, b = x
        if types[0].kind != types[1].kind:
            a, b = (nodes.as_real(each) if type.kind == "int" else each for each, type in zip(x, types, strict=True))
        return nodes.cast(nodes(operator, a, b), INT64)

    return form


def _floor(nodes: Nodes, x: str) -> str:
    """Rounded down to INT64, within what that holds."""
    low, high = nodes.number(-(2.0**63)), nodes.number(2.0**63 - 2.0**39)
    below = nodes("Max", nodes("Min", nodes("Floor", x), high), low)
    return nodes.cast(nodes.where(nodes("IsNaN", x), low, below), INT64)


def _where(nodes: Nodes, c: str, a: str, b: str) -> str:
    return nodes.where(nodes.cast(c, BOOL), a, b)


def _passed(above: bool) -> Callable[[Nodes, str, str, str], str]:
    def written(nodes: Nodes, g: str, a: str, b: str) -> str:
        up_to, zero = nodes("LessOrEqual", a, b), nodes.number(0.0)
        return nodes.where(up_to, zero, g) if above else nodes.where(up_to, g, zero)

    return written


def _clip(nodes: Nodes, x: str, low: str, high: str) -> str:
    """The bounds may be arrays, which `Clip` does not take."""
    return nodes("Min", nodes("Max", x, low), high)


def _relu_gradient(nodes: Nodes, g: str, y: str) -> str:
    zero = nodes.number(0.0)
    return nodes.where(nodes("LessOrEqual", y, zero), zero, g)


def _slope(scale: float, factor: float) -> Callable[[Nodes, str], str]:
    """factor * t / (1 + t) ** 2, where t = exp(-scale * abs(x))."""

    def written(nodes: Nodes, x: str) -> str:
        one, size = nodes.number(1.0), nodes("Abs", x)
        tail = nodes("Exp", nodes("Neg", size if scale == 1 else nodes("Mul", size, nodes.number(scale))))
        whole = nodes("Add", one, tail)
        top = tail if factor == 1 else nodes("Mul", tail, nodes.number(factor))
        return nodes("Div", top, nodes("Mul", whole, whole))

    return written


def _power_slope(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    a, b = x
    (order,) = attributes
    factor = b
    for less in range(1, order):
        factor = nodes("Mul", factor, nodes("Sub", b, nodes.number(less)))
    slope = nodes("Mul", factor, nodes("Pow", a, nodes("Sub", b, nodes.number(order))))
    zero = nodes.number(0.0)
    return nodes.where(nodes("Equal", factor, zero), zero, slope)


def _power_log(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    a, b = x
    (order,) = attributes
    zero = nodes.number(0.0)
    nothing = nodes("And", nodes("Equal", a, zero), nodes("Greater", b, zero))
    logs = nodes("Log", a)
    logs = logs if order == 1 else nodes("Pow", logs, nodes.number(order))
    return nodes.where(nothing, zero, nodes("Mul", nodes("Pow", a, b), logs))


def _clip_symmetric(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    (limit,) = attributes
    return nodes("Clip", x[0], nodes.number(-limit), nodes.number(limit))


def _clip_factor(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    (limit,) = attributes
    return nodes("Min", nodes.number(1.0), nodes("Div", nodes.number(limit), x[0]))


def _bias_correction(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """1 - decay ** step, in double precision: at the first steps next to nothing is left of 1."""
    (decay,) = attributes
    base, one = (nodes.array(np.float64(value), f"{value:.7g}") for value in (decay, 1.0))
    power = nodes("Pow", base, nodes.cast(x[0], DOUBLE))
    return nodes.as_real(nodes("Sub", one, power))


RATIO = _of_values(_ratio)
LOG1P = _of_values(Nodes.log1p)
EXPM1 = _of_values(_expm1)
LESS, EQUAL = _compared("Less"), _compared("Equal")
FLOOR = _of_values(_floor)
WHERE = _of_values(_where)
CLIP = _of_values(_clip)
PASS_ABOVE, PASS_UP_TO = _of_values(_passed(above=True)), _of_values(_passed(above=False))
RELU_GRADIENT = _of_values(_relu_gradient)
SIGMOID_SLOPE, TANH_SLOPE = _of_values(_slope(1, 1)), _of_values(_slope(2, 4))
POWER_SLOPE, POWER_LOG = _power_slope, _power_log
CLIP_SYMMETRIC, CLIP_FACTOR, BIAS_CORRECTION = _clip_symmetric, _clip_factor, _bias_correction
IN_EVALUATION = _of_values(lambda nodes, a, b: nodes("Identity", b))
CAST_TO_REAL = _of_values(Nodes.as_real)
