"""Products with zeros, running sums, logsumexp: at the extremes and in float32."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Type


def test_slopes_of_products_with_zeros(gradients: Any) -> None:
    assert gradients("prod", np.array([2.0, 0.0, 5.0]))[0].tolist() == [0, 10, 0]
    assert gradients("prod", np.array([2.0, 0.0, 0.0]))[0].tolist() == [0, 0, 0]
    assert gradients("prod", np.array([[2.0, 0.0], [3.0, 4.0]]), axis=1)[0].tolist() == [[0, 2], [4, 3]]


def test_second_derivatives_of_products_with_zeros(tape: Any) -> None:
    for x, expected in (
        ([2.0, 0.0, 5.0], [[0, 5, 0], [5, 0, 2], [0, 2, 0]]),
        ([0.0, 0.0, 3.0], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]),
    ):
        found = []
        for row in np.eye(3):
            made = tape()
            leaf = made.leaf(np.array(x))
            (slope,) = made.reverse(made.prod(leaf), made.constant(1.0), [leaf])
            part = made.sum(made.mul(made.leaf(row), slope))
            (second,) = made.reverse(part, made.constant(1.0), [leaf])
            found.append(made.values[second].tolist())
        assert found == expected


def test_products_are_carried_in_float64() -> None:
    x = np.array([1e30, 1e30, 1e-30, 1e-30], "f4")
    assert OPERATIONS["prod"].forward(np, x, 0, False) == pytest.approx(1.0, rel=1e-6)


def test_running_sums_are_true_in_float32(gradients: Any) -> None:
    x = np.full(100_000, np.float32(0.1))
    found = OPERATIONS["cumsum"].forward(np, x, None)
    assert found.dtype == "float32"
    assert found[-1] == pytest.approx(100_000 * float(np.float32(0.1)), rel=1e-7)
    assert gradients("cumsum", np.zeros((2, 3)), axis=1)[0].tolist() == [[3, 2, 1], [3, 2, 1]]


def test_a_running_sum_of_several_axes_says_along_which() -> None:
    with pytest.raises(Clash, match="cumsum: x has several axes") as caught:
        OPERATIONS["cumsum"].infer((Type("real", (2, 3)),), None)
    assert caught.value.hint == "say along which one: `cumsum(x, axis = 1)`"
    with pytest.raises(Clash, match=r"cumsum: there is no axis 0; x.* is a scalar"):
        OPERATIONS["cumsum"].infer((Type("real", ()),), None)


def test_logsumexp_does_not_overflow_and_keeps_its_digits() -> None:
    rows = [[1e4, 1e4], [-1e4, -1e4 - 1], [0.0, -50.0], [700.0, 0.0], [1e308, 1e308], [-3.0, 2.0]]
    found = OPERATIONS["logsumexp"].forward(np, np.array(rows), 1, False)
    with mpmath.workdps(400):
        for row, value in zip(rows, found, strict=True):
            peak = max(row)
            true = mpmath.mpf(peak) + mpmath.log(sum(mpmath.e ** (mpmath.mpf(each) - peak) for each in row))
            assert value == pytest.approx(float(true), rel=1e-15)


def test_logsumexp_of_infinities(gradients: Any) -> None:
    inf = math.inf
    x = np.array([[-inf, -inf], [-inf, 1.0], [inf, 1.0], [inf, -inf], [math.nan, inf]])
    np.testing.assert_equal(OPERATIONS["logsumexp"].forward(np, x, 1, False), [-inf, 1, inf, inf, math.nan])
    slopes = gradients("logsumexp", x, axis=1)[0]
    np.testing.assert_equal(slopes[:4], [[0, 0], [0, 1], [1, 0], [1, 0]])


@pytest.mark.parametrize("name", ["softmax", "log-softmax"])
def test_a_softmax_along_any_axis_is_one_of_turned_rows(name: str) -> None:
    x = np.random.default_rng(2).normal(size=(2, 3, 4))
    for axis in (0, 1, -2, -3):
        turned = OPERATIONS[name].forward(np, np.ascontiguousarray(np.moveaxis(x, axis, -1)), -1)
        np.testing.assert_allclose(OPERATIONS[name].forward(np, x, axis), np.moveaxis(turned, -1, axis), rtol=1e-13)
    with pytest.raises(Clash, match=rf"{name}: there is no axis 3; x, \[2, 3\], has axes from -2 to 1"):
        OPERATIONS[name].infer((Type("real", (2, 3)),), 3)
