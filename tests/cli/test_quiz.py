"""`quiz`: a conversation."""

from pathlib import Path
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


def test_tensors(call: Any) -> None:
    Path("row.graph").write_text("input x = [1, 2]\noutput y = sum(x * x)\n", encoding="utf-8")
    answer = call("quiz", "row.graph", stdin="[1, 1]\n[1, 2, 3]\n[1, 2]\n\n")
    assert answer.code == 0
    assert answer.out.count("    right") == 2
    assert "    not quite: d y/d x along y.mul = g × x with g = d y/d y.mul ([2] ‖1.41‖) = [1, 2]" in answer.out
    questions = call("quiz", "row.graph", "--json").json["questions"]
    assert questions[-1]["answer"] == [2, 4]


def test_what_does_not_exist(call: Any, line: str) -> None:
    assert call("quiz", line, "--by", "nothing").code == 2
