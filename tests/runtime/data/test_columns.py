"""Columns: readers carried out once, arithmetic in float64, classes kept and reused."""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.graph.signatures import READERS as SIGNATURES
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic, Place
from chainrule.grammar.source import Span
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import Request
from chainrule.runtime.data.columns import Table, evaluate
from chainrule.runtime.data.new_rows import NewFile
from chainrule.runtime.data.readers.csv_reader import CsvFile, read_csv
from chainrule.runtime.data.readers.csv_settings import CsvSettings
from chainrule.runtime.data.readers.data_file import DataFile
from chainrule.runtime.data.readers.open_source import READERS

Compiled = Callable[[str], Spec]
HEAD = "dim N\ninput x: [N]\ny = 2 * x\n"


@pytest.fixture
def table(compiled: Compiled, tmp_path: Path) -> Callable[[str], Table]:
    """The function from the columns of a section to its table; files are looked for in the test's own folder."""
    return lambda columns: evaluate(compiled(f"{HEAD}data points {{ {columns} }}").data["points"], str(tmp_path))


def faults(table: Callable[[str], Table], columns: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        table(columns)
    return caught.value.diagnostics


def test_every_reader_is_carried_out() -> None:
    assert set(READERS) == set(SIGNATURES)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=20), st.floats(0.5, 300))
def test_arithmetic_on_bytes_is_that_of_float64(
    compiled: Compiled, tmp_path_factory: pytest.TempPathFactory, values: list[int], number: float
) -> None:
    folder = tmp_path_factory.mktemp("columns")
    (folder / "x.idx").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", len(values)) + bytes(values))
    read, exact = 'idx("x.idx")', np.array(values, np.float64)
    section = compiled(
        f"{HEAD}data points {{ a = {read} / {number}; b = {number} * {read}; c = {read} + {read}; d = -{read}\n"
        f"e = {read} * 300; f = exp({read} / 1000); g = {number} - {read} / 255; h = {read} }}"
    ).data["points"]
    columns = evaluate(section, str(folder)).columns
    expected = {
        "a": exact / number,
        "b": number * exact,
        "c": exact + exact,
        "d": -exact,
        "e": exact * 300,
        "f": np.exp(exact / 1000),
        "g": number - exact / 255,
    }
    for name, result in expected.items():
        assert columns[name].dtype == np.float64
        assert columns[name].tobytes() == result.tobytes()
    assert columns["h"].dtype.kind == "u"
    assert columns["h"].tolist() == values


