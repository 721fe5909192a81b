"""Diagnostics as text."""

from .diagnostic import Diagnostic
from .source import Span


def render(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    where = diagnostic.where
    place = f"{where.source.name}:{where.line}:{where.column}" if isinstance(where, Span) else str(where)
    return f"{place}: {diagnostic.severity} {diagnostic.code}: {diagnostic.message}"
