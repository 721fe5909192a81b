"""Texts as numbers of a vocabulary: every character and word at its place, however the pieces fall."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.graph.signatures import READERS
from chainrule.grammar.diagnostic import Place
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import UNKNOWN, Reading
from chainrule.runtime.data.readers import text_reader
from chainrule.runtime.data.readers.data_file import DataFile
from chainrule.runtime.data.readers.text_reader import read_text
from chainrule.runtime.data.stored import StoredArray


def read(
    path: Path, data: str | bytes, *, encoding: str = "utf-8", unit: str = "character", unknown: bool = False
) -> Reading:
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return read_text(
        DataFile(str(path)), READERS["text"].call(path=str(path), unit=unit, encoding=encoding, unknown=unknown)
    )


def texts(reading: Reading) -> list[str]:
    return [(reading.classes or ())[number] for number in np.asarray(reading.array).tolist()]


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), unknown=st.booleans())
def test_characters_come_back(tmp_path_factory: pytest.TempPathFactory, text: str, *, unknown: bool) -> None:
    text = f"a{text}"  # which is not only the mark of an encoding
    reading = read(tmp_path_factory.getbasetemp() / "t.txt", text, unknown=unknown)
    wanted = text.replace("\r\n", "\n").replace("\r", "\n")
    assert "".join(texts(reading)) == wanted
    assert reading.classes == tuple(sorted({*wanted, *([UNKNOWN] if unknown else [])}))


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_words_and_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(text_reader, "PIECE", size)
    text = "The cat's well-known hat —\n\n  isn't “here”, 고양이는 w_1:\r\nu.s. 3.5\n"
    reading = read(tmp_path / "t.txt", text, unit="word")
    wanted = "The cat's well-known hat — isn't “ here ” , 고양이는 w_1 : u . s . 3.5".split()  # noqa: SIM905  # a text
    assert texts(reading) == wanted
    places = [reading.origin.place(row) for row in range(len(wanted))]
    lines = text.replace("\r\n", "\n").split("\n")
    for word, place in zip(wanted, places, strict=True):
        assert isinstance(place, Place)
        assert lines[place.line - 1][place.column - 1 :].startswith(word)


def test_places_of_characters(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.txt", "ab\nc\n\nd")
    found = [(place.line, place.column) for row in range(7) if isinstance(place := reading.origin.place(row), Place)]
    assert found == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (4, 1)]


def test_encodings_and_their_marks(tmp_path: Path) -> None:
    assert texts(read(tmp_path / "t.txt", "가나", encoding="cp949")) == ["가", "나"]
    assert texts(read(tmp_path / "t.txt", "ab", encoding="utf-16")) == ["a", "b"]
    assert texts(read(tmp_path / "t.txt", b"\xef\xbb\xbfab")) == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "unit", "code", "place"),
    [
        (b"", "character", "G401", None),
        (b" \n", "word", "G401", None),
        ("가나다 라마\n".encode("cp949") * 9, "word", "G409", (1, 1)),
        (b"ab\nc\xff", "character", "G409", (2, 2)),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, data: bytes, unit: str, code: str, place: tuple[int, int] | None) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path / "t.txt", data, unit=unit)
    (found,) = caught.value.diagnostics
    assert found.code == code
    if place is not None:
        assert isinstance(found.where, Place)
        assert (found.where.line, found.where.column) == place
    if b"\xb0" in data:
        assert found.hint == 'it looks like cp949: write `text(..., encoding = "cp949")`'


def test_an_encoding_that_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="`encoding` of `text` cannot be `klingon`"):
        read_text(DataFile(str(tmp_path / "t.txt")), READERS["text"].call(path="t.txt", encoding="klingon"))


def test_large_texts_lie_in_a_file_and_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "abcd\n" * 60_000
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "1")
    reading = read(tmp_path / "t.txt", text)
    assert isinstance(reading.array, StoredArray)
    assert "".join(texts(reading)) == text
    assert reading.origin.place(299_999) == Place(str(tmp_path / "t.txt"), 60_000, 5)
    monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "1")
    with pytest.raises(SpecError, match=r"takes 1\.144 MiB, the limit is 1 MiB"):
        read(tmp_path / "t.txt", text)
