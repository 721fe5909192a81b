"""CSV: round trips against the csv module, the quick and the careful way alike, and every fault at its place."""

import contextlib
import csv
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.grammar.diagnostic import Diagnostic, Place
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import Reading, Request
from chainrule.runtime.data.notation import PLAIN
from chainrule.runtime.data.readers import csv_reader, csv_table, text_lines
from chainrule.runtime.data.readers.csv_reader import read_csv
from chainrule.runtime.data.readers.data_file import DataFile


def read(path: Path, *requests: Request) -> list[Reading]:
    found = read_csv(DataFile(str(path)), dict.fromkeys(requests)).readings
    if missing := [reading.missing for reading in found.values() if reading.missing is not None]:
        raise SpecError(missing)
    return [found[request] for request in requests]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def fault(folder: Path, text: str | bytes, *requests: Request) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        read(written(folder, text), *requests)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def is_name(text: str) -> bool:
    return bool(text) and not text[0].isdigit() and PLAIN.number.fullmatch(text) is None


names = st.text(st.characters(codec="utf-8", exclude_characters="\r:"), min_size=1).map(str.strip).filter(is_name)
integers = st.integers(-(2**63), 2**63 - 1)
reals = st.floats(allow_nan=False, allow_infinity=False)


@given(
    header=st.lists(names, min_size=3, max_size=3, unique=True),
    rows=st.lists(st.tuples(integers, reals, names), min_size=1, max_size=20),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
)
def test_reads_back_what_the_csv_module_writes(
    tmp_path_factory: pytest.TempPathFactory,
    header: list[str],
    rows: list[tuple[int, float, str]],
    quoting: int,
    line_end: str,
    mark: bool,
) -> None:
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    with path.open("w", newline="", encoding="utf-8-sig" if mark else "utf-8") as file:
        writer = csv.writer(file, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]  # one of the module's constants
        writer.writerow(header)
        writer.writerows(rows)
    whole, real, text = read(path, *header)
    assert whole.array.dtype == np.int64
    assert whole.array.tolist() == [row[0] for row in rows]
    assert [float(value) for value in real.array] == [row[1] for row in rows]
    assert text.classes == tuple(sorted({row[2] for row in rows}))
    assert [text.classes[number] for number in text.array] == [row[2] for row in rows]


fields = st.sampled_from(
    ["1", "-2", "+3", "4.", ".5", "1e3", "1e-400", "9223372036854775808", " 7 ", "1_0", "٣", "0x1"]
)


@given(st.lists(fields, min_size=2, max_size=6))
def test_the_quick_way_reads_as_the_careful_one(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    folder = tmp_path_factory.mktemp("csv")
    quick = written(folder, "c,d\n" + "".join(f"{value},0\n" for value in values))
    careful = folder / "careful.csv"
    careful.write_text("c,d\n" + "".join(f'{value},"0"\n' for value in values), encoding="utf-8")
    try:
        expected = read(careful, "c")[0].array
    except SpecError as error:
        with pytest.raises(SpecError) as caught:
            read(quick, "c")
        first, second = error.diagnostics[0], caught.value.diagnostics[0]
        assert (first.code, first.message) == (second.code, second.message)
        assert isinstance(first.where, Place)
        assert isinstance(second.where, Place)
        assert first.where.line == second.where.line
    else:
        found = read(quick, "c")[0].array
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_blocks_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(csv_table, "FIELDS_AT_ONCE", 3 * at_once)
    monkeypatch.setattr(text_lines, "PIECE", 7)
    rows = [(row, row / 4 if row > 20 else row, f"c{row % 5}") for row in range(50)]
    lines = [f"{a},{b},{c}" for a, b, c in rows]
    lines[30:30] = ["", "  "]
    lines[40] = lines[40].replace("c", '"c') + '"'
    a, b, c, pair = read(written(tmp_path, "a,b,c\n" + "\n".join(lines)), "a", "b", "c", ("b", "a"))
    assert a.array.tolist() == [row[0] for row in rows]
    assert b.array.dtype == np.float64
    assert b.array.tolist() == [row[1] for row in rows]
    assert c.array.tolist() == [row % 5 for row in range(50)]
    assert pair.array.tolist() == [[row[1], row[0]] for row in rows]
    assert a.origin.place(0) == Place(str(tmp_path / "data.csv"), 2, 1)
    assert pair.origin.place(49, 0) == Place(str(tmp_path / "data.csv"), 53, 2)


def test_columns_without_a_header_have_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "5.1,3.5,setosa\n4.9,3,virginica\n")
    both, kind = read(path, "1:2", "3")
    assert both.array.tolist() == [[5.1, 3.5], [4.9, 3.0]]
    assert kind.classes == ("setosa", "virginica")
    assert kind.origin.place(0) == Place(str(path), 1, 3)


