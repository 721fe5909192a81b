"""How a CSV file is written, as a call of `csv` says it."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from ....compiler.graph.signatures import TAB, Invocation
from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from ....grammar.suggestion import suggestion
from ..faults import CSV_SETTING
from ..notation import INTEGER, PLAIN, Notation

ENCODINGS = (
    *("utf-8", "utf-16", "utf-32", "ascii", "latin-1", "cp1252", "iso8859-15", "cp437", "cp850", "mac-roman"),
    *("cp949", "euc-kr", "johab", "cp932", "shift_jis", "euc-jp", "gb18030", "gbk", "big5", "cp950"),
    *("cp1250", "cp1251", "koi8-r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
)
"""Names that are suggested."""

NO_TEXT_FILES = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
"""Encodings of Python that no file is written in, or that depend on the machine."""


class Records(Protocol):
    """The csv module's reader: rows, and how many lines they took so far."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True)
class CsvSettings:
    """What separates fields and marks decimals and thousands, whether the first row is a header, and the encoding.

    `header` is None where the first row says it by itself: one with a number is none. `missing` are the texts, beside
    an empty field, that stand for a value that is not there.
    """

    sep: str = ","
    notation: Notation = PLAIN
    header: bool | None = None
    encoding: str = "utf-8"
    missing: frozenset[str] = frozenset({""})

    @classmethod
    def of(cls, call: Invocation, span: Span | None) -> "CsvSettings":
        """The settings of a call of `csv`. Raises SpecError where they do not go together."""
        given: Mapping[str, Any] = call.arguments
        decimal, thousands, missing = given["decimal"], given["thousands"], given["missing"]
        if decimal == thousands:
            raise _wrong(span, "thousands", thousands, "the decimals have the same mark", None)
        encoding = encoding_called(given["encoding"], span)
        sep = "\t" if given["sep"] == TAB else given["sep"]
        marks = missing if isinstance(missing, tuple) else (missing,)
        known = frozenset({"", *(mark.strip() for mark in marks)})
        return cls(sep, Notation(decimal, thousands), given["header"], encoding, known)

    @cached_property
    def missing_numbers(self) -> tuple[float, ...]:
        """Those of the texts for missing values that are numbers: -999 is meant where -999.0 stands, too."""
        return tuple(float(self.notation.plain(each)) for each in self.missing if self.notation.number.fullmatch(each))

    def is_missing(self, text: str) -> bool:
        """Whether a field, without white space around, has no value."""
        if text in self.missing:
            return True
        return bool(self.missing_numbers) and self._is_missing_number(text)

    def _is_missing_number(self, text: str) -> bool:
        return bool(self.notation.number.fullmatch(text)) and float(self.notation.plain(text)) in self.missing_numbers

    def is_number(self, text: str) -> bool:
        """Whether a field, without white space around, is written like a number."""
        return self.notation.number.fullmatch(text) is not None

    def is_whole(self, text: str) -> bool:
        """Whether it is a number without decimals."""
        return self.is_number(text) and INTEGER.fullmatch(self.notation.plain(text)) is not None

    # --- lines ---

    def is_filled(self, line: str) -> bool:
        """Whether a line is more than white space; where tabs separate fields, one is a row of empty fields."""
        return bool(line.strip()) or (self.sep == "\t" and "\t" in line)

    def even(self, lines: Iterable[str]) -> Iterable[str]:
        """Lines with one separator between fields: where blanks separate, several do as one, and none at the ends."""
        return lines if self.sep != " " else map(_Evener().even, lines)

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Records:
        """The rows of some lines by the csv module."""
        ended = (f"{line}\n" for line in self.even(lines))
        return csv.reader(ended, delimiter=self.sep, skipinitialspace=self.sep == " ", strict=strict)

    def fields(self, line: str) -> list[str]:
        """The fields of one line, without white space around them, as far as it is CSV."""
        try:
            return [field.strip() for field in next(self.reader([line], strict=False), [""])]
        except csv.Error:  # a field is too long
            return [line]


class _Evener:
    """Knows whether a quoted field goes on in the next line; what stands in quotes stays."""

    def __init__(self) -> None:
        self._quoted = False

    def even(self, line: str) -> str:
        if not self._quoted and '"' not in line:
            return " ".join(line.split())
        self._quoted ^= line.count('"') % 2 == 1
        return line if self._quoted else line.rstrip()


def sep_text(sep: str) -> str:
    """A separator as a spec writes it."""
    return TAB if sep == "\t" else sep


def encoding_called(name: str, span: Span | None, reader: str = "csv") -> str:
    """The encoding as Python calls it. Raises SpecError where there is none of that name."""
    try:
        io.TextIOWrapper(io.BytesIO(), name)  # it refuses what is no encoding of texts
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        found = ""
    if not found or found in NO_TEXT_FILES:
        hint = suggestion(name, ENCODINGS, what="encodings")
        raise _wrong(span, "encoding", name, "no encoding of text files is called so", hint, reader)
    return found


def _wrong(span: Span | None, key: str, value: str, reason: str, hint: str | None, reader: str = "csv") -> SpecError:
    return SpecError([CSV_SETTING.at(span, key=key, reader=reader, value=value, reason=reason, hint=hint)])
