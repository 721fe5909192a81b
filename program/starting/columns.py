"""The columns of a CSV file told apart: numbers, categories, and what a net is better without."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from ...grammar.diagnostic import shown
from ...runtime.data.looks import is_missing, look_of
from ...runtime.data.names import NAMES_TOO
from ...runtime.data.readers.csv_guess import guessed
from ...runtime.data.readers.csv_reader import rows_of
from ...runtime.data.readers.csv_settings import CsvSettings
from ...runtime.data.readers.data_file import DataFile

ROWS_LOOKED_AT = 100_000

MOST_CATEGORIES = 40
"""Texts of a column that become columns of their own."""

MOST_WHOLE = 10
"""Whole numbers from 0 on that are taken for classes."""


@dataclass
class Column:
    """What was seen of a column: how many numbers, which texts, and which marks stand for what is missing.

    `asked` is what `csv` calls it: its name, or its number where that can't be written, stands twice or is not there;
    None where its number is the name of another.
    """

    name: str
    asked: str | None
    rows: int = 0
    blank: int = 0
    numbers: list[float] = field(default_factory=list)
    whole: bool = True
    texts: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)

    def see(self, text: str, settings: CsvSettings) -> None:
        """Takes a field."""
        self.rows += 1
        if not text:
            self.blank += 1
        elif is_missing(text) and text.casefold() not in NAMES_TOO:
            self.marks[text] += 1
        elif settings.is_number(text):
            self.numbers.append(float(settings.notation.plain(text)))
            self.whole = self.whole and settings.is_whole(text)
        else:
            self.texts[text] += 1

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return self.blank + self.marks.total()

    @property
    def is_text(self) -> bool:
        return bool(self.texts)

    @property
    def classes(self) -> list[str]:
        """The classes of one that is to be predicted, in their order; none where it is numbers."""
        if self.is_text:
            return sorted(self.texts)
        found = sorted(set(self.numbers)) if self.whole else []
        return [f"{each:g}" for each in found] if found == list(range(len(found))) and len(found) <= MOST_WHOLE else []

    @property
    def infinite(self) -> float | None:
        """A value that is not finite, where it has one."""
        return next((each for each in self.numbers if not math.isfinite(each)), None)

    @property
    def unfit(self) -> str | None:
        """Why a net is better without it; None where it can use it."""
        if self.asked is None:
            return "can't be asked for: its name does not tell it from others, and its number is the name of one"
        if self.rows and self.missing == self.rows:
            return "has no value in any row"
        if (infinite := self.infinite) is not None:
            return f"has a value that is not finite, {infinite:g}"
        if self.is_text and self.numbers:
            text, number = next(iter(self.texts)), self.numbers[0]
            return f"has texts, such as `{shown(text)}`, among numbers, such as {number:g}"
        if self.is_text:
            look = look_of(self.texts)
            if look is not None and look.doubtful:
                return f"has texts that look like {look.what}"
            if len(self.texts) > min(MOST_CATEGORIES, self.rows / 4):
                return f"has {len(self.texts)} different texts"
        if len(self.texts) + len(set(islice(self.numbers, 1000))) + bool(self.missing) < 2:
            return "is the same in each row"
        if self.whole and len(self.numbers) > 2 and _counts(self.numbers):
            return "counts the rows"
        return None


class Table(NamedTuple):
    """A CSV file: how it is written, and its columns."""

    settings: CsvSettings
    columns: dict[str, Column]
    rows: int


def table_of(path: str) -> Table:
    """The columns of a file, by its first rows. Raises SpecError where it can't be read."""
    file = DataFile(path)
    settings = guessed(file)
    rows = rows_of(file, settings)
    names = next(rows)
    columns = [_column(names, number) for number in range(1, len(names) + 1)]
    count = 0
    for fields in islice(rows, ROWS_LOOKED_AT):
        count += 1
        for column, text in zip(columns, fields, strict=True):
            column.see(text, settings)
    return Table(settings, {column.name: column for column in columns}, count)


def _column(names: list[str], number: int) -> Column:
    name = names[number - 1]
    if name and names.count(name) == 1:
        asked = name if '"' not in name and name.isprintable() else str(number)
        return Column(name, asked if asked == name or asked not in names else None)
    return Column(f"column {number}", str(number) if str(number) not in names else None)


def _counts(numbers: Iterable[float]) -> bool:
    """Whether each number is one more than the one before it."""
    first, *others = numbers
    return all(number == first + distance for distance, number in enumerate(others, 1))
