"""Powers at 0, at negative bases and out of range."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import chainrule
from chainrule.compiler.ops.power import POW, POW_SLOPE, _slope_scalar, power, root

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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("b", SPECIAL[2:])
def test_a_lone_exponent_gives_the_power_that_floats_have(dtype: str, b: float) -> None:
    bases = np.array([a for a in SPECIAL if abs(a) != 1e300], dtype)
    expected = [np.float64(power(float(a), b)) for a in bases]
    with np.errstate(all="ignore"):
        for exponent in (np.asarray(b, dtype), np.full((1, 1), b, dtype), np.full(bases.shape, b, dtype)):
            actual = np.ravel(POW.forward(np, bases, exponent))
            assert actual == pytest.approx(np.array(expected).astype(dtype), rel=1e-6, nan_ok=True)
            assert [math.copysign(1, each) for each in actual[bases == 0]] == [
                math.copysign(1, each) for each, a in zip(expected, bases, strict=True) if a == 0
            ]


@pytest.mark.parametrize("exponent", ["0.5", "k", "2", "-1.5"])
def test_compiled_steps_take_the_same_powers(exponent: str) -> None:
    program = chainrule.compile(
        f"""input k: [1] = [0.5]
        input x: [3]
        param w = [1, 1, 1]
        loss = sum((x * w) ** {exponent})
        train {{ minimize = loss; optimizer = sgd(lr = 0.001); steps = 1; precision = float64 }}"""
    )
    losses = [program.trainer(optimise=optimise).step(x=[0.25, 4, 9]) for optimise in (True, False)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("b", [-0.5, -1.5, -3.0, 3.0, 0.25])
def test_slopes_are_finite_wherever_their_value_is(dtype: str, order: int, b: float) -> None:
    small = np.finfo(dtype)
    for exponent in np.linspace(math.log2(small.tiny), math.log2(small.max) - 0.01, 301):
        a = np.exp2(exponent).astype(dtype)
        factor = math.prod(b - less for less in range(order))
        expected = float(factor * mpmath.power(mpmath.mpf(float(a)), b - order))
        if not float(small.tiny) < abs(expected) < float(small.max):
            continue
        with np.errstate(all="ignore"):
            actual = POW_SLOPE.forward(np, a, np.asarray(b, dtype), order)
        assert actual == pytest.approx(expected, rel=64 * float(small.eps))
        assert dtype == "float32" or _slope_scalar(float(a), b, order) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_slope_of_a_square_is_twice_the_number(precision: Any) -> None:
    """To the bit, by the plain executor and by compiled steps, in every version of numpy."""
    draw = np.random.default_rng(7)
    x = (draw.standard_normal(999) * 10.0 ** draw.integers(-30, 15, 999)).astype(precision)
    x[:2] = 0.0, -0.0
    with np.errstate(all="ignore"):
        for values in (x, np.array(SPECIAL, precision)):
            np.testing.assert_array_equal(POW_SLOPE.forward(np, values, np.asarray(2.0, precision), 1), values * 2)
    program = chainrule.compile(
        "param w: [999] = zeros()\ninput x: [999]\nloss = sum((w + x) ** 2)\n"
        f"train {{ minimize = loss ; optimizer = sgd(lr = 0.5) ; steps = 1 ; precision = {precision} }}\n"
    )
    for optimise in (True, False):
        trainer = program.trainer(optimise=optimise)
        trainer.step(x=x)
        np.testing.assert_array_equal(trainer.params["w"], -x)