def test_a_range_is_every_column_between(tmp_path: Path) -> None:
    path = written(tmp_path, "label,p0,p1,p2\n7,1,2,3\n8,4,5,6\n")
    pixels, label, listed = read(path, "p0:p2", "label", ("p2",))
    assert pixels.array.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert pixels.array.dtype == np.int64
    assert label.array.tolist() == [7, 8]
    assert listed.array.tolist() == [[3], [6]]


def test_a_line_break_in_quotes_counts_as_a_line(tmp_path: Path) -> None:
    diagnostic = fault(tmp_path, 'a,b\n"x\ny",1\nz,?\n', "b")
    assert (diagnostic.code, diagnostic.where) == ("G405", Place(str(tmp_path / "data.csv"), 4, 2))


@pytest.mark.parametrize(
    ("text", "column", "code", "line", "field"),
    [
        ("", "x", "G401", 0, 0),
        ("\n\n", "x", "G401", 0, 0),
        ("x,y\n", "x", "G401", 0, 0),
        ("x,y\n1,2\n", "z", "G402", 0, 0),
        ("1,2\n", "3", "G402", 0, 0),
        ("x,x\n1,2\n", "x", "G403", 0, 0),
        ("x,y\n1,2\n3\n", "x", "G404", 3, 2),
        ("x,y\n1,2\n3,4,5\n", "x", "G404", 3, 3),
        ("x,y\n1,2\n3,4\n5,six\n", "y", "G405", 4, 2),
        ("x,y\n1,N/A\n3,4\n5,6\n", "y", "G405", 2, 2),
        ("x,y\n1,2\n3,\n", "y", "G406", 3, 2),
        ("x,y\na,2\n,3\n", "x", "G406", 3, 1),
        ('x\na\n""\n', "x", "G406", 3, 1),
        ('x\n1\n\n""\n', "x", "G406", 4, 1),
        ("x,y\n1,2\n3,NaN\n", "y", "G407", 3, 2),
        ("x,y\n1,2\n3,-inf\n", "y", "G407", 3, 2),
        ("x,y\n1,2\n3,1e999\n", "y", "G407", 3, 2),
        ('x,y\n1,2\n"3,4\n', "x", "G408", 3, 1),
        ('x,y\n1,2\n"3"4,5\n', "x", "G408", 3, 1),
        (b"x,y\n1,caf\xe9\n", "x", "G409", 2, 2),
        (b"\xff\xfex\0,\0y\0\n\0", "x", "G409", 1, 1),
    ],
)
def test_faults_name_row_and_column(
    tmp_path: Path, text: str | bytes, column: str, code: str, line: int, field: int
) -> None:
    diagnostic = fault(tmp_path, text, column)
    assert (diagnostic.code, diagnostic.where) == (code, Place(str(tmp_path / "data.csv"), line, field))


def test_texts_are_read_alone(tmp_path: Path) -> None:
    diagnostic = fault(tmp_path, "x,y\n1,a\n2,b\n", ("x", "y"))
    assert (diagnostic.code, diagnostic.where) == ("G410", Place(str(tmp_path / "data.csv"), 2, 2))


def test_both_sides_of_a_mixed_column_are_shown(tmp_path: Path) -> None:
    diagnostic = fault(tmp_path, "x\n1\n2\nthree\n", "x")
    assert diagnostic.message == "`three` stands among numbers in column `x`"
    assert diagnostic.notes[0].where == Place(str(tmp_path / "data.csv"), 2, 1)


def test_hints_for_a_column_that_is_not_there(tmp_path: Path) -> None:
    assert fault(tmp_path, "petal_length,b\n1,2\n", "petal_lenght").hint == "did you mean `petal_length`?"
    semicolons = 'its fields seem to be separated by semicolons: write `csv(..., sep = ";")`'
    assert fault(tmp_path, "a;b\n1;2\n", "a").hint == semicolons
    assert '"1" to "2"' in str(fault(tmp_path, "1,2\n", "a").hint)


def test_an_endless_line_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 1000)
    monkeypatch.setattr(text_lines, "PIECE", 100)
    diagnostic = fault(tmp_path, "x,y\n1," + "2" * 5000, "x")
    assert (diagnostic.code, diagnostic.where) == ("G418", Place(str(tmp_path / "data.csv"), 2, 1))


def test_the_budget_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "0")
    assert fault(tmp_path, "x\n1\n", "x").code == "G414"


@pytest.mark.parametrize("what", ["missing", "folder", "odd"])
def test_files_that_cannot_be_read(tmp_path: Path, what: str) -> None:
    path = {"missing": tmp_path / "dat.csv", "folder": tmp_path, "odd": tmp_path / "a\0b"}[what]
    with pytest.raises(SpecError) as caught:
        read(path, "x")
    assert caught.value.diagnostics[0].code == "G400"


