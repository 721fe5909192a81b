"""Budgets of the front end: hostile or mistaken text gets an error before memory grows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from .diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Limits:
    """What the text of a spec may hold: bytes of a file, words and signs of a file and of one statement, comments,
    brackets inside one another, and faults that are reported before reading stops."""

    file_bytes: int = 64_000_000
    tokens: int = 2_500_000
    statement_tokens: int = 500_000
    comments: int = 500_000
    nesting: int = 200_000
    faults: int = 100


LIMITS = Limits()


class OverBudget(Exception):
    """A limit is reached; nothing more is read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


def chosen_limits(text: str) -> dict[str, int]:
    """The limits that `CHAINRULE_LIMITS` sets: `name=number,name=number`. Raises ValueError that says what is wrong."""
    chosen = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (side.strip() for side in part.partition("="))
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise ValueError(f"a limit is set by `name=number`, not by {part!r}")
        chosen[name] = int(number)
    return chosen


def limits_of(kind: type[Any], chosen: Mapping[str, int]) -> Any:
    """Limits of a kind (a dataclass such as `Limits`), those that it knows of the chosen ones set."""
    return kind(**{field.name: chosen[field.name] for field in fields(kind) if field.name in chosen})
