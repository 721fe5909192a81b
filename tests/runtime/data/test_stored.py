"""Arrays in files give what arrays in memory give."""

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data import stored
from chainrule.runtime.data.binding import Dataset, bind_table
from chainrule.runtime.data.columns import evaluate
from chainrule.runtime.data.readers import csv_table
from chainrule.runtime.data.stored import StoredArray
from chainrule.runtime.runs.run_record import data_hash

ARRAY = np.arange(60.0).reshape(20, 3)


def test_it_is_like_the_array() -> None:
    array = StoredArray.of([ARRAY[:7], ARRAY[7:]])
    assert array.shape == (20, 3)
    assert (array.ndim, array.size, len(array), array.nbytes) == (2, 60, 20, 480)
    assert (np.asarray(array) == ARRAY).all()
    assert (array.reshaped((3, 1))[2:4] == ARRAY[2:4, :, None]).all()
    assert (np.asarray(array.mapped(lambda part: part * 2)) == ARRAY * 2).all()
    assert [len(piece) for piece in array.pieces(48)] == [2] * 10
    assert len(array[5:5]) == 0
    with pytest.raises(IndexError):
        array[::2]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 19), max_size=30), st.integers(0, 25), st.integers(0, 25))
def test_rows(rows: list[int], start: int, stop: int) -> None:
    array = StoredArray.of([ARRAY])
    wanted = np.array(rows, np.int64)
    for cost in (0, 8 << 10):  # row by row, and in one pass
        with mock.patch.object(stored, "ROW_COST", cost):
            assert (array[wanted] == ARRAY[wanted]).all()
    assert (array[start:stop] == ARRAY[start:stop]).all()
    if rows:
        assert (np.asarray(array.take(wanted)) == ARRAY[wanted]).all()


def test_rows_can_be_added_after_some_were_read() -> None:
    array = StoredArray.of([ARRAY])
    assert (array[np.array([1])] == ARRAY[1:2]).all()
    array.append(ARRAY[:2])
    assert (array[np.array([21])] == ARRAY[1:2]).all()
    assert (array[18:] == np.concatenate([ARRAY[18:], ARRAY[:2]])).all()


SPEC = """
dim N
input x: [N, 3]
input k: [N]
input t: int[N]
input c: int[N]
output y = mean(k)
data rows {
  x = csv("rows.csv", ["a", "b", "c"]) / 10 - [1, 2, 3]
  k = csv("rows.csv", "b") * 2
  t = csv("rows.csv", "class")
  c = csv("rows.csv", "a")
}
"""


def rows_file(path: Path, rows: int = 200) -> None:
    """Whole numbers, a column that turns out real late, reals, and texts, with a blank line."""
    lines = [f"{row},{row if row < 150 else row + 0.5},{row / 7},{'zyx'[row % 3]}" for row in range(rows)]
    lines.insert(0, "a,b,c,class")
    lines.insert(60, "")
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def bound(spec: Spec, folder: Path) -> Dataset:
    return bind_table(evaluate(spec.data["rows"], str(folder)), spec.full, "float32", {})[0]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def limit() -> None:
        monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "0")
        monkeypatch.setattr(csv_table, "FIELDS_AT_ONCE", 60)

    return limit


def test_a_file_that_memory_does_not_hold(
    compiled: Callable[[str], Spec], tmp_path: Path, small: Callable[[], None]
) -> None:
    rows_file(tmp_path / "rows.csv")
    spec = compiled(SPEC)
    inside = bound(spec, tmp_path)
    small()
    outside = bound(spec, tmp_path)
    assert data_hash(inside) == data_hash(outside)
    assert inside.classes == outside.classes == {"t": ("x", "y", "z")}
    assert not any(isinstance(array, StoredArray) for array in inside.inputs.values())
    assert all(isinstance(array, StoredArray) for array in outside.inputs.values())
    held = np.array([199, 0, 5])
    assert data_hash(inside.take(held)) == data_hash(outside.take(held))


@pytest.mark.parametrize(("field", "line"), [("nan", 180), ("x", 3)])
def test_a_fault_has_its_line(
    field: str, line: int, compiled: Callable[[str], Spec], tmp_path: Path, small: Callable[[], None]
) -> None:
    path = tmp_path / "rows.csv"
    rows_file(path)
    lines = path.read_text(encoding="ascii").splitlines()
    lines[line - 1] = f"{field},1,1,x"
    path.write_text("\n".join(lines), encoding="ascii")
    small()
    with pytest.raises(SpecError) as caught:
        bound(compiled(SPEC), tmp_path)
    assert caught.value.diagnostics[0].where.line == line