@given(st.binary(max_size=200))
def test_any_bytes_give_numbers_or_a_diagnostic(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = written(tmp_path_factory.mktemp("csv"), data)
    with contextlib.suppress(SpecError):
        (reading,) = read(path, "1")
        assert all(math.isfinite(value) for value in reading.array.tolist())


@given(st.lists(st.sampled_from(["1", "2.5", "", " ", '"3"']), max_size=8))
def test_blank_lines_do_not_count(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = written(tmp_path_factory.mktemp("csv"), "\n".join(["x", "7", *lines]))
    (reading,) = read(path, "x")
    assert reading.array.tolist() == [7.0, *(float(line.strip('"')) for line in lines if line.strip())]
    numbers = [row for row, line in enumerate(["7", *lines], start=2) if line.strip()]
    assert [
        place.line for row in range(len(numbers)) if isinstance(place := reading.origin.place(row), Place)
    ] == numbers


# --- blank lines ------------------------------------------------------------------------------------------------

LINES = st.sampled_from(["", "", "", "  ", "1,2", "3.5,4", '"5","6"', '7,"8\n\n"', "9 , 0"])


@given(lines=st.lists(LINES, max_size=40), ahead=st.integers(0, 5), piece=st.integers(1, 30), at_once=st.integers(1, 9))
def test_blank_lines_anywhere(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], ahead: int, piece: int, at_once: int
) -> None:
    folder = tmp_path_factory.mktemp("blank")
    text = "\n" * ahead + "a,b\n" + "1,1\n" + "\n".join(lines)
    expected = []
    reader = csv.reader(text.splitlines(keepends=True))
    before = 0
    for fields in reader:
        line, before = before + 1, reader.line_num
        if len(fields) == 2:
            expected.append((line, *fields))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "PIECE", piece)
        patch.setattr(csv_table, "FIELDS_AT_ONCE", at_once)
        (found,) = read(written(folder, text), ("a", "b"))
    assert found.origin.lines is not None
    assert list(found.origin.lines) == [line for line, _, _ in expected[1:]]
    np.testing.assert_array_equal(found.array, np.array([fields for _, *fields in expected[1:]], float))


@pytest.mark.parametrize("blank", ["\n", "   \n"])
def test_many_blank_lines_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    """All at once, wherever they stand; one by one they took longer than any number of rows that a file could hold."""
    handed_out = 0

    class Counting(text_lines.Lines):
        def block(self, count: int) -> list[str]:
            nonlocal handed_out
            block = super().block(count)
            handed_out += len(block)
            return block

    many = blank * 300_000
    path = written(tmp_path, f'{many}a,b\n1,"2"\n{many}3,4\n{many}')
    monkeypatch.setattr(text_lines, "PIECE", 1000)
    monkeypatch.setattr(csv_table, "FIELDS_AT_ONCE", 1000)
    monkeypatch.setattr(csv_reader, "Lines", Counting)
    (found,) = read(path, ("a", "b"))
    assert found.array.tolist() == [[1, 2], [3, 4]]
    assert found.origin.place(1, 1) == Place(str(path), 600_003, 2)
    assert handed_out < 5000


@pytest.mark.parametrize("text", ["a\n", "a\n1\n", "a\n" + "2\n" * 1000, "b\n" * 2000])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = written(tmp_path, "a\n" + "1\n" * 1000)
    os.utime(path, (0, 0))  # a system's clock of files may stand still for some milliseconds

    class Disturbed(text_lines.Lines):
        def block(self, count: int) -> list[str]:
            block = super().block(count)
            if not block:  # at the end
                path.write_text(text, encoding="utf-8")
            return block

    monkeypatch.setattr(csv_reader, "Lines", Disturbed)
    with pytest.raises(SpecError) as caught:
        read(path, "a")
    assert [each.code for each in caught.value.diagnostics] == ["G452"]


def test_a_row_that_is_wrong_because_it_was_just_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a\n" + "1\n" * 1000)
    os.utime(path, (0, 0))  # a system's clock of files may stand still for some milliseconds

    class Disturbed(text_lines.Lines):
        def block(self, count: int) -> list[str]:
            path.write_text("a\n" + "x\n" * 1000, encoding="utf-8")
            return super().block(count)

    monkeypatch.setattr(csv_reader, "Lines", Disturbed)
    monkeypatch.setattr(text_lines, "PIECE", 1)
    with pytest.raises(SpecError) as caught:
        read(path, "a")
    assert [each.code for each in caught.value.diagnostics] == ["G452"]
