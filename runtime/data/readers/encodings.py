"""What the bytes of a text file look like, where they are not of the encoding that was named."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from .data_file import DataFile

LOOKED_AT = 1 << 16
"""Bytes."""

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"} | {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""What a file begins with in some encodings; those of UTF-32 begin as those of UTF-16 do."""

SCRIPTS = (
    ("euc-kr", "cp949", ("HANGUL",)),
    ("cp932", "cp932", ("HIRAGANA", "KATAKANA", "CJK")),
    ("cp949", "cp949", ("HANGUL",)),
    ("gb18030", "gb18030", ("CJK",)),
)
"""Encodings that are told by what they give: what is tried, what is named then, and the scripts of its letters."""

MOST_OF = 0.9
"""The share of a text's letters, but for those of ASCII, that tells its script."""


NO_TEXTS = {
    b"PK\x03\x04": "a spreadsheet or an archive: save the table as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet: save the table as CSV",
    b"PAR1": "a Parquet file: write the table as CSV",
    b"SQLite format 3": "a database: write the table as CSV",
    b"\x1f\x8b": "a compressed file: unpack it",
    b"BZh": "a compressed file: unpack it",
    b"\xfd7zXZ": "a compressed file: unpack it",
}
"""What files that are no texts begin with, and what helps."""


def encoding_hint(file: DataFile, named: str, reader: str = "csv") -> str | None:
    """A hint that names an encoding by which a file can be read, or what it is instead of a text; None: unknown."""
    with file.open() as raw:
        start = raw.read(LOOKED_AT)
    for mark, what in NO_TEXTS.items():
        if start.startswith(mark):
            return f"it looks like {what}"
    found = next((each for each in _likely(start) if codecs.lookup(each).name != codecs.lookup(named).name), None)
    return f'it looks like {found}: write `{reader}(..., encoding = "{found}")`' if found else None


def likely_encoding(file: DataFile) -> str | None:
    """The encoding that a text file seems to have; None where nothing speaks for one."""
    with file.open() as raw:
        start = raw.read(LOOKED_AT)
    return None if start.startswith(tuple(NO_TEXTS)) else next(_likely(start), None)


def _likely(start: bytes) -> Iterator[str]:
    """Encodings of which a file with these first bytes may be, the likeliest first."""
    yield from (encoding for mark, encoding in MARKS.items() if start.startswith(mark))
    if (wide := _without_mark(start)) is not None:
        yield wide
    if _decoded(start, "utf-8") is not None:
        yield "utf-8"
    yield from (named for tried, named, scripts in SCRIPTS if _is_of(start, tried, scripts))
    if len(re.findall(rb"[\x80-\xff]", start)) < len(re.findall(rb"[A-Za-z]", start)):  # else of another alphabet
        yield "cp1252" if re.search(rb"[\x80-\x9f]", start) and _decoded(start, "cp1252") is not None else "latin-1"


def _without_mark(start: bytes) -> str | None:
    """UTF-16 by its zeros: every second byte of what is mostly ASCII."""
    half = len(start) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and start[offset::2].count(0) > half / 2 and start[1 - offset :: 2].count(0) == 0:
            return encoding
    return None


def _is_of(start: bytes, encoding: str, scripts: tuple[str, ...]) -> bool:
    letters = [each for each in _decoded(start, encoding) or "" if not each.isascii() and each.isalpha()]
    found = sum(unicodedata.name(each, "").split(" ")[0] in scripts for each in letters)
    return len(letters) > 1 and found >= MOST_OF * len(letters)


def decoded_start(raw: BinaryIO, encoding: str) -> str | None:
    """The text that a file begins with; None where its bytes are of another encoding."""
    return _decoded(raw.read(LOOKED_AT), encoding)


def _decoded(start: bytes, encoding: str) -> str | None:
    """The text, but for a character that is cut off at the end; None where the bytes are of another encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(start, final=len(start) < LOOKED_AT)
    except UnicodeError:
        return None
