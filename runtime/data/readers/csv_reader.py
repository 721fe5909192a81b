"""CSV: the columns that are asked for, as numbers or as class names, in one pass over the file.

Fields are separated by commas and quoted as RFC 4180 has it, of at most 131,072 characters each; UTF-8, with or without
byte order mark; settings say otherwise. Blank lines are skipped, and so are comments above the rows and a first line
`sep=;`, by which Excel is told the separator; white space around a field does not count. The first row is the header
unless one of its fields is a number, with a warning where it looks like one all the same; without a header the columns
are called "1", "2" and so on. `"first:last"` asks for the columns from one to another, both included. A column of whole
numbers is int64, one with reals float64, one of texts class numbers, its classes sorted by code point; where a value is
missing there is NaN, or class -1. In faults a row is given by its line, a column by the number of its field, from 1.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from ....grammar.diagnostic import Diagnostic, Note, Place
from ....grammar.source import Span
from ....grammar.suggestion import suggestion
from ..column import Array, Origin, Reading, Request, Rows
from ..faults import EMPTY, MAYBE_HEADER, NO_COLUMN, RAGGED, REPEATED_COLUMN, TEXTS_IN_LIST
from ..looks import look_hint
from ..stored import mapped
from .csv_column import MISSING_TEXT, CsvColumn
from .csv_guess import TITLE_HINT, ragged_hint, reading_hint
from .csv_header import COMMENT, HEAD, ColumnNames, Head, Record, comments_above, head_of, sep_told
from .csv_rows import GatheredRows
from .csv_settings import CsvSettings
from .csv_table import FIELDS_AT_ONCE, CsvTable, records_of
from .data_file import DataFile
from .text_lines import LONGEST_LINE, Lines

LINES_ABOVE = 1000
"""Lines among which comments are looked for above the rows, where the first is one."""

DEFAULTS = CsvSettings()

__all__ = ["DEFAULTS", "CsvFile", "Request", "columns_of", "read_csv"]


class CsvFile(NamedTuple):
    """What was asked of a file, and warnings about it."""

    readings: dict[Request, Reading]
    warnings: tuple[Diagnostic, ...]


def read_csv(file: DataFile, requests: Mapping[Request, Span | None], settings: CsvSettings = DEFAULTS) -> CsvFile:
    """The columns of each request, given with its place in the spec.

    Raises SpecError, at the line and field that is wrong.
    """
    with file.open() as raw:
        text = Lines(file, raw, settings)
        head = _head(file, text)
        settings, names = text.settings, head.names
        asked = {request: file._replace(span=span) for request, span in requests.items()}
        known = ColumnNames(names)
        wanted = {request: _Asked(by, head, settings, known).fields(request) for request, by in asked.items()}
        fields = dict.fromkeys(field for each in wanted.values() for field in each)
        columns = {field: CsvColumn(file, field, names[field], settings) for field in fields}
        by_request = {request: [columns[field] for field in each] for request, each in wanted.items()}
        table = CsvTable(file, settings, head, tuple(columns.values()), GatheredRows(by_request))
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


def columns_of(file: DataFile, settings: CsvSettings = DEFAULTS) -> ColumnNames:
    """What the columns of a file are called, as specs write names. Raises SpecError."""
    with file.open() as raw:
        text = Lines(file, raw, settings)  # it closes the file when it goes
        return ColumnNames(_head(file, text).names)


def rows_of(file: DataFile, settings: CsvSettings = DEFAULTS) -> Iterator[list[str]]:
    """The names of a file's columns, then each row as texts, blank lines left out. Raises SpecError."""
    with file.open() as raw:
        text = Lines(file, raw, settings)
        head = _head(file, text)
        yield ColumnNames(head.names).listed
        for line, fields in chain(head.values, records_of(file, text.settings, text.singly(), text.taken + 1)):
            if len(fields) != len(head.names):
                hint = reading_hint(file, text.settings) or ragged_hint(fields, head, text.settings)
                width, count = len(head.names), len(fields)
                raise file.error(RAGGED, line, min(count, width) + 1, count=count, width=width, hint=hint)
            yield fields


def line_of_header(file: DataFile, settings: CsvSettings = DEFAULTS) -> int:
    """The line of a file's header, 0 where it has none. Raises SpecError."""
    with file.open() as raw:
        text = Lines(file, raw, settings)  # see `columns_of`
        return _head(file, text).line


# --- the header -------------------------------------------------------------------------------------------------


def _head(file: DataFile, text: Lines) -> Head:
    """What the first rows say; no line behind them is taken. Raises SpecError where there is none."""
    _pass_over(text)
    records: list[Record] = []
    while len(records) < HEAD and sum(len(fields) for _, fields in records) < FIELDS_AT_ONCE:
        text.skip_blank()
        first = next(records_of(file, text.settings, text.singly(), text.taken + 1), None)
        if first is None:
            break
        records.append(first)
    if not records:
        raise file.error(EMPTY)
    return head_of(records, text.settings)


