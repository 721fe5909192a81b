"""Activations and their slopes in both tails, judged by 50-digit arithmetic."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import exp, log, mp, mpf, sech, tanh

from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Type
from chainrule.program.front_door import compile

Gradients = Callable[..., list[Any]]

mp.dps = 50
TAILS = [0.0, 1e-30, -1e-30, 1e-9, 0.3, -0.3, 5.0, -5.0, 36.0, -36.0, 40.0, -40.0, 700.0, -700.0, 1000.0, -1000.0]
TRUE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), lambda x: exp(-x) / (1 + exp(-x)) ** 2),
    "tanh": (tanh, lambda x: sech(x) ** 2),
    "softplus": (lambda x: log(1 + exp(x)) if x > -100 else exp(x), lambda x: 1 / (1 + exp(-x))),
}


def close(actual: float, expected: Any) -> bool:
    """Whether a value is the true one to a few units in its last place; what float64 cannot hold may be 0."""
    return bool(abs(mpf(float(actual)) - expected) <= 2e-15 * abs(expected) + mpf("1e-320"))


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("x", TAILS)
def test_values_and_slopes_are_true_in_both_tails(name: str, x: float, gradients: Gradients) -> None:
    value, slope = TRUE[name]
    operation = OPERATIONS[name]
    assert operation.scalar is not None
    assert close(operation.forward(np, np.asarray(x)), value(mpf(x)))
    assert close(operation.scalar(x), value(mpf(x)))
    assert close(gradients(name, x)[0], slope(mpf(x)))


@pytest.mark.parametrize("name", ["sigmoid-slope", "tanh-slope"])
@pytest.mark.parametrize("x", TAILS)
def test_slopes_are_the_same_on_floats(name: str, x: float) -> None:
    operation = OPERATIONS[name]
    assert operation.scalar is not None
    assert operation.scalar(x) == pytest.approx(float(operation.forward(np, np.asarray(x))), rel=1e-14, abs=1e-320)


@pytest.mark.parametrize("name", ["sigmoid-slope", "tanh-slope"])
def test_second_derivatives_keep_their_digits_around_zero(name: str, gradients: Gradients) -> None:
    factor = -0.125 if name == "sigmoid-slope" else -2.0
    assert gradients(name, 1e-12)[0] == pytest.approx(factor * 1e-12, rel=1e-14)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softplus", "sigmoid-slope", "tanh-slope"])
def test_nan_passes_through(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation.scalar is not None
    assert math.isnan(operation.scalar(math.nan))
    assert np.isnan(operation.forward(np, np.asarray([math.nan, 1.0]))).tolist() == [True, False]


@pytest.mark.parametrize("length", [1, 3, 16, 17])
def test_relu_at_zero_of_either_sign(length: int, gradients: Gradients) -> None:
    for zero in (0.0, -0.0):
        x = np.full(length, zero)
        assert OPERATIONS["relu"].forward(np, x).tolist() == [0.0] * length
        assert gradients("relu", x)[0].tolist() == [0.0] * length


def test_relu_stops_an_infinite_gradient_where_it_is_flat(gradients: Gradients) -> None:
    assert gradients("relu", np.asarray([-1.0, 1.0]), upstream=np.full(2, math.inf))[0].tolist() == [0.0, math.inf]


@pytest.mark.parametrize("name", ["softmax", "log-softmax"])
def test_rows_of_scores_far_apart(name: str) -> None:
    scores = np.asarray([[0.0, 1e4, -1e4], [50.0, 0.0, -math.inf], [1e308, -1e308, 0.0]])
    with np.errstate(all="ignore"):
        values = OPERATIONS[name].forward(np, scores)
    for row, made in zip(scores, values, strict=True):
        norm = sum(exp(mpf(float(score))) for score in row if score < 1e300 or row.max() < 1e300)
        if row.max() > 1e300:
            expected = [1.0, 0.0, 0.0] if name == "softmax" else [0.0, -math.inf, -1e308]
        elif name == "softmax":
            expected = [float(exp(mpf(float(score))) / norm) for score in row]
        else:
            expected = [float(mpf(float(score)) - log(norm)) for score in row]
        assert made == pytest.approx(expected, rel=1e-15)


def test_the_logarithm_of_a_sure_class_keeps_its_digits() -> None:
    (sure, _) = OPERATIONS["log-softmax"].forward(np, np.asarray([50.0, 0.0]))
    assert sure == pytest.approx(-math.exp(-50.0), rel=1e-14)


@pytest.mark.parametrize("name", ["softmax", "log-softmax"])
def test_a_scalar_has_no_rows(name: str) -> None:
    with pytest.raises(Clash, match=f"^{name}: x is a scalar"):
        OPERATIONS[name].infer((Type("real", ()),))


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("size", [999, 2001])
def test_compiled_sigmoids_are_the_plain_ones(size: int, precision: Any) -> None:
    """To the bit, on either side of the number of elements from which on they are computed in another way."""
    draw = np.random.default_rng(3)
    x = draw.choice([-1.0, 1.0], size) * 10.0 ** draw.uniform(-44, 3, size)
    x[: len(TAILS)], x[len(TAILS)] = TAILS, -0.0
    program = compile(
        f"input x: [{size}]\nparam w: [{size}] = ones()\ny = sigmoid(w * x)\nloss = mean(sigmoid(y - x) + y)\n"
        f"train {{ minimize = loss ; optimizer = sgd(lr = 1) ; steps = 1 ; precision = {precision} }}\n"
    )
    trainers = [program.trainer(optimise=optimise) for optimise in (True, False)]
    losses = [trainer.step(x=x.astype(precision)) for trainer in trainers]
    assert losses[0] == losses[1]
    assert trainers[0].params["w"].tobytes() == trainers[1].params["w"].tobytes()
