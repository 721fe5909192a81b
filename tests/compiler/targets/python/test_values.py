"""Values as texts of Python are the values."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chainrule.compiler.shape import Linear, dimension
from chainrule.compiler.targets.python.values import WIDEST, array_lines, attribute_text, number_text

NUMBERS = st.floats(allow_nan=False)


def value(text: str) -> Any:
    return eval(text, {"np": np})  # it is what files have


@given(NUMBERS)
def test_a_number(number: float) -> None:
    found = value(number_text(number))
    assert found == number
    assert math.copysign(1, found) == math.copysign(1, number)
    assert value(f"2.0 - {number_text(number)}") == 2.0 - number


def test_what_is_no_number() -> None:
    assert math.isnan(value(number_text(math.nan)))


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        (None, "None"),
        (True, "True"),
        ((1,), "(1,)"),
        (((1, 2), (0, 0)), "((1, 2), (0, 0))"),
        ((dimension("N"), 3), "(N, 3)"),
        (Linear((("N", 2),), 1), "2*N + 1"),
        (-0.5, "(-0.5)"),
    ],
)
def test_an_attribute(attribute: object, text: str) -> None:
    assert attribute_text(attribute) == text


@given(st.lists(st.lists(NUMBERS, min_size=1, max_size=30), min_size=1, max_size=4))
@example([[1.0] * 18 + [1.25] * 3, [0.0]])  # with the comma that follows the row is wider than a line
def test_lists_of_numbers(rows: list[list[float]]) -> None:
    lines = list(array_lines(rows, "    "))
    assert value("\n".join(lines)) == rows
    assert all(len(line) <= WIDEST for line in lines)
