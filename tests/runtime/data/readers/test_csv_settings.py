"""Settings of CSV files: whatever is read equals what pandas reads with the same settings."""

import csv
import io
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.graph.signatures import READERS
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import Reading
from chainrule.runtime.data.notation import KNOWN, PLAIN, Notation
from chainrule.runtime.data.readers import csv_table, text_lines
from chainrule.runtime.data.readers.csv_reader import read_csv
from chainrule.runtime.data.readers.csv_settings import CsvSettings
from chainrule.runtime.data.readers.data_file import DataFile

LETTERS = {
    "utf-8": "abé한漢.,;|'\" -\n",
    "utf-16": "abé한漢.,;|'\" -\n",
    "cp949": "ab한글똠.,;|'\" -\n",
    "latin-1": "abéüñ.,;|'\" -\n",
}
MARKS = ("NA", "?", "-999", "n/a")


class Written(NamedTuple):
    """A file's text, its encoding, and the settings that say how it is written, as a spec has them."""

    text: str
    settings: dict[str, Any]
    columns: list[str]
    """The kinds of its columns."""


@st.composite
def written(draw: st.DrawFn) -> Written:
    sep = draw(st.sampled_from([",", ";", "tab", "|", " "]))
    notation = draw(st.sampled_from(KNOWN))
    encoding = draw(st.sampled_from(list(LETTERS)))
    header = draw(st.booleans())
    marks = draw(st.lists(st.sampled_from(MARKS), max_size=2, unique=True))
    kinds = draw(st.lists(st.sampled_from(["int", "real", "text"]), min_size=2, max_size=4))
    gaps = [*marks, *([] if sep == " " and marks else [""])]
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter="\t" if sep == "tab" else sep,
        quoting=csv.QUOTE_ALL if sep == " " else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )
    if header:
        writer.writerow([f"c{number}" for number in range(len(kinds))])

    def field(kind: str, row: int) -> str:
        if row and draw(st.integers(0, 5)) == 0:
            return draw(st.sampled_from(gaps))
        if kind == "text":
            letters = st.text(st.sampled_from(LETTERS[encoding]), min_size=1, max_size=6)
            return draw(letters.map(lambda each: f"k{each}k"))
        whole = draw(st.integers(-(2**53), 2**53).filter(lambda each: each != -999))
        number: float = whole if kind == "int" else whole / 2 ** draw(st.integers(1, 60))
        plain = f"{number:,}" if notation.thousands else f"{number!r}"
        return "".join({",": notation.thousands, ".": notation.decimal}.get(sign, sign) for sign in plain)

    for row in range(draw(st.integers(1, 6))):
        writer.writerow([field(kind, row) for kind in kinds])
    settings = {"sep": sep, "decimal": notation.decimal, "thousands": notation.thousands, "header": header}
    return Written(text.getvalue(), {**settings, "encoding": encoding, "missing": tuple(marks)}, kinds)


def read(path: str, settings: dict[str, Any], *names: str) -> list[Reading]:
    call = READERS["csv"].call(path=path, column=names, **settings)
    found = read_csv(DataFile(path), dict.fromkeys(names), CsvSettings.of(call, None)).readings
    return [found[name] for name in names]


