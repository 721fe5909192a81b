"""CSV: the columns that are asked for, as numbers or as class names, in one pass over the file.

Fields are separated by commas and quoted as RFC 4180 has it, of at most 131,072 characters each; UTF-8, with or without
byte order mark; blank lines are skipped; white space around a field does not count. The first row is the header unless
one of its fields is a number, with a warning where it looks like one all the same; without a header the columns are
called "1", "2" and so on. `"first:last"` asks for the columns from one to another, both included. A column of whole
numbers is int64, one with reals float64, one of texts class numbers, its classes sorted by code point. In faults a row
is given by its line, a column by the number of its field, from 1.
"""

import csv
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from ....grammar.diagnostic import Diagnostic, Note, Place
from ....grammar.source import Span
from ....grammar.suggestion import suggestion
from .. import budget
from ..column import Array, Origin, Reading, Request, Rows
from ..faults import BAD_QUOTES, EMPTY, LONG_FIELD, MAYBE_HEADER, NO_COLUMN, RAGGED, REPEATED_COLUMN, TEXTS_IN_LIST
from ..looks import look_hint
from ..stored import mapped
from .csv_column import CsvColumn
from .csv_header import HEAD, Head, Record, head_of
from .csv_rows import GatheredRows
from .data_file import DataFile, composed
from .text_lines import Lines

LONGEST_FIELD = csv.field_size_limit()
"""Characters of a field: what the csv module takes for one."""

FIELDS_AT_ONCE = 1 << 19
"""Fields that are converted at a time."""


__all__ = ["CsvFile", "Request", "columns_of", "read_csv"]


class CsvFile(NamedTuple):
    """What was asked of a file, and warnings about it."""

    readings: dict[Request, Reading]
    warnings: tuple[Diagnostic, ...]


def read_csv(file: DataFile, requests: Mapping[Request, Span | None]) -> CsvFile:
    """The columns of each request, given with its place in the spec.

    Raises SpecError, at the line and field that is wrong.
    """
    with file.open() as raw:
        text = Lines(file, raw)
        head = _head(file, text)
        names = head.names
        header = Place(file.path, head.line, 1) if head.line else None
        asked = {request: replace(file, span=span) for request, span in requests.items()}
        wanted = {request: _fields(by, request, names, header) for request, by in asked.items()}
        columns = {field: CsvColumn(file, field, names[field]) for fields in wanted.values() for field in fields}
        by_request = {request: [columns[field] for field in fields] for request, fields in wanted.items()}
        table = _Table(file, len(names), tuple(columns.values()), GatheredRows(by_request))
        table.take(head.values)
        table.take_all(text)
    lines = table.gathered.lines
    if not len(lines):
        raise file.error(EMPTY)
    rows = table.gathered.rows()
    readings = {
        request: _reading(asked[request], request, held, rows[request], lines) for request, held in by_request.items()
    }
    return CsvFile(readings, (_maybe_header(file, head),) if head.doubtful else ())


def columns_of(file: DataFile) -> list[str]:
    """What the columns of a file are called, as specs write names. Raises SpecError."""
    with file.open() as raw:
        text = Lines(file, raw)  # it closes the file when it goes
        return [composed(name) for name in _head(file, text).names]


# --- the header -------------------------------------------------------------------------------------------------


def _head(file: DataFile, text: Lines) -> Head:
    """What the first rows say; no line behind them is taken. Raises SpecError where there is none."""
    records: list[Record] = []
    while len(records) < HEAD and sum(len(fields) for _, fields in records) < FIELDS_AT_ONCE:
        text.skip_blank()
        first = next(_records(file, text.singly(), text.taken + 1), None)
        if first is None:
            break
        records.append(first)
    if not records:
        raise file.error(EMPTY)
    return head_of(records)


def _maybe_header(file: DataFile, head: Head) -> Diagnostic:
    line, fields = head.values[0]
    row = ", ".join(fields[:5]) + (", ..." if len(fields) > 5 else "")
    notes = [Note("the file is read here", file.span)] if file.span else []
    hint = f'a header has no numbers among its names; its columns are called "1" to "{len(fields)}"'
    return MAYBE_HEADER.at(Place(file.path, line, 1), row=row, hint=hint, notes=notes)


def _fields(file: DataFile, request: Request, names: list[str], header: Place | None) -> tuple[int, ...]:
    """The numbers, from 0, of the columns of a request; names are the same whether marks stand apart (NFD) or not."""
    if isinstance(request, tuple):
        if not request:
            raise file.error(NO_COLUMN, name="[]", hint=_columns_hint("", names, header))
        return tuple(chain.from_iterable(_fields(file, name, names, header) for name in request))
    request, names = composed(request), [composed(name) for name in names]
    first, colon, last = request.partition(":")
    if request not in names and colon and first in names and last in names:
        return tuple(range(_field(file, first, names, header), _field(file, last, names, header) + 1))
    return (_field(file, request, names, header),)


def _field(file: DataFile, name: str, names: list[str], header: Place | None) -> int:
    notes = [Note("its first row", header)] if header else []
    if name not in names:
        raise file.error(NO_COLUMN, name=name, hint=_columns_hint(name, names, header), notes=notes)
    if names.count(name) > 1:
        raise file.error(REPEATED_COLUMN, name=name, notes=notes)
    return names.index(name)


def _columns_hint(name: str, names: list[str], header: Place | None) -> str:
    if header is None:
        return f'it has no header, since its first row holds numbers: its columns are "1" to "{len(names)}"'
    if len(names) == 1 and (marks := [mark for mark in (";", "\t", "|") if mark in names[0]]):
        return f"fields are separated by commas; this file seems to use {marks[0]!r}"
    return suggestion(name, names, what="its columns")


