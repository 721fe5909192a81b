"""How numbers are written in a text file: with which mark before the decimals, and which between the thousands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

INTEGER = re.compile(r"[+-]?[0-9]{1,19}")

ALIKE = {" ": " \u00a0\u2009\u202f", "'": "'’"}
"""Marks that are printed alike: blanks that do not break a line, the typewriter's apostrophe."""


@dataclass(frozen=True)
class Notation:
    """A mark before the decimals and one between thousands; there may be none of the latter."""

    decimal: str = "."
    thousands: str = ""

    @cached_property
    def number(self) -> re.Pattern[str]:
        """What stands for a number; NaN and infinity are numbers too, and refused as such.

        Behind the first mark between thousands there are groups of three digits, of two in India but for the last.
        """
        point = re.escape(self.decimal)
        whole = "[0-9]+"
        if self.thousands:
            mark = f"[{re.escape(self.signs)}]"
            whole = rf"(?:[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|[0-9]{{1,2}}(?:{mark}[0-9]{{2}})+{mark}[0-9]{{3}}|[0-9]+)"
        digits = rf"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"
        return re.compile(rf"[+-]?(?:{digits}(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)

    @cached_property
    def _marks(self) -> dict[int, str]:
        return str.maketrans(self.decimal, ".", self.signs) if self != PLAIN else {}  # type: ignore[return-value]

    def plain(self, text: str) -> str:
        """A number as Python writes it."""
        return text.translate(self._marks) if self._marks else text

    @property
    def signs(self) -> str:
        """The marks between thousands, with those that are printed alike."""
        return ALIKE.get(self.thousands, self.thousands)

    @property
    def settings(self) -> str:
        """`decimal = ",", thousands = "."`: what `csv` is told, nothing where that is what it takes anyway."""
        decimal = [f'decimal = "{self.decimal}"'] if self.decimal != "." else []
        thousands = [f'thousands = "{self.thousands}"'] if self.thousands else []
        return ", ".join([*decimal, *thousands])


PLAIN = Notation()

KNOWN = tuple(
    Notation(decimal, thousands)
    for decimal, thousands in (
        *((".", ""), (".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"), (".", "_")),
    )
)
"""Notations that are in use; of several in which texts are numbers, the first counts."""


def notation_of(texts: Iterable[str]) -> Notation | None:
    """The notation in which all of some texts are numbers; None where there is none, or no text."""
    listed = list(texts)
    fitting = (each for each in KNOWN if listed and all(map(each.number.fullmatch, listed)))
    return next(fitting, None)
