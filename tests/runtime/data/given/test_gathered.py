"""Rows that come one by one: each that is not like those before is named."""

from typing import Any

import numpy as np
import pytest

import chainrule

NET = """
dim N
input x: [N, 2]
input t: int[N]
param W: [2, 3] = zeros()
loss = softmax-loss(x @ W, t)
train { minimize = loss; optimizer = sgd(lr = 1); epochs = 1 }
"""

GOOD = [{"x": [1, 2], "t": "a"}] * 1500

WRONG: dict[str, tuple[list[Any], str]] = {
    "none": ([], "row 1 of what is given one by one: there is none"),
    "another shape, soon": ([GOOD[0], {"x": [1], "t": "a"}], "row 2 .*: `x` has rows of the shape [1], and [2] before"),
    "another shape, late": (
        [*GOOD, {"x": [1], "t": "a"}],
        "row 1501 .*: `x` has rows of the shape [1], and [2] before",
    ),
    "numbers among texts": (
        [*GOOD, {"x": [1, 2], "t": 1}],
        "row 1501 .*: `t` has texts in some rows and numbers in others",
    ),
    "a text": ([{"x": [1, 2], "t": 1}, {"x": [1, "b"], "t": 1}], "row 2 .*: `x` is no number and no array of numbers"),
    "a fraction": ([{"x": [1, 2], "t": 1}, {"x": [1, 2], "t": 0.5}], "row 2 .*: .*0.5"),
    "other names": ([*GOOD, {"x": [1, 2]}], "row 1501 .*: its names are x, and the rows before have x, t"),
    "no mapping": ([GOOD[0], 3], "row 2 .*: it is an int, and no mapping"),
    "uneven parts": ([{"x": np.ones((3, 2)), "t": [1, 2]}], "row 1 .*: its parts differ in rows: x 3, t 2"),
    "another part": (
        [{"x": np.ones((3, 2)), "t": [0, 1, 2]}, {"x": np.ones((2, 3)), "t": [0, 1]}],
        "row 4 .*: `x` has rows of the shape [3], and [2] before",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_row_that_is_wrong_is_named(case: str) -> None:
    rows, said = WRONG[case]
    with pytest.raises(chainrule.SpecError) as caught:
        chainrule.compile(NET).train(data=iter(rows))
    head, _, tail = said.partition(".*")
    message = caught.value.diagnostics[0].message
    assert message.startswith(head)
    assert message.count("one by one") == 1
    assert tail.removeprefix(": ").removeprefix(".*") in message


def test_rows_and_parts_may_alternate() -> None:
    mixed, whole = chainrule.compile(NET), chainrule.compile(NET)
    x, t = np.arange(12.0).reshape(6, 2) / 10, np.array([0, 1, 2, 0, 1, 2])
    rows = [{"x": x[0], "t": 0}, {"x": x[1:4], "t": t[1:4]}, {"x": x[4], "t": 1}, {"x": x[5], "t": 2}]
    mixed.train(data=rows)
    whole.train(x=x, t=t)
    assert mixed.params["W"].tobytes() == whole.params["W"].tobytes()
