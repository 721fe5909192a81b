"""Names at the ends of lines: all are there, in the order of the lines, apart, and like lines share one."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from chainrule.views.plots.line_ends import name_ends, together

pytest.importorskip("matplotlib")


def test_lines_with_the_same_numbers_are_one() -> None:
    zeros, ones = np.zeros(3), np.ones(3)
    lines = together([(f"s{n}", zeros) for n in range(1, 5)] + [("a", ones), ("b", ones)])
    assert [line.name for line in lines] == ["s1 … s4", "a, b"]


def test_a_gap_makes_lines_differ_but_gaps_are_alike() -> None:
    lines = together([("a", np.asarray([1, np.nan])), ("b", np.asarray([1, np.nan])), ("c", np.asarray([1.0, 2.0]))])
    assert [line.names for line in lines] == [["a", "b"], ["c"]]


def test_names_stand_apart_in_the_order_of_the_ends_and_inside_the_panel() -> None:
    from matplotlib.figure import Figure

    panel = Figure().subplots()
    lines = together([(f"l{n}", np.asarray([1.0, 10 - n * 1e-3])) for n in range(12)] + [("low", np.asarray([1, 0.0]))])
    panel.set_ylim(0, 10)
    panel.set_xlim(0, 1)
    name_ends(panel, [0, 1], lines, ["black"] * 13)
    made: list[Any] = list(panel.texts)
    at = {text.get_text(): text.xyann[1] for text in made}
    heights = [at[f"l{n}"] for n in range(12)]
    assert all(upper - lower > 0.05 for upper, lower in pairwise(heights))
    assert max(heights) <= 1
    assert abs(at["low"]) < 0.01
