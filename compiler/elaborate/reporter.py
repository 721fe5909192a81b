"""Collects diagnostics, so that one run reports every fault of a file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from ...grammar.diagnostic import Diagnostic, Fault, Note, Place
from ...grammar.faults import FURTHER_FAULTS
from ...grammar.limits import LIMITS
from ...grammar.source import Source, Span

OUTER_CALLS, INNER_CALLS = 1, 3
"""Of blocks that call blocks, the calls that a fault inside them shows: from the outside, from the inside."""


class Abandoned(Exception):
    """A limit is reached: nothing more is compiled."""


class _Call(NamedTuple):
    """A call of a block that is being expanded."""

    name: str
    span: Span


_Key: TypeAlias = tuple[str, Span | None, str]
"""What is reported once: code, place and message."""


class Reporter:
    """The diagnostics of one compilation, in the order in which they were found.

    A fault inside a block is found at every call of it; it is reported once, with the calls that lead to it. Where the
    block stands in another file, as those of the library do, the call is what is reported, and the block is a note.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = list(diagnostics)
        self._calls: list[_Call] = []
        self._seen: set[_Key] = set()

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
        chosen = self._call_for(where)
        place = where if chosen is None else self._calls[chosen].span
        inside = [] if chosen is None else [Note("it stands here", where)]
        found = fault.at(place, hint=hint, notes=[*notes, *inside, *self._leading(chosen)], **facts)
        if {(found.code, where, found.message), (found.code, place, found.message)} & self._seen:
            return
        self._seen.add((found.code, place, found.message))
        self.diagnostics.append(found)
        if len(self._seen) >= LIMITS.faults:
            self.diagnostics.append(FURTHER_FAULTS.at(place, limit=LIMITS.faults))
            raise Abandoned

    def take(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Adds what was found in a file that is used: it is not reported again where its blocks are called."""
        for found in diagnostics:
            self.diagnostics.append(found)
            if not isinstance(found.where, Place):
                self._seen.add((found.code, found.where, found.message))

    def _call_for(self, where: Span | None) -> int | None:
        """The call that a fault inside a block of another file is reported at: the last one in the compiled file."""
        if where is None or not self._calls or where.source is self._calls[0].span.source:
            return None
        own = self._calls[0].span.source
        return max(number for number, call in enumerate(self._calls) if call.span.source is own)

    def _leading(self, chosen: int | None) -> list[Note]:
        """The calls that lead to a fault, from the inside: some of many, and not the one that it is reported at."""
        calls = [call for number, call in enumerate(self._calls) if number != chosen]
        shown = [*reversed(calls[OUTER_CALLS:][-INNER_CALLS:]), *calls[:OUTER_CALLS]]
        return [Note(f"in this call of `{call.name}`", call.span) for call in shown]

    @contextmanager
    def inside(self, name: str, call: Span) -> Iterator[None]:
        """While a call of a block is expanded: faults point at the call as well."""
        self._calls.append(_Call(name, call))
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
