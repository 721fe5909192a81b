"""What is measured: operations of one operand, with what they should give in float64, and how others call them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Array = Any
Function = Callable[[Array], Array]


class Measured(NamedTuple):
    """An expression of x in the language; its value and slope, from float64; its names in NumPy, PyTorch and JAX."""

    text: str
    value: Function
    slope: Function
    numpy: str = ""
    torch: str = ""
    jax: str = ""


def _sigmoid(x: Array) -> Array:
    tail = np.exp(-np.abs(x))
    return np.where(x > 0, 1.0, tail) / (1 + tail)


def _hill(x: Array) -> Array:
    """The slope of `_sigmoid`."""
    tail = np.exp(-np.abs(x))
    return tail / (1 + tail) ** 2


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _erf(x: Array) -> Array:
    from scipy.special import erf

    return erf(x)


def _same(name: str, value: Function, slope: Function, **others: str) -> Measured:
    return Measured(f"{name}(x)", value, slope, **({"numpy": name, "torch": name, "jax": f"numpy.{name}"} | others))


MEASURED: Mapping[str, Measured] = {
    "exp": _same("exp", np.exp, np.exp),
    "expm1": _same("expm1", np.expm1, np.exp),
    "log": _same("log", np.log, lambda x: 1 / x),
    "log1p": _same("log1p", np.log1p, lambda x: 1 / (1 + x)),
    "sqrt": _same("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "sin": _same("sin", np.sin, np.cos),
    "cos": _same("cos", np.cos, lambda x: -np.sin(x)),
    "tanh": _same("tanh", np.tanh, lambda x: 4 * _hill(2 * x)),
    "sigmoid": _same("sigmoid", _sigmoid, _hill, numpy="", jax="nn.sigmoid"),
    "softplus": Measured("softplus(x)", _softplus, _sigmoid, "", "nn.functional.softplus", "nn.softplus"),
    "relu": Measured(
        "relu(x)", lambda x: np.where(x <= 0, 0.0, x), lambda x: np.where(x <= 0, 0.0, 1.0), "", "relu", "nn.relu"
    ),
    "erf": Measured("erf(x)", _erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x), "", "erf", "scipy.special.erf"),
    "abs": _same("abs", np.abs, lambda x: np.where(x > 0, 1.0, np.where(x < 0, -1.0, 0.0))),
    "neg": Measured("-x", np.negative, lambda x: np.full_like(x, -1.0), "negative", "neg", "numpy.negative"),
}
