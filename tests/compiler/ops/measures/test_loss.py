"""Losses by hand, and at margins where the plain formulas fail."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import exp, log, mp, mpf
from planned import same, trainers

from chainrule.compiler.ops.table import OPERATIONS

Gradients = Callable[..., list[Any]]

mp.dps = 50
MARGINS = [
    ([0.0, 0.0, 0.0], 1),
    ([1e4, 0.0, -1e4], 0),
    ([1e4, 0.0, -1e4], 2),
    ([50.0, 0.0, 1.0], 0),
    ([700.0, 710.0, -700.0], 1),
    ([3.0, -math.inf, 1.0], 0),
    ([0.0, 1.0, 40.0], 2),
]


def true_softmax(scores: list[float]) -> list[Any]:
    powers = [exp(mpf(score)) if score > -math.inf else mpf(0) for score in scores]
    return [power / sum(powers) for power in powers]


def close(actual: float, expected: Any) -> bool:
    return bool(abs(mpf(float(actual)) - expected) <= 2e-15 * abs(expected) + mpf("1e-320"))


@pytest.mark.parametrize(("scores", "label"), MARGINS)
@pytest.mark.parametrize("form", ["class number", "one-hot"])
def test_softmax_loss_is_true_at_any_margin(scores: list[float], label: int, form: str, gradients: Gradients) -> None:
    t = np.asarray(label) if form == "class number" else np.eye(3)[label]
    y = true_softmax(scores)
    with np.errstate(all="ignore"):
        loss = OPERATIONS["softmax-loss"].forward(np, np.asarray(scores), t, 0.0, 1)
    assert close(loss, -log(y[label]))
    gradient = gradients("softmax-loss", np.asarray(scores), t)[0]
    for column, actual in enumerate(gradient):
        others = sum(probability for place, probability in enumerate(y) if place != column)
        assert close(actual, -others if column == label else y[column])


def test_a_label_that_cannot_be_costs_infinitely_much_and_still_has_a_gradient(gradients: Gradients) -> None:
    scores = np.asarray([0.0, -math.inf])
    with np.errstate(all="ignore"):
        assert OPERATIONS["softmax-loss"].forward(np, scores, np.asarray(1), 0.0, 1) == math.inf
    assert gradients("softmax-loss", scores, np.asarray(1))[0].tolist() == [1.0, -1.0]


def test_nan_in_a_row_is_not_hidden() -> None:
    scores = np.asarray([[math.nan, 0.0], [0.0, 0.0]])
    for t in (np.asarray([1, 0]), np.asarray([[0.0, 1.0], [1.0, 0.0]])):
        assert math.isnan(OPERATIONS["softmax-loss"].forward(np, scores, t, 0.0, 2))


def test_every_form_of_target_gives_the_same_loss_and_gradient(gradients: Gradients) -> None:
    random = np.random.default_rng(0)
    scores, numbers = random.standard_normal((5, 4)), random.integers(4, size=5)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    hot = np.eye(4)[numbers]
    expected = {"softmax-loss": (probabilities - hot) / 5, "cross-entropy": -hot / (probabilities + 1e-7) / 5}
    loss = -np.log(probabilities[np.arange(5), numbers]).mean()
    for name, values, attributes in (("softmax-loss", scores, (0.0, 5)), ("cross-entropy", probabilities, (1e-7, 5))):
        for t in (numbers, hot, hot.astype(int)):
            assert OPERATIONS[name].forward(np, values, t, *attributes) == pytest.approx(loss, abs=1e-5)
            first, second = gradients(name, values, t)
            np.testing.assert_allclose(first, expected[name], atol=1e-15)
            assert (second is None) == (t.dtype.kind == "i")


def test_cross_entropy_of_impossible_classes_without_eps(gradients: Gradients) -> None:
    p, t = np.asarray([1.0, 0.0]), np.asarray([1.0, 0.0])
    with np.errstate(all="ignore"):
        assert OPERATIONS["cross-entropy"].forward(np, p, t, 0.0, 1) == 0.0
    by_p, by_t = gradients("cross-entropy", p, t, eps=0.0)
    assert by_p.tolist() == [-1.0, 0.0]
    assert by_t.tolist() == [0.0, math.inf]


def test_squared_distances(gradients: Gradients) -> None:
    y, t = np.asarray([[1.0, 2.0], [3.0, 5.0]]), np.zeros((2, 2))
    assert OPERATIONS["mse"].forward(np, y, t) == 39 / 4
    assert OPERATIONS["quadratic-loss"].forward(np, y, t, 2) == 39 / 4
    assert OPERATIONS["quadratic-loss"].forward(np, y[1], t[1], 1) == 17.0
    assert gradients("mse", y, t)[0].tolist() == (y / 2).tolist()
    assert gradients("quadratic-loss", y, t)[0].tolist() == (y / 2).tolist()


def test_a_loss_over_many_rows_in_float32_is_the_true_mean() -> None:
    scores = np.tile(np.asarray([0.1, 0.2], "float32"), (200_000, 1))
    loss = OPERATIONS["softmax-loss"].forward(np, scores, np.zeros(200_000, int), 0.0, 200_000)
    assert loss.dtype == "float32"
    assert loss == pytest.approx(math.log1p(math.exp(0.1)), rel=1e-6)


ROWS_OF_ROWS = """
dim N
input x: [N, INNER, CLASSES]
input t: int[N, INNER]
param b: [CLASSES] = normal(std = 0.5)
loss = softmax-loss(x + b, t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 5 ; precision = PRECISION }
"""


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("inner", "classes"), [(1, 3), (3, 4), (5, 7), (7, 33), (2, 1000)])
def test_a_step_adds_rows_of_rows_in_the_plain_order(inner: int, classes: int, precision: str) -> None:
    text = ROWS_OF_ROWS.replace("INNER", str(inner)).replace("CLASSES", str(classes)).replace("PRECISION", precision)
    generator = np.random.default_rng(inner)
    same(
        trainers(text),
        [
            {
                "x": generator.normal(size=(rows, inner, classes)).astype(precision),
                "t": generator.integers(classes, size=(rows, inner)),
            }
            for rows in (1, 1, 6, 6, 31)
        ],
    )
