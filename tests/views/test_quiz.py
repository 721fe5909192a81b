"""Questions and how answers are marked."""

from typing import Any

import pytest

from chainrule.program import Program
from chainrule.views.quiz import number_of, questions, right
from chainrule.views.walk import Walk

APPLE = "input price = 100\ninput count = 2\ninput tax = 1.1\nsubtotal = price * count\noutput total = subtotal * tax"


def test_the_apples(walked: Any) -> None:
    program, taken = walked(APPLE)
    asked = {each.text: each.answer for each in questions(taken)}
    gradients = program.grad()
    for path in ("subtotal", "tax", "price", "count"):
        assert asked[f"d total/d {path} = ?"] == gradients[path]
    assert [each.text for each in questions(taken, values=True)] == ["subtotal = ?", "total = ?"]


def test_every_right_answer_is_right(spec_walk: tuple[Program, Walk]) -> None:
    _, taken = spec_walk
    for question in [*questions(taken), *questions(taken, values=True)]:
        assert right(question, question.answer)
        assert not right(question, question.answer * 1.5 + 1)
        assert " = " in question.explanation


@pytest.mark.parametrize(
    ("text", "number"),
    [("2.2", 2.2), ("1/4", 0.25), ("-0.5 * 1.1", -0.55), ("nan", None), ("inf", float("inf")), ("x", None), ("", None)],
)
def test_answers(text: str, number: float | None) -> None:
    found = number_of(text)
    if text == "nan":
        assert found != found
    else:
        assert found == number
