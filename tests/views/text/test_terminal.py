"""Text of values: aligned, the shortest that reads back, arrays readable."""

import numpy as np
import pytest

from chainrule.views.text.terminal import count_text, number_text, table, value_lines

SCALARS = [(0.1, "0.1"), (np.float32(0.1), "0.1"), (np.int64(3), "3"), (np.nan, "nan")]


@pytest.mark.parametrize(("value", "text"), SCALARS)
def test_scalars(value: float, text: str) -> None:
    assert number_text(value) == text


def test_equal_signs_stand_under_each_other() -> None:
    lines = value_lines({"a": np.array(1.0), "long": np.array([[1.0, 2.0], [3.0, 4.0]]), "사과": np.array(2.0)})
    assert lines.splitlines() == ["a    = 1.0", "long = [[1., 2.],", "        [3., 4.]]", "사과 = 2.0"]


def test_large_arrays_are_shortened() -> None:
    assert "of shape [100, 100]" in value_lines({"w": np.zeros((100, 100))})


def test_names_can_not_drive_the_terminal() -> None:
    assert "\033" not in value_lines({"\033[2J": np.array(1.0)})


def test_table() -> None:
    assert table(("name", "n"), [("a", "1"), ("longer", "22")]) == "name     n\na        1\nlonger  22"


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (89610, "89,610"), (12_345_678, "12.3 M"), (4.56e9, "4.56 G")])
def test_counts(count: float, text: str) -> None:
    assert count_text(count) == text
