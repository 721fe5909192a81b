"""`step`: told, as data, on paper."""

from pathlib import Path
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


def test_in_full(call: Any) -> None:
    Path("rows.graph").write_text("input X = [[1, -20], [3, 4]]\ninput b = [5, 6]\noutput L = sum((X + b) * X)\n")
    assert "d L/d X along L.add = g with g = d L/d L.add" in call("step", "rows.graph").out
    told = call("step", "rows.graph", "--full").out
    assert "\n   1  X    # line 1\n        = [[  1, -20],\n           [  3,   4]]\n" in told
    assert (
        r"X &= \begin{bmatrix} 1 & -20 \\ 3 & 4 \end{bmatrix}" in call("step", "rows.graph", "--full", "--markdown").out
    )
    assert r"\setcounter{MaxMatrixCols}{2}" in call("step", "rows.graph", "--full", "--latex").out


def test_copies_of_a_repeat(call: Any) -> None:
    chain = "output y = x -> repeat 3 { dense(2) -> relu } as tail -> sum"
    text = f"use chainrule.layers\ninput x: [1, 2] = [[1, 2]]\n{chain}\n"
    Path("deep.graph").write_text(text, encoding="utf-8")
    told = call("step", "deep.graph", "--by", "tail[2].dense.W").out
    assert "d y/d tail[2].dense.W = transpose(tail[1]) @ g with g = d y/d tail[2].dense" in told


def test_what_does_not_exist(call: Any, apple: str) -> None:
    assert call("step", apple, "--by", "pear").code == 2
    assert call("step", "none.graph").code == 1