def _pass_over(text: Lines) -> None:
    """Takes what stands above the header and the rows: the line that names the separator, and comments."""
    text.skip_blank()
    sep = next(map(sep_told, text.ahead(1)), None)
    if sep is not None:
        text.settings = replace(text.settings, sep=sep)
        text.block(1)
        text.skip_blank()
    if any(line.startswith(COMMENT) for line in text.ahead(1)):
        text.block(comments_above(_first_lines(text), text.settings))


def _first_lines(text: Lines) -> list[str]:
    """The first lines: as many below the comments as there are comments, and not more than memory should hold."""
    count = 2 * HEAD
    while True:
        lines = text.ahead(count)
        enough = len(lines) < count or not lines[count // 2].startswith(COMMENT)
        if enough or count > LINES_ABOVE or sum(map(len, lines)) > LONGEST_LINE:
            return lines
        count *= 2


def _maybe_header(file: DataFile, head: Head) -> Diagnostic:
    line, fields = head.values[0]
    row = ", ".join(fields[:5]) + (", ..." if len(fields) > 5 else "")
    notes = [Note("the file is read here", file.span)] if file.span else []
    hint = (
        f'`header = true` takes it for one, `header = false` for values; so far its columns are "1" to "{len(fields)}"'
    )
    return MAYBE_HEADER.at(Place(file.path, line, 1), row=row, hint=hint, notes=notes)


class _Asked(NamedTuple):
    """Who asks for columns of a file, and what is known of these."""

    file: DataFile
    head: Head
    settings: CsvSettings
    names: ColumnNames

    def fields(self, request: Request) -> tuple[int, ...]:
        """The numbers, from 0, of the columns of a request. Raises SpecError where one is not there."""
        listed = (request,) if isinstance(request, str) else request
        if not listed:
            raise self.file.error(NO_COLUMN, name="[]", hint=self._hint(""))
        return tuple(chain.from_iterable(map(self._named, listed)))

    def _named(self, name: str) -> Iterable[int]:
        """The column of a name or a number, or those from one to another."""
        if (found := self.names.between(name)) is None:
            return (self._column(name),)
        for end in name.split(":", 1):
            self._column(end)
        return found

    def _column(self, name: str) -> int:
        notes = [Note("its header", Place(self.file.path, self.head.line, 1))] if self.head.line else []
        if (found := self.names.position(name)) is None:
            raise self.file.error(NO_COLUMN, name=name, hint=self._hint(name), notes=notes)
        if numbers := [number + 1 for number in self.names.repeated(name)]:
            hint = f"their numbers are {', '.join(map(str, numbers[:40]))}: write `{numbers[0]}` for the first"
            raise self.file.error(REPEATED_COLUMN, name=name, hint=hint, notes=notes)
        return found

    def _hint(self, name: str) -> str:
        if (hint := reading_hint(self.file, self.settings, name)) is not None:
            return hint
        names = self.names.listed
        if not self.head.line:
            why = "" if self.settings.header is False else ", since its first row holds numbers"
            return f'it has no header{why}: its columns are "1" to "{len(names)}"'
        if len(names) == 1 and any(len(fields) > 1 for _, fields in self.head.values):
            return TITLE_HINT
        if name.isascii() and name.isdigit():
            return f"columns are counted from 1, here to {len(names)}"
        return suggestion(name, names, what="its columns")


# --- the answer -------------------------------------------------------------------------------------------------


def _reading(file: DataFile, request: Request, columns: list[CsvColumn], rows: Rows, lines: range | Array) -> Reading:
    origin = Origin(file.span, file.path, lines, tuple(column.field + 1 for column in columns))
    gaps = [(column.missing, column) for column in columns if column.missing is not None]
    missing = min(gaps, key=lambda each: each[0])[1].missing_value(file.span) if gaps else None
    texts = next((column for column in columns if column.kind == "text"), None)
    if texts is None:
        return Reading(rows, origin, missing=missing)
    if rows.ndim > 1:
        line, text = texts.first
        hint = look_hint(text, texts.codes, csv=True)
        raise file.error(TEXTS_IN_LIST, line, texts.field + 1, name=texts.name, value=text, hint=hint)
    rank, names = texts.ranked()
    return Reading(mapped(rows, lambda part: rank[_codes(part)]), origin, names, missing)


def _codes(part: Array) -> Array:
    """The numbers of texts; before the first text, where all were missing, there was none to tell the kind."""
    return part if part.dtype.kind == "i" else np.nan_to_num(part, nan=MISSING_TEXT).astype(np.int64)
