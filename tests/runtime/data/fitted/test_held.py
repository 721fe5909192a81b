"""What fitted columns hold, as files have it: the same to the bit, and nothing that no rows give."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from chainrule.runtime.data.fitted.held import Fitted, held_json, held_of, same, text_of, values_text
from chainrule.runtime.fields import Fields, Unfit

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.data())
def test_what_is_held_comes_back_to_the_bit(data: st.DataObject) -> None:
    shape = data.draw(st.one_of(st.just(()), array_shapes(max_dims=3, max_side=4)))
    mean, std = (
        data.draw(arrays(np.float64, shape, elements=FINITE)),
        data.draw(arrays(np.float64, shape, elements=st.floats(0, 1e308))),
    )
    whole = data.draw(arrays(np.int64, shape))
    texts = tuple(sorted(data.draw(st.sets(st.text(), min_size=1))))
    numbers = tuple(sorted(data.draw(st.sets(st.integers(-(2**63), 2**63 - 1), min_size=1))))
    steps = (
        Fitted("standardize", {"mean": mean, "std": std}),
        Fitted("max(axis = 0)", {"value": whole}),
        Fitted("one_hot(unknown = true)", classes=texts),
        Fitted("classes", classes=numbers),
    )
    text = json.dumps({"fitted": held_json({"x": steps})})
    read = held_of(Fields(json.loads(text)), "fitted")
    assert same(read["x"], steps)
    for one, other in zip(read["x"], steps, strict=True):
        assert one.classes == other.classes
        for name, array in one.numbers.items():
            assert array.dtype == other.numbers[name].dtype
            assert array.shape == other.numbers[name].shape
            assert array.tobytes() == other.numbers[name].tobytes()


STANDARD: dict[str, Any] = {"how": "standardize", "numbers": {"mean": [1.0, 2.0], "std": [1.0, 0.0]}, "classes": None}
SCALE: dict[str, Any] = {"how": "scale(low = 0, high = 1)", "numbers": {"min": 0.0, "max": 1.0}, "classes": None}
HOT: dict[str, Any] = {"how": "one_hot(unknown = false)", "numbers": {}, "classes": ["a", "b"]}
SUM: dict[str, Any] = {"how": "sum", "numbers": {"value": 1.5}, "classes": None}


@pytest.mark.parametrize("whole", [STANDARD, SCALE, HOT, SUM])
def test_whole_records_are_read(whole: dict[str, Any]) -> None:
    assert Fitted.of(whole).as_json() == whole


@pytest.mark.parametrize(
    "forged",
    [
        None,
        [],
        {},
        {**STANDARD, "how": 3},
        {**STANDARD, "numbers": None},
        {**STANDARD, "numbers": {"mean": [1.0, 2.0]}},
        {**STANDARD, "numbers": {**STANDARD["numbers"], "more": 1.0}},
        {**STANDARD, "numbers": {"mean": [1.0, 2.0], "std": [1.0]}},
        {**STANDARD, "numbers": {"mean": [1.0, 2.0], "std": [1.0, -1.0]}},
        {**STANDARD, "numbers": {"mean": [1.0, math.nan], "std": [1.0, 1.0]}},
        {**STANDARD, "numbers": {"mean": [1.0, "2"], "std": [1.0, 1.0]}},
        {**STANDARD, "numbers": {"mean": [1.0, True], "std": [1.0, 1.0]}},
        {**STANDARD, "numbers": {"mean": [1.0, 2], "std": [1.0, 1.0]}},
        {**STANDARD, "numbers": {"mean": [1, 2], "std": [1, 1]}},
        {**STANDARD, "numbers": {"mean": [[1.0], [2.0, 3.0]], "std": [[1.0], [2.0, 3.0]]}},
        {**STANDARD, "numbers": {"mean": [[1.0], 2.0], "std": [[1.0], 2.0]}},
        {**STANDARD, "numbers": {"mean": [], "std": []}},
        {**STANDARD, "classes": ["a"]},
        {**SCALE, "numbers": {"min": 2.0, "max": 1.0}},
        {**HOT, "classes": None},
        {**HOT, "classes": []},
        {**HOT, "classes": ["b", "a"]},
        {**HOT, "classes": ["a", "a"]},
        {**HOT, "classes": ["a", 1]},
        {**HOT, "classes": [1.5, 2.5]},
        {**HOT, "classes": [False, True]},
        {**HOT, "classes": [1, 2**63]},
        {**HOT, "numbers": {"value": 1.0}},
        {**SUM, "numbers": {"value": 2**64}},
        {**SUM, "numbers": {}},
        {**SUM, "classes": [1]},
    ],
)
def test_what_no_rows_give_is_refused(forged: object) -> None:
    with pytest.raises(Unfit):
        held_of(Fields({"fitted": {"x": [forged]}}), "fitted")


def test_lists_inside_lists_have_an_end() -> None:
    deep: object = 1.0
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(Unfit):
        Fitted.of({**SUM, "numbers": {"value": deep}})


def test_it_is_said_in_a_line() -> None:
    assert values_text(Fitted.of(STANDARD)) == "mean 1, 2; std 1, 0"
    assert values_text(Fitted.of(SUM)) == "1.5"
    assert values_text(Fitted("classes", classes=tuple(range(20)))) == "0, 1, 2, 3, 4, 5, 6, 7, ... (20)"
    assert text_of([Fitted.of(SUM), Fitted.of(HOT)]) == "sum: 1.5; one_hot(unknown = false): a, b"
