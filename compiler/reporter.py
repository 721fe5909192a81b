"""Collects diagnostics, so that one run reports every fault of a file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..grammar.diagnostic import Diagnostic, Fault, Note
from ..grammar.faults import FURTHER_FAULTS
from ..grammar.limits import LIMITS
from ..grammar.source import Source, Span

OUTER_CALLS, INNER_CALLS = 1, 3
"""Of blocks that call blocks, the calls that a fault inside them shows: from the outside, from the inside."""


class Abandoned(Exception):
    """A limit is reached: nothing more is compiled."""


class Reporter:
    """The diagnostics of one compilation, in the order in which they were found.

    A fault inside a block is found at every call of it; it is reported once, with the calls that lead to it.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = list(diagnostics)
        self._calls: list[Note] = []
        self._seen: set[tuple[str, Span | None, str]] = set()

    def report(
        self,
        fault: Fault,
        where: Span | None,
        *,
        hint: str | None = None,
        notes: Iterable[Note] = (),
        **facts: object,
    ) -> None:
        """Adds the diagnostic of a fault. Raises Abandoned where there are too many already."""
        outer, inner = self._calls[:OUTER_CALLS], self._calls[OUTER_CALLS:][-INNER_CALLS:]
        found = fault.at(where, hint=hint, notes=[*notes, *reversed(inner), *outer], **facts)
        key = found.code, where, found.message
        if key in self._seen:
            return
        self._seen.add(key)
        self.diagnostics.append(found)
        if len(self._seen) >= LIMITS.faults:
            self.diagnostics.append(FURTHER_FAULTS.at(where, limit=LIMITS.faults))
            raise Abandoned

    @contextmanager
    def inside(self, name: str, call: Span) -> Iterator[None]:
        """While a call of a block is expanded: faults point at the call as well."""
        self._calls.append(Note(f"in this call of `{name}`", call))
        yield
        self._calls.pop()

    @property
    def failed(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def in_order(diagnostics: Iterable[Diagnostic], first: Source) -> list[Diagnostic]:
    """Diagnostics by file, that of `first` before others, and in a file by place."""
    found = list(diagnostics)
    ranks: dict[object, int] = {first: 0}

    def place(diagnostic: Diagnostic) -> tuple[int, int]:
        where = diagnostic.where
        if not isinstance(where, Span):
            return len(found) + 1, 0
        return ranks.setdefault(where.source, len(ranks)), where.start

    return sorted(found, key=place)


def span_of(source: Source, part: object) -> Span:
    """The span of a piece of syntax."""
    return Span(source, part.start, part.stop)  # type: ignore[attr-defined]  # every class of syntax has both