# --- the rows ---------------------------------------------------------------------------------------------------


def _records(file: DataFile, lines: Iterable[str], start: int, enough: float = math.inf) -> Iterator[Record]:
    """Rows by the csv module, blank lines left out; `start` is the number of the first line. Raises SpecError.

    It ends with the row that the line before `start + enough` belongs to.
    """
    reader = csv.reader((f"{line}\n" for line in lines), strict=True)
    before = 0
    try:
        for fields in reader:
            line, before = start + before, reader.line_num
            blank = not fields or (len(fields) == 1 and fields[0].isspace())  # a line of "" is a row
            if not blank:
                yield line, [field.strip() for field in fields]
            if before >= enough:
                return
    except csv.Error as error:
        if "field limit" in str(error):
            raise file.error(LONG_FIELD, start + before, 1, limit=f"{LONGEST_FIELD:,}") from None
        raise file.error(BAD_QUOTES, start + before, 1, reason=str(error)) from None


class _Table:
    """Rows on their way into columns: quickly where a block is plain, with all care where it is not."""

    def __init__(self, file: DataFile, width: int, columns: Sequence[CsvColumn], gathered: GatheredRows) -> None:
        self.file = file
        self.width = width
        self.columns = columns
        self.gathered = gathered
        self.rows_at_once = max(1, FIELDS_AT_ONCE // width)

    def take_all(self, lines: Lines) -> None:
        """Takes all remaining rows. Raises SpecError."""
        count = 1  # where there were no rows yet, the first tells the kinds of the columns
        while block := self._next(lines, count):
            start = lines.taken - len(block) + 1
            if any('"' in line for line in block):  # a quoted field may reach over the next lines, too
                self.take(_records(self.file, chain(block, lines.singly()), start, len(block)))
            elif not self.take_plain(block, start):
                self.take(_records(self.file, block, start))
            count = self.rows_at_once

    def _next(self, lines: Lines, count: int) -> list[str]:
        lines.skip_blank()
        return lines.block(count)

    def take(self, records: Iterable[Record]) -> None:
        """Takes rows value by value. Raises SpecError at the first that is wrong."""
        rows = iter(records)
        while batch := list(islice(rows, self.rows_at_once)):
            for line, fields in batch:
                if (count := len(fields)) != self.width:
                    field = min(count, self.width) + 1
                    raise self.file.error(RAGGED, line, field, count=count, width=self.width)
            lines = [line for line, _ in batch]
            for column in self.columns:
                column.take(lines, [fields[column.field] for _, fields in batch])
            consecutive = lines[-1] - lines[0] == len(lines) - 1
            self._count(range(lines[0], lines[-1] + 1) if consecutive else np.array(lines, np.int64))

    def take_plain(self, block: list[str], start: int) -> bool:
        """Takes lines without quotes, numbers by NumPy's parser; False, and nothing taken, where it cannot."""
        commas = self.width - 1
        lines: Sequence[int] = range(start, start + len(block))
        if any(line.count(",") != commas for line in block) or (not commas and not all(map(str.strip, block))):
            filled = [number for number, line in enumerate(block) if line.strip()]
            block, lines = [block[number] for number in filled], [start + number for number in filled]
        if not block:  # blank lines alone
            return True
        if any(line.count(",") != commas for line in block) or not all(column.kind for column in self.columns):
            return False
        if max(map(len, block)) > LONGEST_FIELD:
            return False
        numbers: dict[int, Array] = {}
        for kind, dtype in (("int", np.int64), ("real", np.float64)):
            fields = [column.field for column in self.columns if column.kind == kind]
            array = _parsed(block, fields, dtype)
            if array is None:
                return False
            numbers |= zip(fields, array.T, strict=True)
        for column in self.columns:
            if column.field in numbers:
                column.parts.append(numbers[column.field])
            else:
                column.take(lines, [line.split(",", column.field + 1)[column.field].strip() for line in block])
        self._count(lines if isinstance(lines, range) else np.array(lines, np.int64))
        return True

    def _count(self, lines: range | Array) -> None:
        self.gathered.count(lines)
        if self.gathered.bytes > budget.limit():
            raise self.file.oversize(f"`{self.file.path}`, up to line {lines[-1]},", self.gathered.bytes)


def _parsed(block: list[str], fields: list[int], dtype: type) -> Array | None:
    """Numbers of some fields, [rows, fields]; None where a field is not a finite number of that type."""
    if not fields:
        return np.empty((len(block), 0))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # reals read as whole numbers, no input
            array: Array = np.loadtxt(block, dtype, comments=None, delimiter=",", usecols=fields, ndmin=2)
    except (ValueError, OverflowError, Warning):
        return None
    return array if len(array) == len(block) and np.isfinite(array).all() else None


# --- the answer -------------------------------------------------------------------------------------------------


def _reading(file: DataFile, request: Request, columns: list[CsvColumn], rows: Rows, lines: range | Array) -> Reading:
    origin = Origin(file.span, file.path, lines, tuple(column.field + 1 for column in columns))
    texts = next((column for column in columns if column.kind == "text"), None)
    if texts is None:
        return Reading(rows, origin)
    if rows.ndim > 1:
        line, text = texts.first
        hint = look_hint(text, texts.codes)
        raise file.error(TEXTS_IN_LIST, line, texts.field + 1, name=texts.name, value=text, hint=hint)
    rank, names = texts.ranked()
    return Reading(mapped(rows, lambda part: rank[part]), origin, names)
