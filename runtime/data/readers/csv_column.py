"""One column of a CSV file: texts become numbers, and it becomes known what kind of column it is."""

import math
import re
from collections.abc import Sequence

import numpy as np

from ....grammar.diagnostic import Fault, Note, Place
from ....grammar.spec_error import SpecError
from ..column import Array
from ..faults import MISSING, NOT_A_NUMBER, NOT_FINITE_TEXT, TOO_LARGE
from ..looks import is_missing, look_hint
from .data_file import DataFile

INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
NUMBER = re.compile(r"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)
"""What stands for a number; NaN and infinity are numbers too, and refused as such."""

MOST_CLASSES = 1 << 20


class CsvColumn:
    """A column that is being read: what kind it turned out to be, and its values so far."""

    def __init__(self, file: DataFile, field: int, name: str) -> None:
        self.file = file
        self.field = field
        self.name = name
        self.kind = ""
        """Empty until the first value, then `int`, `real` or `text`; an `int` column turns `real` at its first real."""
        self.parts: list[Array] = []
        self.first = (0, "")
        """Line and text of the first value."""
        self.codes: dict[str, int] = {}
        """Texts, numbered as they come."""

    def take(self, lines: Sequence[int], texts: Sequence[str]) -> None:
        """Appends values, given as texts without white space around. Raises SpecError at one that does not fit."""
        if not self.kind:
            self.first = (lines[0], texts[0])
            self.kind = "int" if NUMBER.fullmatch(texts[0]) else "text"
        convert = self._code if self.kind == "text" else self._number
        values = [convert(line, text) for line, text in zip(lines, texts, strict=True)]
        self.parts.append(np.array(values, np.float64 if self.kind == "real" else np.int64))

    def _code(self, line: int, text: str) -> int:
        if (known := self.codes.get(text)) is not None:
            return known
        if not text:
            raise self._error(MISSING, line)
        if NUMBER.fullmatch(text):
            if not math.isfinite(float(text)):
                raise self._not_finite(line, text)
            first_line, first = self.first
            number = Note(f"a number in the same column: `{text}`", self._place(line))
            hint = look_hint(first, self.codes)
            raise self._error(NOT_A_NUMBER, first_line, first, notes=[number], hint=hint)
        if len(self.codes) == MOST_CLASSES:
            what, size = f"the class names of column `{self.name}`", f"more than {MOST_CLASSES} numbers"
            raise self.file.error(TOO_LARGE, line, self.field + 1, what=what, size=size, limit=MOST_CLASSES)
        return self.codes.setdefault(text, len(self.codes))

    def _number(self, line: int, text: str) -> float:
        if INTEGER.fullmatch(text) and -(2**63) <= (whole := int(text)) < 2**63:
            return whole
        if not text:
            raise self._error(MISSING, line)
        if not NUMBER.fullmatch(text):
            first_line, first = self.first
            other = Note(f"the first value of the column is `{first}`", self._place(first_line))
            raise self._error(NOT_A_NUMBER, line, text, notes=[other], hint=look_hint(text))
        value = float(text)
        if not math.isfinite(value):
            raise self._not_finite(line, text)
        self.kind = "real"
        return value

    def _place(self, line: int) -> Place:
        return Place(self.file.path, line, self.field + 1)

    def _not_finite(self, line: int, text: str) -> SpecError:
        return self._error(NOT_FINITE_TEXT, line, text, hint=look_hint(text) if is_missing(text) else None)

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
        rank = np.empty(len(names), np.int64)
        rank[[self.codes[name] for name in names]] = np.arange(len(names))
        return rank, tuple(names)