def test_shaping_keeps_integers(table: Callable[[str], Table], tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    found = table('x = flatten(npy("x.npy")); y = transpose([[1, 2], [3, 4]]); z = [1.0, 2]')
    assert found.columns["x"].shape == (2, 6)
    assert found.columns["x"].dtype == np.uint8
    assert found.columns["y"].tolist() == [[1, 3], [2, 4]]
    assert found.columns["y"].dtype == np.int64
    assert found.columns["z"].dtype == np.float64
    assert found.rows == 2


def test_a_file_is_read_once(table: Callable[[str], Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("x,y,z\n1,2,3\n4,5,6\n")
    passes: list[str] = []

    def counted(file: DataFile, requests: Mapping[Request, Span | None], settings: CsvSettings) -> CsvFile:
        passes.append(file.path)
        return read_csv(file, requests, settings)

    monkeypatch.setattr("chainrule.runtime.data.readers.csv_reader.read_csv", counted)
    found = table('x = csv("a.csv", "x"); yz = csv("a.csv", ["y", "z"]); ratio = csv("a.csv", "x") / csv("a.csv", "z")')
    assert found.columns["yz"].tolist() == [[2, 3], [5, 6]]
    assert found.columns["ratio"].tolist() == [1 / 3, 4 / 6]
    assert len(passes) == 1
    faults(table, 'x = csv("a.csv", "x"); z = csv("a.csv", "w"); u = csv("a.csv", "u")')
    assert len(passes) == 2


def test_a_column_that_is_not_there_is_shown_where_it_is_asked_for(
    table: Callable[[str], Table], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (diagnostic,) = faults(table, 'x = csv("a.csv", "x"); y = csv("a.csv", "yy")')
    assert isinstance(diagnostic.where, Span)
    assert diagnostic.where.text == 'csv("a.csv", "yy")'


def test_faults_of_all_columns_come_at_once(table: Callable[[str], Table], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,?\n")
    found = faults(table, 'x = csv("nowhere.csv", "x"); y = csv("a.csv", "y"); z = [1, 2] + [1, 2, 3]')
    assert [diagnostic.code for diagnostic in found] == ["G400", "G405", "G432"]
    assert found[1].where == Place(str(tmp_path / "a.csv"), 3, 2)
    assert isinstance(found[2].where, Span)
    assert found[2].where.text == "[1, 2] + [1, 2, 3]"


def test_rows_differ(table: Callable[[str], Table]) -> None:
    (diagnostic,) = faults(table, "x = [1, 2, 3]; y = [1, 2]")
    assert diagnostic.code == "G430"
    assert diagnostic.message == "`y` has 2 rows, `x` has 3"


@pytest.mark.parametrize(
    ("columns", "code"), [("x = 3", "G431"), ("x = sum([1, 2])", "G431"), ("x = flatten(3)", "G432")]
)
def test_columns_need_rows(table: Callable[[str], Table], columns: str, code: str) -> None:
    assert [diagnostic.code for diagnostic in faults(table, columns)] == [code]


def test_results_stay_within_the_budget(
    table: Callable[[str], Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1, 4000)))
    monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "1")
    (diagnostic,) = faults(table, 'x = npy("x.npy") + transpose(npy("x.npy"))')
    assert diagnostic.code == "G414"


def test_numbers_beyond_64_bits_are_reals(table: Callable[[str], Table]) -> None:
    assert table("x = [10000000000000000000000, 1]").columns["x"].tolist() == [1e22, 1.0]


IRIS = "dim N\ninput t: int[N]\ny = 2 * t\ndata rows {{ t = {} }}"


def test_classes_are_kept_and_reused(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t\nb\na\nB\n")
    (tmp_path / "b.csv").write_text("t\nb\n\nB\n")
    (tmp_path / "c.csv").write_text("t\nb\n\nc\nB\n")
    first = evaluate(compiled(IRIS.format('csv("a.csv", "t")')).data["rows"], str(tmp_path))
    assert first.classes == {"t": ("B", "a", "b")}
    assert first.columns["t"].tolist() == [2, 1, 0]
    second = evaluate(compiled(IRIS.format('flatten(csv("b.csv", "t"))')).data["rows"], str(tmp_path), first.classes)
    assert second.classes == first.classes
    assert second.columns["t"].tolist() == [2, 0]
    with pytest.raises(SpecError) as caught:
        evaluate(compiled(IRIS.format('csv("c.csv", "t")')).data["rows"], str(tmp_path), first.classes)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.where) == ("G411", Place(str(tmp_path / "c.csv"), 4, 1))


def test_class_names_are_not_computed_with(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t\nb\na\n")
    with pytest.raises(SpecError) as caught:
        evaluate(compiled(IRIS.format('csv("a.csv", "t") + 1')).data["rows"], str(tmp_path))
    assert caught.value.diagnostics[0].code == "G433"


def test_one_hot_rows_of_class_names(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t\nb\na\nb\n")
    section = compiled(IRIS.format('one-hot(csv("a.csv", "t"), classes = 3)')).data["rows"]
    found = evaluate(section, str(tmp_path), {"t": ("c", "b", "a")})
    assert found.columns["t"].tolist() == [[0, 1, 0], [0, 0, 1], [0, 1, 0]]
    assert found.classes == {"t": ("c", "b", "a")}
    with pytest.raises(SpecError) as caught:
        evaluate(section, str(tmp_path), {"t": ("d", "c", "b", "a")})
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.where) == ("G444", Place(str(tmp_path / "a.csv"), 3, 1))


def test_places_survive_arithmetic(table: Callable[[str], Table], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n\n3,4\n")
    origins = table('xy = csv("a.csv", "x:y") / 2 - 1; s = sum(csv("a.csv", "x:y"), axis = 1)').origins
    assert origins["xy"].place(1, 1) == Place(str(tmp_path / "a.csv"), 4, 2)
    assert origins["s"].place(1) == Place(str(tmp_path / "a.csv"), 4, 0)


def test_rows_of_another_file(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("y,x\n7,3\n")
    section = compiled(f'{HEAD}data d {{ x = csv("old.csv", "x") / 2; y = csv("old.csv", "y"); z = [1] }}').data["d"]
    file = NewFile(str(tmp_path / "new.csv"), section, ["x"])
    found = evaluate(file.redirected(["x", "z"]), "nowhere")
    assert {name: array.tolist() for name, array in found.columns.items()} == {"x": [1.5]}


def test_a_hundred_thousand_operations(table: Callable[[str], Table]) -> None:
    assert table("x = " + "-" * 20_000 + "[1, 2]").columns["x"].tolist() == [1, 2]


def test_numbers_in_order(table: Callable[[str], Table]) -> None:
    made = table("x = range(4); y = floor(range(4) / 2); z = reshape(range(8), [4, 2])").columns
    assert {name: array.tolist() for name, array in made.items()} == {
        "x": [0, 1, 2, 3],
        "y": [0, 0, 1, 1],
        "z": [[0, 1], [2, 3], [4, 5], [6, 7]],
    }
