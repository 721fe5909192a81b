"""What a reader gives: an array, where its rows come from, and the names of its classes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.source import Span
from ..arrays import Array
from .stored import Rows

__all__ = ["Array", "Origin", "Reading", "Request", "Rows"]

Request: TypeAlias = str | tuple[str, ...]
"""What a spec asks of a file: one column [rows], or several [rows, columns]."""


NO_AXES = frozenset[int]()

UNKNOWN = "<unknown>"
"""In a vocabulary, what stands for all that it lacks: no character and no word is written so."""


class Origin(NamedTuple):
    """Where the rows of an array come from, so that a fault in a row names its place.

    `span` is where the spec asks for it. Of a text file, `lines` has the line of each row and `columns` the number
    of each field, both counted from 1. `places` has the place of an element of a row where neither says it.
    """

    span: Span | None
    file: str | None = None
    lines: Sequence[int] | Array | None = None
    columns: tuple[int, ...] = (1,)
    places: Callable[[int, int], Place] | None = None

    @property
    def by_row(self) -> bool:
        """Whether each row has a place of its own."""
        return self.lines is not None or self.places is not None

    @property
    def of_rows(self) -> "Origin":
        """The same where the elements of a row are others than those that were read."""
        places = self.places
        if places is None:
            return self._replace(columns=(0,))
        return self._replace(columns=(0,), places=lambda row, element: places(row, 0))

    def among(self, rows: slice) -> "Origin":
        """That of some of the rows."""
        if (places := self.places) is not None:
            first, step = rows.start, rows.step
            return self._replace(places=lambda row, element: places(first + row * step, element))
        return self if self.lines is None else self._replace(lines=self.lines[rows])

    def windows(self, elements: int) -> "Origin":
        """That of rows that are rows of this one, one after the other from their first on, of so many elements each."""
        lines, places = self.lines, self.places
        if places is None and (self.file is None or lines is None):
            return self

        def place(row: int, element: int) -> Place:
            found = self.place(row + element // elements, element % elements)
            assert isinstance(found, Place)  # each row has one of its own
            return found

        return self._replace(lines=None, columns=(1,), places=place)

    @property
    def in_csv(self) -> bool:
        """Whether the rows are lines of a CSV file."""
        return self.file is not None and self.lines is not None

    def place(self, row: int, element: int = 0) -> Span | Place | None:
        """The place of an element of a row: in the text file if there is one, else in the spec, else the whole file."""
        if self.places is not None:
            return self.places(row, element)
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
    `vocabulary`: the classes are those of a whole text, whichever of its rows are trained on.
    """

    array: Rows
    origin: Origin
    classes: tuple[str, ...] | None = None
    missing: Diagnostic | None = None
    rows: frozenset[int] = NO_AXES
    vocabulary: bool = False
