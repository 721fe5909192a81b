"""`quiz`: a conversation."""

from typing import Any


def test_right_and_wrong(call: Any, apple: str) -> None:
    answer = call("quiz", apple, stdin="1.1\n7\n\n55 * 2\n")
    assert answer.code == 0
    assert answer.out.count("    right") == 2
    assert "not quite: d total/d tax = 1 (arriving) × subtotal = 1 × 200 = 200" in answer.out
    assert "2 of 4 right" in answer.out


def test_enough(call: Any, apple: str) -> None:
    assert "1 of 1 right" in call("quiz", apple, "--values", stdin="200\nq\n").out
    assert "0 of 0 right" in call("quiz", apple, stdin="").out


def test_as_data_nothing_is_asked(call: Any, apple: str) -> None:
    document = call("quiz", apple, "--by", "price", "--json").json
    assert [each["question"] for each in document["questions"]] == ["d total/d subtotal = ?", "d total/d price = ?"]


def test_tensors_are_not_asked_for(call: Any, line: str) -> None:
    assert "no scalar" in call("quiz", line, "--by", "W").out or call("quiz", line).code == 0
    assert call("quiz", line, "--by", "nothing").code == 2
