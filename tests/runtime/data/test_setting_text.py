"""Settings from scripts, as the language writes them."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.runtime.data.setting_text import setting_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("he()", "he()"),
        (True, "true"),
        (64, "64"),
        (0.1, "0.1"),
        (2**70, "1.1805916207174113e+21"),
        (np.float64(1e-300), "1e-300"),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (np.array([True, False]), "[1, 0]"),
        (("a", "b"), '["a", "b"]'),
        (["a", 2], '["a", 2]'),
        (Path("rows.csv"), "rows.csv"),
    ],
)
def test_what_can_be_written(value: object, text: str) -> None:
    assert setting_text("k", value) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "G505"),
        ({1, 2}, "G505"),
        ([[1], [2, 3]], "G505"),
        (np.ma.masked_array([1, 2], mask=[True, False]), "G506"),
        ([1, np.nan], "G445"),
        (-np.inf, "G445"),
    ],
)
def test_what_cannot_is_named(value: object, code: str) -> None:
    with pytest.raises(chainrule.SpecError) as caught:
        chainrule.compile("const k = 2\ninput x = 1\ny = k * x\n", set={"k": value})
    (found,) = caught.value.diagnostics
    assert (found.code, "`k`" in found.message) == (code, True)


def test_arrays_replace_inputs_and_parameters() -> None:
    text = "input x = [1, 2]\nparam w = [1, 1]\noutput y = x * w\n"
    assert chainrule.compile(text, set={"x": np.array([3.0, 4.0]), "w": (2, 5)}).run()["y"].tolist() == [6, 20]
