"""`fmt`: rewrites, checks, compares, filters."""

from pathlib import Path
from typing import Any

UGLY = "input   x=1 # a comment\noutput y=2*x\n"
NEAT = "input x = 1 # a comment\noutput y = 2 * x\n"


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_rewrites_the_file(call: Any) -> None:
    file = Path("a.graph")
    file.write_text(UGLY, encoding="utf-8")
    file.chmod(0o640)
    assert call("fmt", "a.graph").code == 0
    assert squeezed(file.read_text(encoding="utf-8")) == squeezed(NEAT)
    assert file.stat().st_mode & 0o777 == 0o640
    assert call("fmt", "--check", "a.graph") == (0, "", "")
    assert [path.name for path in Path().iterdir()] == ["a.graph"]


def test_check_and_diff_change_nothing(call: Any) -> None:
    Path("a.graph").write_text(UGLY, encoding="utf-8")
    answer = call("fmt", "--check", "a.graph")
    assert answer.code == 1
    assert "a.graph:1:1: error G711" in answer.errors
    assert call("fmt", "--check", "a.graph", "--json").json["changed"] == ["a.graph"]
    answer = call("fmt", "--diff", "a.graph")
    assert answer.code == 0
    assert "-output y=2*x" in answer.out
    assert "+output y = 2 * x" in answer.out
    assert Path("a.graph").read_text(encoding="utf-8") == UGLY


def test_standard_input(call: Any) -> None:
    answer = call("fmt", "-", stdin=UGLY)
    assert answer.code == 0
    assert squeezed(answer.out) == squeezed(NEAT)


def test_a_file_with_a_fault_stays_as_it_is(call: Any) -> None:
    Path("a.graph").write_text("output y = (\n", encoding="utf-8")
    Path("b.graph").write_text(UGLY, encoding="utf-8")
    answer = call("fmt", "a.graph", "b.graph")
    assert answer.code == 1
    assert "a.graph:1:" in answer.errors
    assert Path("a.graph").read_text(encoding="utf-8") == "output y = (\n"
    assert squeezed(Path("b.graph").read_text(encoding="utf-8")) == squeezed(NEAT)
