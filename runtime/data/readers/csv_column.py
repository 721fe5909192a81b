"""One column of a CSV file: texts become numbers, and it becomes known what kind of column it is."""

import math
from collections.abc import Sequence

import numpy as np

from ....grammar.diagnostic import Diagnostic, Fault, Note, Place, shown
from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from .. import budget
from ..column import Array
from ..faults import MISSING, NOT_A_NUMBER, NOT_FINITE_TEXT, TOO_LARGE
from ..looks import is_missing, look_hint
from ..notation import INTEGER
from .csv_settings import CsvSettings
from .data_file import DataFile

MISSING_TEXT = -1
"""The number of a text that is missing."""

MISSING_HINT = "an input takes no missing values: write `fill(c, {})`, or leave out its row"


class CsvColumn:
    """A column that is being read: what kind it turned out to be, and its values so far.

    Where a value is missing, numbers have NaN, and texts the number -1.
    """

    def __init__(self, file: DataFile, field: int, name: str, settings: CsvSettings) -> None:
        self.file = file
        self.field = field
        self.name = name
        self.settings = settings
        self.kind = ""
        """Empty until the first value, then `int`, `real` or `text`; an `int` column turns `real` at its first real."""
        self.parts: list[Array] = []
        self.first = (0, "")
        """Line and text of the first value."""
        self.codes: dict[str, int] = {}
        """Texts, numbered as they come."""
        self.missing: tuple[int, str] | None = None
        """Line and text of the first missing value."""
        self._is_number = settings.notation.number.fullmatch
        self._plain = settings.notation.plain
        self._missing = settings.missing
        self._missing_numbers = settings.missing_numbers

    def take(self, lines: Sequence[int], texts: Sequence[str]) -> None:
        """Appends values, given as texts without white space around. Raises SpecError at one that does not fit."""
        if not self.kind:
            self._begin(lines, texts)
        if self.kind in ("int", "real") and (array := self._at_once(lines, texts)) is not None:
            self.parts.append(array)
            return
        convert = self._code if self.kind == "text" else self._number
        values = [convert(line, text) for line, text in zip(lines, texts, strict=True)]
        gaps = self.kind != "text" and self.missing is not None and math.nan in values
        self.parts.append(np.array(values, np.float64 if self.kind in ("", "real") or gaps else np.int64))

    def _at_once(self, lines: Sequence[int], texts: Sequence[str]) -> Array | None:
        """Numbers all of which are fine; None where one has to be looked at by itself."""
        gaps = np.fromiter(map(self._missing.__contains__, texts), bool, len(texts))
        held = [text for text in texts if text not in self._missing] if gaps.any() else texts
        if self._missing_numbers or not all(map(self._is_number, held)):
            return None
        plain = list(map(self._plain, held))
        if self.kind == "int" and all(map(INTEGER.fullmatch, plain)):
            values = list(map(int, plain))
            if not all(-(2**63) <= value < 2**63 for value in (min(values, default=0), max(values, default=0))):
                return None
            array = np.array(values, np.int64)
        else:
            array = np.array(list(map(float, plain)), np.float64)
            if not np.isfinite(array).all():
                return None
            self.kind = "real"
        if len(held) == len(texts):
            return array
        self._lacks(lines[first := int(gaps.argmax())], texts[first])
        result = np.full(len(texts), np.nan)
        result[~gaps] = array
        return result

    def _begin(self, lines: Sequence[int], texts: Sequence[str]) -> None:
        """Tells the kind by the first value that is there."""
        for line, text in zip(lines, texts, strict=True):
            if not self.settings.is_missing(text):
                self.first = (line, text)
                self.kind = "int" if self.settings.is_number(text) else "text"
                return

    def _lacks(self, line: int, text: str) -> None:
        if self.missing is None:
            self.missing = (line, text)

    def _code(self, line: int, text: str) -> int:
        if (known := self.codes.get(text)) is not None:
            return known
        if self.settings.is_missing(text):
            self._lacks(line, text)
            return MISSING_TEXT
        if self._is_number(text):
            if not math.isfinite(float(self.settings.notation.plain(text))):
                raise self._not_finite(line, text)
            first_line, first = self.first
            number = Note(f"a number in the same column: `{text}`", self._place(line))
            hint = look_hint(first, self.codes, csv=True)
            raise self._error(NOT_A_NUMBER, first_line, first, notes=[number], hint=hint)
        if len(self.codes) == budget.MOST_CLASSES:
            what, size = f"the class names of column `{self.name}`", f"more than {budget.MOST_CLASSES} numbers"
            raise self.file.error(TOO_LARGE, line, self.field + 1, what=what, size=size, limit=budget.MOST_CLASSES)
        return self.codes.setdefault(text, len(self.codes))

    def _number(self, line: int, text: str) -> float:
        if INTEGER.fullmatch(text) and -(2**63) <= (whole := int(text)) < 2**63 and whole not in self._missing_numbers:
            return whole
        if text in self._missing or (self._missing_numbers and self.settings.is_missing(text)):
            self._lacks(line, text)
            return math.nan
        if not self._is_number(text):
            first_line, first = self.first
            other = Note(f"the first value of the column is `{first}`", self._place(first_line))
            raise self._error(NOT_A_NUMBER, line, text, notes=[other], hint=look_hint(text, csv=True))
        plain = self._plain(text)
        if plain is not text and INTEGER.fullmatch(plain) and -(2**63) <= (whole := int(plain)) < 2**63:
            return whole
        value = float(plain)
        if not math.isfinite(value):
            raise self._not_finite(line, text)
        self.kind = "real"
        return value

    def _place(self, line: int) -> Place:
        return Place(self.file.path, line, self.field + 1)

    def _not_finite(self, line: int, text: str) -> SpecError:
        return self._error(NOT_FINITE_TEXT, line, text, hint=look_hint(text, csv=True) if is_missing(text) else None)

    def missing_value(self, span: Span | None) -> Diagnostic:
        """What is said of the first missing value where none may be; `span` is where the column is asked for."""
        line, text = self.missing or (0, "")
        hint = MISSING_HINT.format('"unknown"' if self.kind == "text" else "mean")
        hint = f"`{shown(text)}` stands for a missing value; {hint}" if text else hint
        asked = self.file._replace(span=span)
        return asked.error(MISSING, line, self.field + 1, name=self.name, hint=hint).diagnostics[0]

    def _error(
        self, fault: Fault, line: int, value: str = "", notes: Sequence[Note] = (), hint: str | None = None
    ) -> SpecError:
        return self.file.error(
            fault, line, self.field + 1, notes=notes, hint=hint, name=self.name, **fault.asked_for(value=value)
        )

    def taken(self) -> Array:
        """The values since the last call, texts by their numbers in `codes`."""
        array = np.concatenate(self.parts)
        self.parts.clear()
        return array

    def ranked(self) -> tuple[Array, tuple[str, ...]]:
        """The class number of each number in `codes`, and the names of the classes in order."""
        names = sorted(self.codes)
        rank = np.full(len(names) + 1, MISSING_TEXT, np.int64)  # -1 is the last of them
        rank[[self.codes[name] for name in names]] = np.arange(len(names))
        return rank, tuple(names)
