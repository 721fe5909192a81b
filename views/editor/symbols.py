"""What a text defines: each name with its kind, its place and, where it was compiled, its shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ...compiler.graph.spec import Spec
from ...compiler.shape import shape_text
from ...grammar.source import Source
from ...grammar.syntax import (
    Block,
    Broken,
    Chain,
    Const,
    Dim,
    Expect,
    Expression,
    Input,
    Module,
    Name,
    Next,
    Node,
    Output,
    Param,
    Repeat,
    Section,
    State,
    Statement,
    Use,
)
from .offsets import Offsets

KINDS: dict[type, str] = {Const: "const", Input: "input", Param: "param", State: "state", Block: "block"}


class Symbol(NamedTuple):
    """A name that a text defines; `start` and `stop` are those of the name, in characters.

    `inside` is the block or section that it belongs to, empty for those of the whole text. `shape` is known where the
    text was compiled.
    """

    name: str
    kind: str
    source: Source
    start: int
    stop: int
    shape: str | None = None
    doc: tuple[str, ...] = ()
    inside: str = ""

    def told(self, offsets: Offsets) -> dict[str, Any]:
        """The symbol as a message has it."""
        return {
            "name": self.name,
            "path": f"{self.inside}.{self.name}" if self.inside else self.name,
            "kind": self.kind,
            "line": self.source.position(self.start)[0],
            "from": offsets.to_units(self.start),
            "to": offsets.to_units(self.stop),
            "shape": self.shape,
        }


def symbols(module: Module, spec: Spec | None = None) -> list[Symbol]:
    """The names of a text, in its order; with `spec`, what it was compiled to, they have their shapes."""
    shapes: dict[str, str] = {}
    if spec is not None:
        graph = spec.graph
        for path, index in graph.index.items():
            shapes[path] = shape_text(graph.nodes[index].type.shape)
    found = [each for statement in module.statements for each in _defined(module.source, statement)]
    return [each._replace(shape=shapes.get(each.name)) if not each.inside else each for each in found]


def _defined(source: Source, statement: Statement) -> Iterator[Symbol]:
    match statement:
        case Dim(names, doc):
            for name in names:
                yield _symbol(source, name, "dim", doc)
        case Const() | Input() | Param() | State():
            yield _symbol(source, statement.name, KINDS[type(statement)], statement.doc)
        case Node(names, value, doc):
            yield from _stages(source, value)
            for name in names:
                yield _symbol(source, name, "node", doc)
        case Output(names, value, doc):
            if value is not None:
                yield from _stages(source, value)
                for name in names:
                    yield _symbol(source, name, "output", doc)
        case Block():
            yield _symbol(source, statement.name, "block", statement.doc)
            for parameter in statement.parameters:
                yield _symbol(source, parameter.name, "input", (), statement.name.name)
            for inner in statement.body:
                for each in _defined(source, inner):
                    yield each._replace(inside=statement.name.name)
        case Section(kind, given, entries, doc):
            called = given if given is not None else Name(kind, statement.start, statement.start + len(kind))
            where = called.name
            yield _symbol(source, called, "section", doc)
            for entry in entries:
                yield _symbol(source, entry.key, "column" if kind == "data" else "setting", entry.doc, where)
        case Use(_, alias, doc) if alias is not None:
            yield _symbol(source, alias, "block", doc)
        case Use() | Expect() | Next() | Broken():
            return


def _stages(source: Source, value: Expression) -> Iterator[Symbol]:
    """The names that stages of a chain are given with `as`, those outside of repeats."""
    if isinstance(value, Chain):
        for stage in value.stages:
            if stage.name is not None and not isinstance(stage.target, Repeat):
                yield _symbol(source, stage.name, "node", ())


def _symbol(source: Source, name: Name, kind: str, doc: tuple[str, ...], inside: str = "") -> Symbol:
    return Symbol(name.name, kind, source, name.start, name.stop, doc=doc, inside=inside)
