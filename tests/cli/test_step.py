"""`step`: told, as data, on paper."""

from typing import Any

import pytest


def test_told(call: Any, apple: str) -> None:
    answer = call("step", apple)
    assert answer.code == 0
    assert "d total/d subtotal = 1 (arriving) × tax = 1 × 1.1 = 1.1" in answer.out


def test_as_data(call: Any, apple: str) -> None:
    document = call("step", apple, "--by", "price", "--json").json
    assert document["of"] == "total"
    last = document["steps"][-1]
    assert (last["kind"], last["node"], last["user"], last["operand"]) == ("product", "price", "subtotal", "a")
    assert last["gradient"] == pytest.approx(2.2)
    assert last["gradient"] == last["arriving"] * last["local"]
    gradients = call("grad", apple, "--json").json["gradients"]
    assert last["gradient"] == gradients["price"]


@pytest.mark.parametrize(("option", "part"), [("--latex", r"\begin{document}"), ("--markdown", "$$")])
def test_on_paper(call: Any, apple: str, line: str, option: str, part: str) -> None:
    assert part in call("step", apple, option).out
    assert part in call("step", line, option, "--json").json["text"]


def test_what_does_not_exist(call: Any, apple: str) -> None:
    assert call("step", apple, "--by", "pear").code == 2
    assert call("step", "none.graph").code == 1
