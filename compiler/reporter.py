"""Collects diagnostics, so that one run reports every fault of a file."""

from collections.abc import Iterable

from ..grammar.diagnostic import Diagnostic, Fault, Note
from ..grammar.source import Source, Span


class Reporter:
    """The diagnostics of one compilation, in the order in which they were found."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = list(diagnostics)

    def report(
        self,
        fault: Fault,
        where: Span | None,
        *,
        hint: str | None = None,
        notes: Iterable[Note] = (),
        **facts: object,
    ) -> None:
        self.diagnostics.append(fault.at(where, hint=hint, notes=notes, **facts))

    @property
    def failed(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def span_of(source: Source, part: object) -> Span:
    """The span of a piece of syntax."""
    return Span(source, part.start, part.stop)  # type: ignore[attr-defined]  # every class of syntax has both
