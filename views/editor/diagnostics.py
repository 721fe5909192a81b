"""Diagnostics as an editor takes them: offsets in UTF-16 units, and changes that mend them."""

from typing import Any

from ...grammar.diagnostic import Diagnostic, Note, Place
from ...grammar.source import Source, Span
from .fixes import fixes
from .offsets import Offsets

SEVERITIES = {"error": "error", "warning": "warning", "hint": "advice"}


def told(diagnostic: Diagnostic, source: Source | None, offsets: Offsets) -> dict[str, Any]:
    """A diagnostic of a text, as JSON takes it; one in another file has its name and no offsets."""
    made: dict[str, Any] = {
        "code": diagnostic.code,
        "severity": SEVERITIES[diagnostic.severity],
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        **_place(diagnostic.where, source, offsets),
    }
    own = isinstance(diagnostic.where, Span) and diagnostic.where.source is source
    made["fixes"] = [
        {"title": fix.title, "from": offsets.to_units(fix.start), "to": offsets.to_units(fix.stop), "text": fix.text}
        for fix in (fixes(diagnostic) if own else [])
    ]
    made["notes"] = [_note(note, source, offsets) for note in diagnostic.notes]
    return made


def _note(note: Note, source: Source | None, offsets: Offsets) -> dict[str, Any]:
    return {"message": note.message, **_place(note.where, source, offsets)}


def _place(where: Span | Place | None, source: Source | None, offsets: Offsets) -> dict[str, Any]:
    match where:
        case None:
            return {}
        case Place(file, line, column):
            return {"file": file, "line": line, "column": column}
        case Span() if where.source is source:
            start, stop = offsets.to_units(where.start), offsets.to_units(where.stop)
            return {"line": where.line, "column": where.column, "from": start, "to": max(start, stop)}
        case _:
            return {"file": where.source.name, "line": where.line, "column": where.column}
