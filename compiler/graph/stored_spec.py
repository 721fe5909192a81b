"""A compiled spec as JSON data and back, so that it can be kept: no code, no pickle, nothing that is carried out.

Texts are not kept: a place names its text by number, and whoever reads the data gives the texts. What is read is held
to what a spec could have said: forged data can mean another spec, and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...grammar.source import Source
from ..shape import Clash
from .spec import Compiled, Spec
from .stored_graph import read_extended, read_graph, write_graph, write_nodes
from .stored_kinds import COUNT, TEXT, Damaged, Json, Kind, Texts, is_number, listed, optional, plain, several, table
from .stored_sections import (
    CLAIM,
    DATA_SECTION,
    DIAGNOSTIC,
    TRAIN_SECTION,
    check_claims,
    check_data,
    check_training,
)

UNSOUND = (Clash, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the reading of other data may raise, besides Damaged."""

MEANING = plain(lambda data: type(data) is str and re.fullmatch("[0-9a-f]{64}", data) is not None)

FIELDS: Mapping[str, Kind] = {
    "title": optional(TEXT),
    "data": table(DATA_SECTION),
    "train": optional(TRAIN_SECTION),
    "claims": several(CLAIM),
    "constants": table(plain(lambda data: type(data) is str or is_number(data))),
    "dims": table(optional(COUNT)),
    "seed": COUNT,
}
"""The fields of a spec beside its text and its graphs."""


def stored(made: Compiled) -> list[Json]:
    """A compilation as data for `restored`."""
    spec, texts = made.spec, Texts(made.texts)
    return [
        made.meaning(),
        several(DIAGNOSTIC).write(made.diagnostics, texts),
        write_graph(spec.graph, texts),
        write_nodes(spec.full.nodes[len(spec.graph.nodes) :], texts),
        *[kind.write(getattr(spec, name), texts) for name, kind in FIELDS.items()],
    ]


def restored(data: Any, source: Source, used: Sequence[Source], settings: Sequence[Source]) -> Compiled:
    """The compilation that data were made of, over the same texts. Raises Damaged."""
    texts = Texts((source, *used, *settings))
    try:
        meaning, diagnostics, graph_data, more, *rest = listed(data, 4 + len(FIELDS))
        meaning = MEANING.read(meaning, texts)
        found = several(DIAGNOSTIC).read(diagnostics, texts)
        graph = read_graph(graph_data, texts)
        full = read_extended(more, texts, graph)
        fields = {name: kind.read(each, texts) for (name, kind), each in zip(FIELDS.items(), rest, strict=True)}
        graph, full = (replace(each, seed=fields["seed"]) for each in (graph, full))
        spec = Spec(source, graph=graph, full=full, **fields)
        _check(spec)
    except UNSOUND as error:
        raise Damaged from error
    return Compiled(spec, found, tuple(used), tuple(settings), lambda: meaning, {})


def _check(spec: Spec) -> None:
    check_data(spec.data)
    if spec.train is not None:
        check_training(spec.train, spec.full, spec.data)
    check_claims(spec.claims, spec.full, spec.train)
    if 0 in spec.dims.values():
        raise Damaged
