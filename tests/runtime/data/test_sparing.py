"""Rows to predict on: a blank column is left out where an output does without it, and an error where none does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Place
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.columns import Table
from chainrule.runtime.data.sparing import evaluate_sparing

SPEC = """dim N
input x: [N]
input t: [N]
output y = 2 * x
output loss = mse(y, t)
data d { x = csv("a.csv", "x"); t = csv("a.csv", "t") / 2 }
"""


@pytest.fixture
def table(compiled: Callable[[str], Spec], tmp_path: Path) -> Callable[[str], Table]:
    """The function from rows, below a header x,t, to their table."""
    spec = compiled(SPEC)

    def read(rows: str) -> Table:
        (tmp_path / "a.csv").write_text(f"x,t\n{rows}", encoding="utf-8")
        return evaluate_sparing(spec.data["d"], str(tmp_path), None, spec.graph)

    return read


def test_whole_columns_are_all_there(table: Callable[[str], Table]) -> None:
    found = table("1,2\n3,4\n")
    assert set(found.columns) == {"x", "t"}
    assert not found.warnings


@pytest.mark.parametrize(("rows", "line"), [("1,\n3,\n", 2), ("1,2\n3,\n", 3), ('1," "\n3,4\n', 2)])
def test_a_blank_target_is_left_out(table: Callable[[str], Table], tmp_path: Path, rows: str, line: int) -> None:
    found = table(rows)
    assert found.columns["x"].tolist() == [1, 3]
    assert set(found.columns) == {"x"}
    (warning,) = found.warnings
    assert (warning.code, warning.where) == ("G465", Place(str(tmp_path / "a.csv"), line, 2))
    assert warning.message == "`t` has no value here, and what needs it is left out: loss"


@pytest.mark.parametrize(
    ("rows", "code"), [(",2\n3,4\n", "G406"), (",\n", "G406"), ("1,a\n", "G433"), ("1,NaN\n", "G407")]
)
def test_anything_else_is_an_error(table: Callable[[str], Table], rows: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        table(rows)
    assert [each.code for each in caught.value.diagnostics] == [code]
