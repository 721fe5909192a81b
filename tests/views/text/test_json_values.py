"""JSON of values: bits come back, texts are the shortest, what is not finite has a word."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.views.text.json_text import dumps
from chainrule.views.text.json_values import array_of_json, json_value

SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, max_side=4)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_bits_come_back(precision: str) -> None:
    @given(arrays.arrays(np.dtype(precision), SHAPES, elements=arrays.from_dtype(np.dtype(precision))))
    def check(array: np.ndarray) -> None:
        read = array_of_json(json.loads(dumps(json_value(array)))).astype(precision)
        assert read.shape == array.shape
        np.testing.assert_array_equal(read, array)
        finite = np.isfinite(array)
        np.testing.assert_array_equal(np.signbit(read)[finite], np.signbit(array)[finite])

    check()


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_float32_has_its_own_shortest_text(value: float) -> None:
    number = np.float32(value)
    text = dumps(json_value(number))
    assert np.float32(text) == number
    assert len(text.lstrip("-").replace(".", "").partition("e")[0].strip("0")) <= 9


def test_words() -> None:
    assert json_value(np.array([[1, np.nan], [np.inf, -np.inf]])) == [[1.0, "nan"], ["inf", "-inf"]]
    assert json_value(np.float32(0.1)) == 0.1
    assert json_value(np.arange(3)) == [0, 1, 2]


@pytest.mark.parametrize("value", ["1", None, True, {}, [], [1, [2]], [[1, 2], [3]], [None]])
def test_what_is_no_array(value: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        array_of_json(value)