@pytest.mark.filterwarnings("ignore:The 'float_precision'")  # older ones need it for numbers that are right to the bit
@given(file=written(), at_once=st.sampled_from([1, 5, 1 << 19]), piece=st.sampled_from([3, 1 << 20]))
def test_what_is_read_is_what_pandas_reads(
    tmp_path_factory: pytest.TempPathFactory, file: Written, at_once: int, piece: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    path.write_bytes(file.text.encode(file.settings["encoding"]))
    expected = pd.read_csv(
        path,
        sep="\t" if file.settings["sep"] == "tab" else file.settings["sep"],
        decimal=file.settings["decimal"],
        thousands=file.settings["thousands"] or None,
        header=0 if file.settings["header"] else None,
        encoding=file.settings["encoding"],
        keep_default_na=False,
        na_values=["", *file.settings["missing"]],
        float_precision="round_trip",
        dtype={number: str for number, kind in enumerate(file.columns) if kind == "text"}
        if not file.settings["header"]
        else {f"c{number}": str for number, kind in enumerate(file.columns) if kind == "text"},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_table, "FIELDS_AT_ONCE", at_once)
        patch.setattr(text_lines, "PIECE", piece)
        found = read(str(path), file.settings, *(str(number) for number in range(1, len(file.columns) + 1)))
    for kind, reading, (_, column) in zip(file.columns, found, expected.items(), strict=True):
        values = np.asarray(reading.array)
        gaps = column.isna().to_numpy()
        assert (reading.missing is not None) == gaps.any()
        if kind == "text":
            assert reading.classes is not None
            assert (values == -1).tolist() == gaps.tolist()
            texts = [reading.classes[number] for number in values[~gaps]]
            assert texts == [text.strip() for text in column[~gaps]]
        else:  # pandas is off by some of the last digit where there are thousands; ours are those of `float`
            np.testing.assert_array_max_ulp(values.astype(float), column.to_numpy(float), 4)


PIECES = (
    *("1", "-", ",", ";", "\t", " ", ".", "'", '"', "#", "\n", "\r\n", "\r"),
    *("sep=;", "é", "한", "NA", "\0", "\u2028", "e5"),
)


@given(
    text=st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    written=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp949", "latin-1"]),
    told=st.sampled_from(["utf-8", "utf-16", "cp949", "utf-7", "ascii"]),
    sep=st.sampled_from([",", ";", "\t", " ", "'"]),
    notation=st.sampled_from(KNOWN),
    header=st.sampled_from([None, True, False]),
    column=st.sampled_from(["1", "1:2", "", "x"]),
)
def test_any_file_gives_numbers_or_a_diagnostic(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    written: str,
    told: str,
    sep: str,
    notation: Notation,
    header: bool | None,
    column: str,
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    path.write_bytes(text.encode(written, "replace"))
    settings = CsvSettings(sep, notation, header, told, frozenset({"", "NA"}))
    said: tuple[Diagnostic, ...] = ()
    try:
        reading = read_csv(DataFile(str(path)), {column: None}, settings).readings[column]
    except SpecError as error:
        said = error.diagnostics
    else:
        assert not np.isinf(reading.array[:]).any()
        assert reading.missing is not None or not np.isnan(reading.array[:]).any()
    assert all(f"{each.message}{each.hint}".isprintable() for each in said)


@pytest.mark.parametrize("notation", KNOWN)
@given(number=st.integers(-(10**9), 10**9), digits=st.integers(0, 4))
def test_numbers_in_each_notation(notation: Notation, number: int, digits: int) -> None:
    plain = f"{number / 10**digits:,.{digits}f}" if notation.thousands else f"{number / 10**digits:.{digits}f}"
    text = "".join({",": notation.thousands, ".": notation.decimal}.get(sign, sign) for sign in plain)
    assert notation.number.fullmatch(text)
    assert float(notation.plain(text)) == float(plain.replace(",", ""))


def test_settings_of_a_call_without_any() -> None:
    assert CsvSettings.of(READERS["csv"].call(path="a.csv", column="x"), None) == CsvSettings()
    assert CsvSettings().notation == PLAIN


@pytest.mark.parametrize("encoding", ["utf-9", "base64", "idna", "undefined", "a\0b", "", "mbcs", "unicode_escape"])
def test_encodings_of_no_text_file(encoding: str) -> None:
    with pytest.raises(SpecError) as caught:
        CsvSettings.of(READERS["csv"].call(path="a.csv", column="x", encoding=encoding), None)
    assert caught.value.diagnostics[0].code == "G422"
