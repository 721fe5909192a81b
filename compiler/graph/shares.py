"""What is taken from the rows of a section before the others are trained on."""

from typing import NamedTuple, TypeAlias


class Share(NamedTuple):
    """A fraction of all rows, drawn by the seed; `last`: the last ones, nothing is shuffled."""

    fraction: float
    last: bool = False

    def __str__(self) -> str:
        return f"last({self.fraction})" if self.last else str(self.fraction)


class Fold(NamedTuple):
    """One of several parts of equal size, as far as can be, into which rows are dealt; counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"fold({self.number}, {self.of})"


Taken: TypeAlias = Share | Fold


def shuffles(taken: Taken | None) -> bool:
    """Whether rows are drawn to be taken so."""
    return isinstance(taken, Fold) or (taken is not None and not taken.last)
