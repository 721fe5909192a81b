"""Paths that stand in expressions: params, named stages and copies of a statement, where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest

from ...grammar.diagnostic import shown
from ...grammar.suggestion import near
from ...grammar.syntax import Name
from .. import faults
from .draft import Draft
from .order import first_name
from .scope import FAILED, Failed, NodeValue, Scope, Site, Value

LISTED = 12
"""Paths that a hint lists."""


def value_at(draft: Draft, name: Name, site: Site) -> Value | None:
    """What a path stands for; None where there is no such thing, FAILED where that is told already."""
    found = _owner(name.name, site.scope)
    if found is None or isinstance(found[1], Failed):
        return None if found is None else FAILED
    path = found[0]
    if draft.shared.open and draft.at(path) is None:  # a block sees its own params, whosever they are
        owned = draft.shared.owned(path)
        path = draft.shared.params.get(owned, owned)
    index = draft.at(path)
    if index is None:
        return None
    if not _is_written(draft, path):
        hint = "name it with `as`, or give it a statement of its own; claims take its path"
        site.tell(faults.UNNAMED_NODE, name, path=name.name, hint=hint)
        return FAILED
    return NodeValue(index)


def path_meant(draft: Draft, name: str, scope: Scope) -> str | None:
    """What there is where a path leads to nothing; None where its first name is no node."""
    found = _owner(name, scope)
    if found is None or not isinstance(found[1], NodeValue):
        return None
    path, first = found[0], first_name(name)
    if (shared := draft.shared.params.get(path)) is not None:
        return f"that param is shared, and is called `{shown(shared)}`"
    outer = path[: len(path) - len(name)]
    there = [each[len(outer) :] for each in sorted(set(_under(draft, outer + first)))]
    if matches := near(name, there):
        return f"did you mean {' or '.join(f'`{shown(each)}`' for each in matches)}?"
    if not there:
        return f"`{shown(first)}` owns no params, and has no named stages"
    listed = ", ".join(f"`{shown(each)}`" for each in nsmallest(LISTED, there))
    return f"of `{shown(first)}` there are {listed}{', ...' if len(there) > LISTED else ''}"


def _owner(name: str, scope: Scope) -> tuple[str, Value] | None:
    """The whole path of one that is written in a scope, and what its first name stands for; a file goes before that."""
    first = first_name(name)
    if first == name or (name.startswith(f"{first}.") and first in scope.unit.aliases):
        return None
    return scope.owner(name, first)


def _is_written(draft: Draft, path: str) -> bool:
    """Whether the text names a node: as a param, a statement or a stage, or as a copy of one of these."""
    stem, bracket, number = path.rpartition("[")
    return (
        path in draft.params or path in draft.named or (bool(bracket) and number.endswith("]") and stem in draft.copies)
    )


def _under(draft: Draft, path: str) -> Iterator[str]:
    """What the text names under a path."""
    for known in (*draft.params, *draft.named):
        if known.startswith((f"{path}.", f"{path}[")):
            yield known
    for stem, count in draft.copies.items():
        if stem == path or stem.startswith((f"{path}.", f"{path}[")):
            yield from (f"{stem}[{number}]" for number in sorted({1, count}))
