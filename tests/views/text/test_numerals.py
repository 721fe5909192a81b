"""Short numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.views.text.numerals import gradient_label, norm, short, value_label


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (220.00000000000003, "220"), (0.1 + 0.2, "0.3"), (2, "2"), (1.1, "1.1"), (1234567.5, "1.23457e6"),
        (1000000.0, "1000000"), (1.5e-7, "1.5e-7"), (float("nan"), "nan"), (float("-inf"), "-inf"), (1e300, "1e300"),
        (0.0, "0"), (-0.53444664, "-0.534447"),
    ],
)  # fmt: skip
def test_numbers(number: float, text: str) -> None:
    assert short(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_short_number_is_near(number: float) -> None:
    assert float(short(number)) == pytest.approx(number, rel=1e-5)


def test_labels() -> None:
    assert value_label(np.asarray(3.5)) == ("3.5",)
    assert value_label(np.arange(6).reshape(2, 3)) == ("[2, 3]", "0 .. 5")
    assert value_label(np.asarray([1.0, 3.0])) == ("[2]", "2 ± 1")
    assert value_label(np.ones((2, 3))) == ("[2, 3]", "all 1")
    assert value_label(np.asarray([[7]])) == ("[1, 1]", "7")
    assert value_label(np.zeros(4, int)) == ("[4]", "all 0")
    assert value_label(np.full(2, np.nan)) == ("[2]", "nan ± nan")
    assert value_label(np.ones((2, 2)), full=True) == ("[[1, 1]", " [1, 1]]")
    assert gradient_label(np.asarray([3.0, 4.0])) == ("‖5‖",)


def test_rows_that_are_written_out_stand_under_each_other() -> None:
    assert value_label(np.asarray([[0.3, -12, 2], [40, 5, 6]]), full=True) == ("[[0.3, -12, 2]", " [ 40,   5, 6]]")
    cube = value_label(np.arange(8).reshape(2, 2, 2), full=True)
    assert cube == ("[[[0, 1]", "  [2, 3]]", " [[4, 5]", "  [6, 7]]]")
    assert value_label(np.asarray([1.5, 2]), full=True) == ("[1.5, 2]",)


def test_a_norm_at_the_extremes() -> None:
    assert norm(np.asarray([3e200, 4e200])) == pytest.approx(5e200)
    assert norm(np.asarray([3e-200, 4e-200])) == pytest.approx(5e-200)
    assert np.isnan(norm(np.asarray([1.0, np.nan])))
    assert norm(np.asarray([0.0])) == 0
