"""Questions and how answers are marked."""

from typing import Any

import numpy as np
import pytest

from chainrule.program.program import Program
from chainrule.views.walk.quiz import answer_of, questions, right
from chainrule.views.walk.walk import Walk

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
        wrong = np.where(np.isfinite(question.answer), question.answer + np.abs(question.answer) + 1, 0.0)
        assert not right(question, wrong)
        assert " = " in question.explanation[0]


def test_tensors_are_asked_for(walked: Any) -> None:
    _, taken = walked("input X = [[1, 2], [3, 4]]\ninput b = [5, 6]\noutput L = sum((X + b) * X)")
    asked = {each.text: each for each in questions(taken)}
    total = asked["d L/d X, [2, 2] = ?"]
    np.testing.assert_array_equal(total.answer, [[7, 10], [11, 14]])
    assert right(total, np.array([[7, 10], [11, 14.01]]))
    assert not right(total, np.array([7, 10, 11, 14.0]))
    assert total.explanation[1:] == ("        = [[ 7, 10],", "           [11, 14]]")


def test_of_a_large_tensor_the_shape_is_asked_for(walked: Any) -> None:
    _, taken = walked("param W: [4, 5] = ones()\noutput L = sum(W * W)")
    question = next(each for each in questions(taken) if each.text.startswith("the shape"))
    assert question.text == "the shape of d L/d L.mul = ?"
    found = answer_of("[4, 5]")
    assert found is not None
    assert right(question, found)
    assert question.explanation[0].endswith(", of shape [4, 5]")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2.2", 2.2), ("1/4", 0.25), ("-0.5 * 1.1", -0.55), ("nan", np.nan), ("inf", np.inf),
        ("[1, 1/2]", [1, 0.5]), ("[[1], [-2]]", [[1], [-2]]), ("x", None), ("", None), ("[1, [2]]", None),
        ('"a"', None),
    ],
)  # fmt: skip
def test_answers(text: str, answer: object) -> None:
    found = answer_of(text)
    assert (found is None) == (answer is None)
    if found is not None:
        np.testing.assert_array_equal(found, np.asarray(answer))
