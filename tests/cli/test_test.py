"""`test`: a line a claim; one that fails is an error at its line."""

from pathlib import Path
from typing import Any


def test_claims_that_hold(call: Any, apple: str) -> None:
    answer = call("test", apple)
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "holds  apple.graph:7: expect total == 220",
        "holds  apple.graph:8: expect d(total)/d(price) == 2.2",
        "2 of 2 claims hold",
    ]


def test_a_claim_that_fails(call: Any, apple: str) -> None:
    Path("wrong.graph").write_text("output y = 2\nexpect y == 3\nexpect y < 3\n", encoding="utf-8")
    answer = call("test", apple, "wrong.graph")
    assert answer.code == 1
    assert "wrong.graph:2:1: error G320" in answer.errors
    assert "3 of 4 claims hold" in answer.out
    document = call("test", apple, "wrong.graph", "--json").json
    assert [expect["holds"] for expect in document["expects"]] == [True, True, False, True]
    assert document["expects"][2] == {
        "file": "wrong.graph",
        "line": 2,
        "text": "expect y == 3",
        "holds": False,
        "left": 2.0,
        "right": 3.0,
    }
    (failed,) = document["diagnostics"]
    assert (failed["file"], failed["line"], failed["severity"]) == ("wrong.graph", 2, "error")


def test_the_other_files_are_tested_beside_a_wrong_one(call: Any, apple: str) -> None:
    Path("wrong.graph").write_text("output y = q\n", encoding="utf-8")
    answer = call("test", "wrong.graph", apple)
    assert answer.code == 1
    assert "2 of 2 claims hold" in answer.out
