"""What differs between two runs, for a terminal and as JSON."""

from collections.abc import Mapping

from ...grammar.diagnostic import shown
from ...runtime.runs.run_difference import Pair, RunDifference
from .difference_text import difference_document, difference_text
from .json_values import Json
from .terminal import table


def run_difference_text(found: RunDifference, before: str, after: str) -> str:
    """How the specs differ, then two tables: what the runs were begun with, and what came of it."""
    named = bool(found.specs is not None and found.specs.renamed)
    if found.alike:
        return "the same settings and the same results" + ("; some nodes are called otherwise" if named else "")
    parts = [difference_text(found.specs)] if found.specs is not None and not found.specs.same_graph else []
    for title, pairs in (("settings", found.causes), ("results", found.results)):
        if pairs:
            rows = [(shown(name), *map(_text, pair)) for name, pair in pairs.items()]
            parts.append(table((title, shown(before), shown(after)), rows))
    return "\n\n".join(parts)


def run_difference_document(found: RunDifference) -> dict[str, Json]:
    """`{"same": false, "settings": {name: [before, after]}, "results": {...}, "spec": what `diff` says of specs}`."""
    settings, results = (_pairs(pairs) for pairs in (found.causes, found.results))
    specs = {"spec": difference_document(found.specs)} if found.specs is not None else {}
    return {"same": found.alike, "settings": settings, "results": results, **specs}


def _pairs(pairs: Mapping[str, Pair]) -> dict[str, Json]:
    return {name: [_json(value) for value in pair] for name, pair in pairs.items()}


def _json(value: object) -> Json:
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else shown(str(value))
