"""Arrays of others as numpy's own."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.foreign import described, plain


def said(value: object) -> str:
    with pytest.raises(SpecError) as caught:
        plain("x", value)
    (diagnostic,) = caught.value.diagnostics
    assert "`x`" in diagnostic.message
    return diagnostic.message


def test_numbers_stay_as_wide_as_they_are() -> None:
    for kind in ("b", "i1", "u8", "f2", "f4", "f8", "g"):
        array = np.array([0, 1]).astype(kind)
        assert plain("x", array) is array
        assert plain("x", array.tolist()).tolist() == [0, 1]
    assert type(plain("x", np.array([[1]]).view(np.matrix))) is np.ndarray


def test_python_numbers_of_any_size() -> None:
    assert plain("x", [2**70, 1]).tolist() == [2.0**70, 1.0]
    assert plain("x", np.array([Fraction(1, 4), 2], object)).tolist() == [0.25, 2.0]
    assert plain("x", np.array([[1, 2]], object)).dtype == np.int64
    assert plain("x", np.array([], object)).shape == (0,)
    assert said([[1, 2], [3, 10**400]]).startswith("row 2 of `x` has the value 1000")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "it is None"),
        ({1, 2}, "it is a set"),
        (np.array([[1, None]], object), "its element [0, 1] is None"),
        (["a", 1], "it holds texts"),
        ("dear", "it is the text 'dear'"),
        (1j, "it is a complex"),
        (np.array(["a", 1], object), "its element [0] is the text 'a'"),
        ([[1, 2], [3]], "its rows differ in length"),
        ([1 + 2j], "it holds complex numbers"),
        (np.array(["2020-01-01"], "M8[D]"), "it holds dates"),
        (np.zeros(2, [("a", "f8")]), "it holds records"),
    ],
)
def test_what_is_no_number_is_told(value: object, reason: str) -> None:
    assert said(value) == f"`x` is no number and no array of numbers: {reason}"


def test_what_another_library_says_is_passed_on() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise RuntimeError("use tensor.detach()\nand more")

    class Silent:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise NotImplementedError

    assert said(Tensor()).endswith("a Tensor cannot be read as an array: use tensor.detach()")
    assert said(Silent()).endswith("a Silent cannot be read as an array: NotImplementedError")


def test_no_memory_is_no_fault_of_the_value() -> None:
    class Large:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise MemoryError

    with pytest.raises(MemoryError):
        plain("x", Large())


def test_masked_elements_are_counted() -> None:
    masked = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[True, False], [True, False]])
    values: list[object] = [masked, [masked[0], masked[1]], [[1.0, np.ma.masked], [np.ma.masked, 2.0]]]
    for value in values:
        assert said(value) == "`x` has masked elements: 2"
    assert plain("x", np.ma.masked_array([1.0], mask=[False])).tolist() == [1.0]


def test_values_are_named_with_their_article() -> None:
    values: list[object] = [None, "abc", [], 1, np.ones(1)]
    assert [described(value) for value in values] == [
        "None",
        "the text 'abc'",
        "a list",
        "an int",
        "an array",
    ]
