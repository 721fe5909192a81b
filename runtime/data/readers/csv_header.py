"""The head of a CSV file: what stands above its rows, what its columns are called, and which of them is meant."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple, TypeAlias

from ..notation import INTEGER
from .csv_settings import CsvSettings
from .data_file import composed

Record: TypeAlias = tuple[int, list[str]]
"""A row: the number of its first line, and its fields without white space around them."""

HEAD = 10
"""Rows that are looked at before the columns are known."""

SEP_LINE = re.compile(r'"?sep=([^\w\s"+-]|[ \t])"?,*', re.IGNORECASE)
"""A first line by which Excel is told what separates the fields."""

COMMENT = "#"
"""What a line above the rows begins with that is none of them."""


class Head(NamedTuple):
    """What the first rows say: the names of the columns, the line of the header if there is one, rows of values.

    `doubtful`: the first row is taken for values, because one of its fields is a number, and may be a header.
    """

    names: list[str]
    line: int
    values: Sequence[Record]
    doubtful: bool


def head_of(records: Sequence[Record], settings: CsvSettings) -> Head:
    """The head of a file that begins with these rows, at least one."""
    (line, first), *others = records
    if settings.header or (settings.header is None and not any(map(settings.is_number, first))):
        return Head(first, line, others, doubtful=False)
    names = [str(number) for number in range(1, len(first) + 1)]
    rows = [fields for _, fields in others if len(fields) == len(first)]
    return Head(names, 0, records, settings.header is None and _stands_out(first, rows, settings))


class ColumnNames:
    """What the columns of a file are called, in order; each counts from 0.

    Names are the same whether marks stand apart (NFD) or not.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.listed = list(map(composed, names))
        self._first: dict[str, int] = {}
        self._repeated: dict[str, list[int]] = {}
        for number, name in enumerate(self.listed):
            first = self._first.setdefault(name, number)
            if first != number:
                self._repeated.setdefault(name, [first]).append(number)

    def position(self, wanted: str) -> int | None:
        """The first column of that name, else the one that is counted so from 1."""
        wanted = composed(wanted)
        if (first := self._first.get(wanted)) is not None:
            return first
        counted = wanted.isascii() and wanted.isdigit() and len(wanted) < 10 and 1 <= int(wanted) <= len(self.listed)
        return int(wanted) - 1 if counted else None

    def between(self, wanted: str) -> range | None:
        """The columns of `"first:last"`, both included; None where that is a name, or these are not there so."""
        first, colon, last = wanted.partition(":")
        if not colon or self.position(wanted) is not None:
            return None
        start, stop = self.position(first), self.position(last)
        return range(start, stop + 1) if start is not None and stop is not None and start <= stop else None

    def repeated(self, name: str) -> list[int]:
        """All columns of that name where there are several, else none."""
        return self._repeated.get(composed(name), [])


# --- a header that looks like values ----------------------------------------------------------------------------


def _stands_out(first: list[str], others: Sequence[list[str]], settings: CsvSettings) -> bool:
    """Whether a first row with whole numbers is unlike all others: it counts up, or stands above texts or fractions."""
    numbers = list(filter(settings.is_number, first))
    if not others or not all(map(settings.is_whole, numbers)):
        return False
    fractions = all(settings.is_number(field) and not settings.is_whole(field) for row in others for field in row)
    above_fractions = len(others) > 2 and fractions
    return (
        _titled(first, others, settings) or above_fractions or (_counts_up(first) and not any(map(_counts_up, others)))
    )


def _titled(first: Sequence[str], others: Sequence[Sequence[str]], settings: CsvSettings) -> bool:
    """Whether a row has a text above a column of numbers, some of which may be missing; all rows are as wide."""
    return bool(others) and any(
        _is_title(title, settings) and _holds_numbers(column, settings)
        for title, column in zip(first, zip(*others, strict=True), strict=True)
    )


def _is_title(text: str, settings: CsvSettings) -> bool:
    return not settings.is_number(text) and not (text and settings.is_missing(text))


def _holds_numbers(column: Iterable[str], settings: CsvSettings) -> bool:
    there = [field for field in column if not settings.is_missing(field)]
    return bool(there) and all(map(settings.is_number, there))


def _counts_up(row: list[str]) -> bool:
    """0, 1, 2 and 2019, 2020, 2021; a row of two numbers may be anything."""
    if len(row) < 3 or not all(INTEGER.fullmatch(field) for field in row):
        return False
    start = int(row[0])
    return [int(field) for field in row] == list(range(start, start + len(row)))


# --- lines above the rows ---------------------------------------------------------------------------------------


def sep_told(line: str) -> str | None:
    """The separator that a line `sep=;` names."""
    found = SEP_LINE.fullmatch(line)
    return found[1] if found else None


def comments_above(lines: Sequence[str], settings: CsvSettings) -> int:
    """How many of the first lines of a file are no rows: comments, and blank lines among them.

    A line that begins with `#` is a comment where it has more or fewer fields than the first that does not, and where
    that one is a header above numbers. Else it is what it would be without the mark: a header, or a row.
    """
    filled = [(number, settings.fields(line)) for number, line in enumerate(lines) if settings.is_filled(line)]
    above = list(takewhile(lambda each: each[1][0].startswith(COMMENT), filled))
    below = filled[len(above) :]
    if not above or not below:
        return 0
    (end, first), *others = below
    rows = [fields for _, fields in others if len(fields) == len(first)]
    if settings.header is not False and _titled(first, rows, settings):
        return end
    return next((number for number, fields in above if len(fields) == len(first)), end)
