"""Arithmetic at the extremes, judged by 50-digit arithmetic."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from chainrule.compiler.ops.arithmetic import DIV, EXP, LOG, RATIO, exponential, logarithm, quotient
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Type, dimension

Gradients = Callable[..., list[Any]]

mp.dps = 50
INF = math.inf


@pytest.mark.parametrize(("a", "b"), [(1.0, 1e-200), (1e-200, 1e-200), (3.0, -7e-160), (1e200, 1e-100), (1e-300, 1e5)])
def test_slopes_of_a_quotient_keep_small_and_large_divisors(a: float, b: float, gradients: Gradients) -> None:
    da, db = gradients("div", a, b)
    assert da == pytest.approx(float(1 / mpf(b)), rel=1e-15)
    assert db == pytest.approx(float(-mpf(a) / mpf(b) ** 2), rel=1e-15)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(1.0, 0.0, INF), (-1.0, 0.0, -INF), (1.0, -0.0, -INF), (0.0, 0.0, math.nan), (math.nan, 0.0, math.nan)],
)
def test_division_by_zero_is_a_value(a: float, b: float, expected: float) -> None:
    with np.errstate(all="ignore"):
        assert DIV.forward(np, np.asarray(a), np.asarray(b)) == pytest.approx(expected, nan_ok=True)
    assert quotient(a, b) == pytest.approx(expected, nan_ok=True)


def test_a_weight_of_zero_counts_as_nothing(gradients: Gradients) -> None:
    with np.errstate(all="ignore"):
        assert RATIO.forward(np, np.zeros(2), np.asarray([0.0, 2.0])).tolist() == [0.0, 0.0]
    da, db = gradients("ratio", np.zeros(2), np.asarray([0.0, 2.0]))
    assert da.tolist() == [INF, 0.5]
    assert db.tolist() == [0.0, 0.0]


def test_floats_give_infinities_and_nan_instead_of_exceptions() -> None:
    assert exponential(1000.0) == INF
    assert exponential(-INF) == 0.0
    assert logarithm(0.0) == -INF
    assert logarithm(-0.0) == -INF
    assert math.isnan(logarithm(-1.0))
    assert math.isnan(logarithm(math.nan))
    assert logarithm(INF) == INF


def test_exp_and_log_under_numpy_give_the_same_values() -> None:
    with np.errstate(all="ignore"):
        assert EXP.forward(np, np.asarray([1000.0, -1000.0])).tolist() == [INF, 0.0]
        assert LOG.forward(np, np.asarray([0.0, INF])).tolist() == [-INF, INF]


def test_gradients_of_broadcast_operands_are_summed_back(gradients: Gradients) -> None:
    g = np.arange(12.0).reshape(4, 3)
    row, column = gradients("add", np.zeros(3), np.zeros((4, 1)), upstream=g)
    assert row.tolist() == g.sum(axis=0).tolist()
    assert column.tolist() == g.sum(axis=1, keepdims=True).tolist()
    scalar, _ = gradients("sub", 1.0, np.zeros((4, 3)), upstream=g)
    assert scalar == g.sum()


def test_shapes_that_do_not_broadcast_are_named() -> None:
    with pytest.raises(Clash, match=r"add: shapes \[N, 3\] and \[4\] do not broadcast.* 3 against 4") as caught:
        OPERATIONS["add"].infer((Type("real", (dimension("N"), 3)), Type("real", (4,))))
    assert caught.value.operands == (0, 1)
