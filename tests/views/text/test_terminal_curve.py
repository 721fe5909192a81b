"""Curves of characters."""

import math

from hypothesis import given
from hypothesis import strategies as st

from chainrule.views.text.terminal_curve import BARS, plot, sparkline

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200)


@given(NUMBERS, st.integers(1, 80))
def test_a_sparkline_fits(values: list[float], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == min(len(values), width)
    assert set(line) <= set(BARS)
    if len(values) <= width and min(values) < max(values):
        assert line[values.index(min(values))] == BARS[0]
        assert line[values.index(max(values))] == BARS[-1]


def test_gaps() -> None:
    assert sparkline([1, math.nan, 2]) == f"{BARS[0]} {BARS[-1]}"
    assert sparkline([math.inf]) == " "
    assert sparkline([]) == ""


@given(NUMBERS)
def test_a_plot_has_a_dot_for_each_value(values: list[float]) -> None:
    text = plot(values, left="1", right="2", width=300, mark=len(values) - 1)
    assert text.count("•") == len(values)
    assert len({line.index(sign) for line in text.splitlines() for sign in "┤└" if sign in line}) == 1
