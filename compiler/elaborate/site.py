"""Where a piece of text stands: what its names mean, the text itself, and who hears of its faults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...grammar.diagnostic import Fault, Note
from ...grammar.source import Source, Span
from .reporter import Reporter, span_of
from .scope import Scope


class Site(NamedTuple):
    """The scope of a text's names, the text, and the reporter of its faults."""

    scope: Scope
    source: Source
    reporter: Reporter

    def span(self, part: object) -> Span:
        """The span of a piece of syntax."""
        return span_of(self.source, part)

    def text(self, part: object) -> str:
        """A piece of syntax as it is written."""
        return self.span(part).text

    def tell(
        self, fault: Fault, part: object, *, hint: str | None = None, notes: Iterable[Note] = (), **facts: object
    ) -> None:
        """Tells the reporter of a fault of a piece of syntax."""
        self.reporter.report(fault, self.span(part), hint=hint, notes=notes, **facts)

    def inside(self, scope: Scope) -> Site:
        """The same text, read with other names."""
        return Site(scope, self.source, self.reporter)

    def reading(self, source: Source) -> Site:
        """The same names, in another text."""
        return Site(self.scope, source, self.reporter)
