"""The rows of a CSV file on their way into columns."""

import csv
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

import numpy as np

from .. import budget
from ..column import Array
from ..faults import BAD_QUOTES, LONG_FIELD, RAGGED
from ..notation import PLAIN
from .csv_column import CsvColumn
from .csv_guess import ragged_hint, reading_hint
from .csv_header import Head, Record
from .csv_rows import GatheredRows
from .csv_settings import CsvSettings
from .data_file import DataFile
from .text_lines import Lines

LONGEST_FIELD = csv.field_size_limit()
"""Characters of a field: what the csv module takes for one."""

FIELDS_AT_ONCE = 1 << 19
"""Fields that are converted at a time."""


def records_of(
    file: DataFile, settings: CsvSettings, lines: Iterable[str], start: int, enough: float = math.inf
) -> Iterator[Record]:
    """Rows by the csv module, blank lines left out; `start` is the number of the first line. Raises SpecError.

    It ends with the row that the line before `start + enough` belongs to.
    """
    reader = settings.reader(lines)
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
        hint = reading_hint(file, settings)
        raise file.error(BAD_QUOTES, start + before, 1, reason=str(error), hint=hint) from None


class CsvTable:
    """Rows on their way into columns: quickly where a block is plain, with all care where it is not."""

    def __init__(
        self,
        file: DataFile,
        settings: CsvSettings,
        head: Head,
        columns: Sequence[CsvColumn],
        gathered: GatheredRows,
    ) -> None:
        self.file = file
        self.settings = settings
        self.head = head
        self.width = len(head.names)
        self.columns = columns
        self.gathered = gathered
        self.rows_at_once = max(1, FIELDS_AT_ONCE // self.width)

    def take_all(self, lines: Lines) -> None:
        """Takes all remaining rows. Raises SpecError."""
        count = 1  # where there were no rows yet, the first tells the kinds of the columns
        while block := self._next(lines, count):
            start = lines.taken - len(block) + 1
            if any('"' in line for line in block):  # a quoted field may reach over the next lines, too
                self.take(records_of(self.file, self.settings, chain(block, lines.singly()), start, len(block)))
            elif not self.take_plain(block, start):
                self.take(records_of(self.file, self.settings, block, start))
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
                    hint = reading_hint(self.file, self.settings) or ragged_hint(fields, self.head, self.settings)
                    raise self.file.error(RAGGED, line, field, count=count, width=self.width, hint=hint)
            lines = [line for line, _ in batch]
            for column in self.columns:
                column.take(lines, [fields[column.field] for _, fields in batch])
            consecutive = lines[-1] - lines[0] == len(lines) - 1
            self._count(range(lines[0], lines[-1] + 1) if consecutive else np.array(lines, np.int64))

    def take_plain(self, block: list[str], start: int) -> bool:
        """Takes lines without quotes, numbers by NumPy's parser as far as it can; False where it takes nothing."""
        sep, commas = self.settings.sep, self.width - 1
        lines: Sequence[int] = range(start, start + len(block))
        block = block if sep != " " else list(self.settings.even(block))
        if any(line.count(sep) != commas for line in block) or (not commas and not all(map(str.strip, block))):
            filled = [number for number, line in enumerate(block) if self.settings.is_filled(line)]
            block, lines = [block[number] for number in filled], [start + number for number in filled]
        if not block:  # blank lines alone
            return True
        if any(line.count(sep) != commas for line in block) or not all(column.kind for column in self.columns):
            return False
        if max(map(len, block)) > LONGEST_FIELD:
            return False
        numbers: dict[int, Array] = {}
        for kind, dtype in (("int", np.int64), ("real", np.float64)):
            fields = [column.field for column in self.columns if column.kind == kind]
            if (array := self._parsed(block, fields, dtype)) is not None:
                numbers |= zip(fields, array.T, strict=True)
        for column in self.columns:
            if column.field in numbers:
                column.parts.append(numbers[column.field])
            else:
                column.take(lines, [line.split(sep, column.field + 1)[column.field].strip() for line in block])
        self._count(lines if isinstance(lines, range) else np.array(lines, np.int64))
        return True

    def _parsed(self, block: list[str], fields: list[int], dtype: type) -> Array | None:
        """Numbers of some fields, [rows, fields]; None where one has to be looked at by itself."""
        if not fields:
            return np.empty((len(block), 0))
        notation = self.settings.notation
        if notation != PLAIN:
            others = {".", *notation.signs} - {notation.decimal, self.settings.sep}
            if any(sign in line for line in block for sign in others):
                return None
            if notation.decimal != self.settings.sep:  # in its place fields have no decimals but in quotes
                block = [line.replace(notation.decimal, ".") for line in block]
        array = _numbers(block, fields, dtype, self.settings.sep)
        missing = self.settings.missing_numbers
        return None if array is None or (missing and np.isin(array, missing).any()) else array

    def _count(self, lines: range | Array) -> None:
        self.gathered.count(lines)
        if self.gathered.bytes > budget.limit():
            raise self.file.oversize(f"`{self.file.path}`, up to line {lines[-1]},", self.gathered.bytes)


def _numbers(block: list[str], fields: list[int], dtype: type, sep: str) -> Array | None:
    """Numbers of some fields, [rows, fields]; None where a field is not a finite number of that type."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # reals read as whole numbers, no input
            array: Array = np.loadtxt(block, dtype, comments=None, delimiter=sep, usecols=fields, ndmin=2)
    except (ValueError, OverflowError, Warning):
        return None
    return array if len(array) == len(block) and np.isfinite(array).all() else None
