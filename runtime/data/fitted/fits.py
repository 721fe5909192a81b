"""Where the numbers of fitted columns come from: the rows that are trained on, or what a model keeps of these."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from ...arrays import Array
from .faults import OTHER_FIT
from .held import Fitted, Held


def every_row(count: int) -> Array | None:
    """Every row is trained on."""
    return None


class Fits:
    """What the fitted columns of a table hold: what is `kept`, else what its own rows give, as it is then `taken`.

    `kept` is asked for when the first number is needed. `rows(count)` gives the numbers of those of so many rows that
    are trained on, None for all. `all_rows`: no index leaves out rows, since a model is to be used on them.
    """

    def __init__(
        self,
        kept: Callable[[], Held] | None = None,
        rows: Callable[[int], Array | None] = every_row,
        *,
        all_rows: bool = False,
    ) -> None:
        self.kept = kept
        self.all_rows = all_rows
        self.taken: dict[str, list[Fitted]] = {}
        self.counts: set[int] = set()
        """Of how many rows some number was taken."""
        self._mask = cache(lambda count: _mask(rows, count))

    def masked(self, count: int) -> Array | None:
        """Which of so many rows are trained on; None for all."""
        return self._mask(count)

    def of(self, column: str) -> "ColumnFits":
        """The fits of a column, from the first one on."""
        return ColumnFits(self, column)


class ColumnFits:
    """The fits of one column, one after the other."""

    def __init__(self, fits: Fits, column: str) -> None:
        self.column = column
        self._fits = fits
        self._count = 0
        self._asked: set[int] = set()
        self._others: set[int] = set()
        self._framed: set[int] = set()
        if fits.kept is None:
            fits.taken.pop(column, None)

    def went_by(self, count: int) -> bool:
        """Whether any number was taken of so many rows."""
        return count in self._fits.counts

    @property
    def all_rows(self) -> bool:
        """Whether no index leaves out rows."""
        return self._fits.all_rows

    def next(self, how: str, span: Span, take: Callable[["ColumnFits"], Fitted]) -> Fitted:
        """What the next step holds; `take` finds it in the column's own rows. Raises SpecError."""
        number, self._count = self._count, self._count + 1
        if self._fits.kept is None:
            fitted = take(self)
            self._fits.taken.setdefault(self.column, []).append(fitted)
            return fitted
        held: Sequence[Fitted] = self._fits.kept().get(self.column, ())
        if number >= len(held) or held[number].how != how:
            other = f"`{held[number].how}`" if number < len(held) else "nothing" if not held else "nothing more"
            raise SpecError([OTHER_FIT.at(span, name=self.column, how=f"`{how}`", other=other)])
        return held[number]

    def mask(self, count: int) -> Array | None:
        """Which of so many rows are trained on; None for all."""
        self._asked.add(count)
        self._fits.counts.add(count)
        return None if count in self._others else self._fits.masked(count)

    def framed(self, count: int) -> None:
        """Windows are made of so many rows, which stay those of the column's: rows at the end are the last windows'."""
        self._framed.add(count)

    def again(self, rows: int) -> bool:
        """Whether a column of so many rows has to be computed again, all of it.

        It has where it went by a split of so many rows as the column does not have: those of another file, all of which
        then count.
        """
        others = self._asked - {rows} - self._others - self._framed
        self._others |= others
        self._count = 0
        if others:
            self._fits.taken.pop(self.column, None)
        return bool(others)


def _mask(rows: Callable[[int], Array | None], count: int) -> Array | None:
    try:
        trained = rows(count)
    except SpecError:  # too few rows to split: it is told of the training's own
        return None
    if trained is None:
        return None
    mask = np.zeros(count, bool)
    mask[trained] = True
    return mask
