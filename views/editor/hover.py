"""What is to be said of the word at a place of a text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from ...compiler.graph.spec import Spec
from ...compiler.ops.table import find
from ...compiler.shape import shape_text
from ...grammar.diagnostic import shown
from ...grammar.expression_text import expression_text
from ...grammar.syntax import Module, Node, Output
from .mathml import mathml
from .places import in_comment, spot
from .symbols import symbols
from .words import KEYWORDS, calls, keys, operations


class Hover(NamedTuple):
    """A word from `start` to `stop`, in characters, with what is known of it."""

    start: int
    stop: int
    title: str
    shape: str | None
    formula: str | None
    mathml: str | None
    about: str


def hover(module: Module, spec: Spec | None, at: int) -> Hover | None:
    """What is known of the word at an offset; None where there is none, or nothing is known. `spec` is what the text
    compiles to."""
    here = spot(module.source.text, at)
    if not here.word or in_comment(here.before):
        return None
    for found in _known(module, spec, here.word, first=not here.before.strip(), section=here.section):
        return found._replace(start=here.start, stop=here.stop)
    return None


def _known(module: Module, spec: Spec | None, word: str, *, first: bool, section: str) -> Iterator[Hover]:
    """All that a word may mean, the likeliest first."""
    if first and word in KEYWORDS:
        yield Hover(0, 0, word, None, None, None, KEYWORDS[word])
    if section == "train" and first:
        yield from (Hover(0, 0, each.name, None, None, None, each.about) for each in keys() if each.name == word)
    yield from _node(module, spec, word)
    operation = find(word)
    if operation is not None:
        for each in operations():
            if each.name == operation.name:
                typeset = mathml(each.formula)
                yield Hover(0, 0, each.call, None, each.formula, typeset, each.about)
    tables = chain.from_iterable(calls(key) for key in ("optimizer", "schedule", "stop", "report", "param", "data"))
    yield from (Hover(0, 0, each.call, None, None, None, each.about) for each in tables if each.name == word)
    if word in KEYWORDS:
        yield Hover(0, 0, word, None, None, None, KEYWORDS[word])


def _node(module: Module, spec: Spec | None, word: str) -> Iterator[Hover]:
    """A name of the text itself."""
    graph = spec.graph if spec is not None else None
    if graph is not None and word in graph.index:
        node = graph.nodes[graph.index[word]]
        written = _written(module, word)
        formula = written if written is not None else node.operation.formula if node.inputs else None
        typeset = mathml(formula) if formula is not None else None
        about = " ".join(shown(line) for line in graph.docs.get(word, ()))
        title = f"{word}: {node.operation.called}"
        yield Hover(0, 0, title, shape_text(node.type.shape) or "scalar", formula, typeset, about)
    for each in symbols(module, spec):
        if each.name == word:
            about = " ".join(shown(line.lstrip("#").strip()) for line in each.doc)
            yield Hover(0, 0, f"{word}: {each.kind}", each.shape, None, None, about)


def _written(module: Module, word: str) -> str | None:
    """What the text says that a node is."""
    defined = (each for each in module.statements if isinstance(each, Node | Output) and each.value is not None)
    for statement in defined:
        if statement.value is not None and any(name.name == word for name in statement.names):
            return expression_text(statement.value)
    return None
