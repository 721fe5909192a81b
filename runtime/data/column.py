"""What a reader gives: an array, where its rows come from, and the names of its classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.source import Span
from ..arrays import Array
from .stored import Rows

__all__ = ["Array", "Origin", "Reading", "Request", "Rows"]

Request: TypeAlias = str | tuple[str, ...]
"""What a spec asks of a file: one column [rows], or several [rows, columns]."""


NO_AXES = frozenset[int]()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of an array come from, so that a fault in a row names its place.

    `span` is where the spec asks for it. Of a text file, `lines` has the line of each row and `columns` the number
    of each field, both counted from 1.
    """

    span: Span | None
    file: str | None = None
    lines: Sequence[int] | Array | None = None
    columns: tuple[int, ...] = (1,)

    @property
    def in_csv(self) -> bool:
        """Whether the rows are lines of a CSV file."""
        return self.file is not None and self.lines is not None

    def place(self, row: int, element: int = 0) -> Span | Place | None:
        """The place of an element of a row: in the text file if there is one, else in the spec, else the whole file."""
        if self.file is not None and self.lines is not None:
            return Place(self.file, int(self.lines[row]), self.columns[element % len(self.columns)])
        if self.span is None and self.file is not None:
            return Place(self.file)
        return self.span


class Reading(NamedTuple):
    """An array of booleans, integers or reals, as wide as it was stored; its first axis counts the rows.

    Columns that are too large for memory lie in a file.

    `classes` are the names behind class numbers, None for plain numbers. Where a value is missing, numbers have NaN and
    class numbers are -1; `missing` is then what to say of the first, where none may be. `rows` are the axes that run
    over rows of the data, counted from the last one, -1; none of a literal and of a number over all rows.
    """

    array: Rows
    origin: Origin
    classes: tuple[str, ...] | None = None
    missing: Diagnostic | None = None
    rows: frozenset[int] = NO_AXES
