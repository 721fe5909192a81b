"""What differs between two runs, for a terminal and as JSON."""

from collections.abc import Mapping

from ..grammar.diagnostic import shown
from ..runtime.run_difference import Pair, RunDifference
from .json_values import Json
from .terminal import table


def run_difference_text(found: RunDifference, before: str, after: str) -> str:
    """Two tables: what the runs were begun with, and what came of it."""
    if found.alike:
        return "the same settings and the same results"
    parts = []
    for title, pairs in (("settings", found.causes), ("results", found.results)):
        if pairs:
            rows = [(shown(name), *map(_text, pair)) for name, pair in pairs.items()]
            parts.append(table((title, shown(before), shown(after)), rows))
    return "\n\n".join(parts)


def run_difference_document(found: RunDifference) -> dict[str, Json]:
    """`{"same": false, "settings": {name: [before, after]}, "results": {...}}`."""
    settings, results = (_pairs(pairs) for pairs in (found.causes, found.results))
    return {"same": found.alike, "settings": settings, "results": results}


def _pairs(pairs: Mapping[str, Pair]) -> dict[str, Json]:
    return {name: [_json(value) for value in pair] for name, pair in pairs.items()}


def _json(value: object) -> Json:
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else shown(str(value))
