"""What a line of a generated step reads and writes, as its text and the objects that it names tell."""

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..lower.verify import Broken
from ..ops.emitter import operands_of
from .writer import Binding

WRITTEN: Mapping[str, int] = MappingProxyType(
    {
        "dot": 2,
        **dict.fromkeys(("clip", "add.reduce", "multiply.reduce", "maximum.reduce"), 3),
        **dict.fromkeys(("add.accumulate", "multiply.accumulate"), 3),
        **dict.fromkeys(("add.at", "copyto", "putmask"), 0),
    }
)
"""Functions of numpy, and the argument that each writes its result into, if it is given one. Those that go element by
element write into the one after their operands."""

ITSELF = -1

WRITTEN_BY_METHODS: Mapping[str, int | None] = MappingProxyType(
    {"argmax": 1, "argmin": 1, "dot": 1, "take": 2, "item": None, "nonzero": None, "fill": ITSELF}
)
"""Methods of arrays, in the same way: ITSELF is the array, None nothing."""

WRITTEN_BY_BLAS: Mapping[str, int] = MappingProxyType({"gemm": 12, "ger": 8})

TABLES: Mapping[str, tuple[int, Mapping[str, int | None]]] = MappingProxyType(
    {"function": (0, WRITTEN), "method": (1, WRITTEN_BY_METHODS), "blas": (0, WRITTEN_BY_BLAS)}
)
"""By kind of an object: which of its arguments names what is called, and where that is looked up."""

PURE = ("forward", "sharing")
"""Kinds of objects that may be called and write into nothing."""

BUILT_IN = ("float",)

PARTS = (ast.expr, ast.keyword)


class Effects(NamedTuple):
    """Names that a line reads and writes; those that are no arrays among them."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


def effects(statement: ast.stmt, objects: Mapping[str, Binding]) -> Effects:
    """What a simple statement does. Raises Broken."""
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=index)], value=value):
            reads, writes = expression_effects(value, objects)
            return Effects((*reads, *_names(index)), (name, *writes))
        case ast.Assign(targets=[ast.Name()], value=value) | ast.Expr(value=value):
            return expression_effects(value, objects)
    raise Broken(f"what does `{ast.unparse(statement)}` write?")


def expression_effects(expression: ast.expr, objects: Mapping[str, Binding]) -> Effects:
    """The same of an expression, calls inside calls included."""
    nodes = _within(expression)
    written: list[ast.expr] = []
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        position = _position(call.func, objects)
        keywords = [keyword.value for keyword in call.keywords if keyword.arg == "out"]
        if position == ITSELF:
            written.append(call.func)
        elif keywords:
            written += keywords
        elif position is not None:
            written += call.args[position : position + 1]
    outs = [node for out in written for node in _within(out)]
    marked = set(map(id, outs))
    reads = [node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in marked]
    return Effects(tuple(reads), tuple(node.id for node in outs if isinstance(node, ast.Name)))


def _names(expression: ast.expr) -> list[str]:
    return [node.id for node in _within(expression) if isinstance(node, ast.Name)]


def _within(expression: ast.expr) -> list[ast.AST]:
    """All parts of an expression, those on the outside first: what `ast.walk` gives, without what is no part of its
    text (each name's `Load`), in a third of the time."""
    found: list[ast.AST] = [expression]
    for node in found:  # it grows
        if isinstance(node, ast.Name | ast.Constant):
            continue
        for field in node._fields:
            part = getattr(node, field)
            if isinstance(part, list):
                found += part
            elif isinstance(part, PARTS):
                found.append(part)
    return found


def _position(function: ast.expr, objects: Mapping[str, Binding]) -> int | None:
    """Which argument of a call is written into; None for none of them. Raises Broken."""
    match function:
        case ast.Attribute(value=ast.Name(), attr=name):
            return _found(WRITTEN_BY_METHODS, name)
        case ast.Name(id=name) if name in BUILT_IN:
            return None
        case ast.Name(id=name) if name in objects:
            _, kind, arguments = objects[name]
            if kind in PURE:
                return None
            if kind in TABLES:
                place, table = TABLES[kind]
                name = str(arguments[place])
                counted = operands_of(name) if kind == "function" else None
                return _found(table, name) if counted is None else counted
    raise Broken(f"what does `{ast.unparse(function)}` write?")


def _found(table: Mapping[str, int | None], name: str) -> int | None:
    if name not in table:
        raise Broken(f"what does `{name}` write?")
    return table[name]
