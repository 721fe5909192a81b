"""Powers at 0, at negative bases and out of range."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.power import power, root

Gradients = Callable[..., list[Any]]

SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -2.0, -3.0, 0.5, -0.5, 1e300, -1e300, math.inf, -math.inf, math.nan)


@pytest.mark.parametrize(("a", "b"), list(itertools.product(SPECIAL, SPECIAL)))
def test_powers_of_floats_are_those_of_numpy(a: float, b: float) -> None:
    with np.errstate(all="ignore"):
        expected = float(np.power([a], [b])[0])  # a lone exponent of 0.5 would be a root, which is not IEEE's power
    actual = power(a, b)
    assert actual == pytest.approx(expected, nan_ok=True)
    assert math.isnan(actual) or math.copysign(1, actual) == math.copysign(1, expected)


def test_the_square_root_of_a_negative_float_is_nan() -> None:
    assert math.isnan(root(-1.0))
    assert math.copysign(1, root(-0.0)) == -1.0
    assert root(math.inf) == math.inf


@pytest.mark.parametrize(
    ("a", "b", "by_base", "by_exponent"),
    [
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 1.0, 1.0, 0.0),
        (0.0, 0.5, math.inf, 0.0),
        (0.0, 0.0, 0.0, -math.inf),
        (-2.0, 3.0, 12.0, math.nan),
        (2.0, 0.0, 0.0, math.log(2.0)),
    ],
)
def test_slopes_at_the_edges(a: float, b: float, by_base: float, by_exponent: float, gradients: Gradients) -> None:
    assert gradients("pow", a, b) == [pytest.approx(by_base), pytest.approx(by_exponent, nan_ok=True)]


@pytest.mark.parametrize("exponent", [1, 2, 3, 4])
@pytest.mark.parametrize("base", [0.0, -1.5])
def test_whole_powers_may_be_differentiated_until_nothing_is_left(exponent: int, base: float, tape: Any) -> None:
    made = tape()
    x = made.leaf(base)
    node = made.pow(x, made.constant(exponent))
    for order in range(1, exponent + 2):
        (node,) = made.reverse(node, made.constant(1.0), [x])
        left = exponent - order
        expected = math.perm(exponent, order) * base**left if left >= 0 else 0.0
        assert made.values[node] == pytest.approx(expected)
