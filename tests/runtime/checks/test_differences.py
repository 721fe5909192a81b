"""Slopes by differences against those that mathematics gives."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.runtime.checks.differences import Line, Sample

FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "exp": (math.exp, math.exp),
    "sin": (math.sin, math.cos),
    "cube": (lambda x: x**3, lambda x: 3 * x * x),
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
}


def line(function: Callable[[float], float], x: float, sides: Callable[[float], bool] | None = None) -> Line:
    def at(by: float) -> Sample:
        place = x + by
        marks = () if sides is None else (np.asarray(sides(place)),)
        try:
            return Sample(place, np.asarray(function(place)), marks)
        except ValueError:  # outside the domain
            return Sample(place, np.asarray(math.nan), marks)

    return Line(at, at(0.0), None)


@given(st.sampled_from(sorted(FUNCTIONS)), st.floats(-20, 20), st.sampled_from([1e-2, 1e-4, 1e-6]))
def test_the_error_is_no_smaller_than_it_says(name: str, x: float, step: float) -> None:
    function, slope = FUNCTIONS[name]
    found = line(function, x).refined(step)
    assert found is not None
    assert abs(found.value - slope(x)) <= found.error


@pytest.mark.parametrize("step", [1e-3, 1e-5])
def test_to_one_side(step: float) -> None:
    found = line(lambda x: math.sqrt(x) ** 5 + 2 * x, 0.0).refined(step)
    assert found is not None
    assert found.value == pytest.approx(2, abs=step)
    found = line(lambda x: math.sqrt(1 - x) ** 5 + 2 * x, 1.0).refined(step)
    assert found is not None
    assert found.value == pytest.approx(2, abs=step)


def test_a_kink_between() -> None:
    kinked = line(abs, 1e-5, lambda x: x > 0)
    assert kinked.slope(1e-4) is None
    assert kinked.refined(1e-4) is None
    found = kinked.refined(1e-6)
    assert found is not None
    assert found.value == pytest.approx(1)


def test_where_differences_say_nothing() -> None:
    alone = line(lambda x: 0.0 if x == 0 else math.nan, 0.0).slope(1e-4)
    assert alone is not None
    assert math.isinf(alone.error)
    too_short = line(lambda x: x, 1e20).slope(1e-4)
    assert too_short is not None
    assert math.isinf(too_short.doubt)


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-8, 0.5, 3.0, -7e9])
def test_steps_are_of_the_size_of_the_number(x: float) -> None:
    steps = list(line(abs, x).steps())
    assert steps[0] == 1e-4 * max(1, abs(x))
    assert all(x + step != x for step in steps)
    assert min(steps) <= max(1e-6 * abs(x), 1e-9) or abs(x) > 0.1
