"""A graph as data, and back: types are inferred again, so what is read is a graph that a builder could have made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from ..ops.attribute import Attribute
from ..ops.chance import DRAWS
from ..ops.leaves import CONSTANT, FED, INPUT, METRIC, PARAM, SIZE, STATE, literal_shape
from ..ops.operation import Operation
from ..ops.table import OPERATIONS
from ..shape import Type, solve_size
from .graph import Expansion, Graph, InputDeclaration, Node, ParamDeclaration, StateDeclaration
from .signatures import INITIALISERS, Invocation
from .stored_kinds import (
    COUNT,
    LENGTH,
    LITERAL,
    MOST_AXES,
    NO_TEXTS,
    PATH,
    SHAPE,
    SPAN,
    TEXT,
    TYPE,
    WHOLE,
    Damaged,
    Kind,
    Texts,
    invocation,
    listed,
    optional,
    record,
    several,
    table,
)


def _setting(attribute: Attribute) -> Kind:
    """What a call may say for an attribute."""

    def read(data: Any, texts: Texts) -> Any:
        value = _tupled(data, MOST_AXES)
        if not attribute.takes(value):
            raise Damaged
        return value

    return Kind(lambda value, texts: _listed(value), read)


def _tupled(data: Any, deepest: int) -> Any:
    """Lists as tuples, numbers among them that numpy can count with. Raises Damaged."""
    if type(data) is not list:
        return WHOLE.read(data, NO_TEXTS) if type(data) is int else data
    if not deepest:
        raise Damaged
    return tuple([_tupled(each, deepest - 1) for each in data])


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value


def _read_size_left(data: Any, texts: Texts) -> Any:
    return data if type(data) is int and data == -1 else ... if data == "..." else LENGTH.read(data, texts)


def _write_size_left(value: Any, texts: Texts) -> Any:
    return "..." if value is ... else LENGTH.write(value, texts)


SIZES = several(Kind(_write_size_left, _read_size_left))
"""Sizes of a shape as a column's call writes them; of nodes they are all known."""


def _kind(operation: Operation, attribute: Attribute) -> Kind:
    if operation is CONSTANT:
        return LITERAL
    if attribute.symbolic:
        return LENGTH if {"size", "length"} & {*attribute.kinds} else SIZES if "sizes" in attribute.kinds else SHAPE
    return _setting(attribute)


@cache
def kinds_of(operation: Operation) -> tuple[Kind, ...]:
    """What may stand for the attributes of an operation."""
    return tuple(_kind(operation, attribute) for attribute in operation.attributes)


# --- nodes ------------------------------------------------------------------------------------------------------

SPAN_OR_NONE = optional(SPAN)


def write_nodes(nodes: Sequence[Node], texts: Texts) -> list[Any]:
    """Nodes as data; the types of leaves alone."""
    return [_write_node(node, texts) for node in nodes]


def _write_node(node: Node, texts: Texts) -> list[Any]:
    name = node.operation.name
    attributes = [
        kind.write(value, texts) for kind, value in zip(kinds_of(node.operation), node.attributes, strict=True)
    ]
    type_ = TYPE.write(node.type, texts) if node.operation.role == "leaf" else None
    return [name, list(node.inputs), attributes, type_, node.path, SPAN_OR_NONE.write(node.span, texts)]


def read_nodes(data: Any, texts: Texts, before: Sequence[Node] = ()) -> tuple[Node, ...]:
    """The nodes that stand `before`, and those of the data behind them. Raises Damaged, and what `infer` raises."""
    nodes = list(before)
    for each in listed(data):
        nodes.append(_read_node(each, texts, nodes))
    return tuple(nodes)


def _read_node(data: Any, texts: Texts, nodes: Sequence[Node]) -> Node:
    name, operands, given, type_, path, span = listed(data, 6)
    operation = OPERATIONS[TEXT.read(name, texts)]
    kinds = kinds_of(operation)
    inputs = tuple(listed(operands, None if operation.variadic else len(operation.operands)))
    attributes = tuple([kind.read(each, texts) for kind, each in zip(kinds, listed(given, len(kinds)), strict=True)])
    types = []
    for operand in inputs:
        if type(operand) is not int or not 0 <= operand < len(nodes):
            raise Damaged
        types.append(nodes[operand].type)
    if len(inputs) < len(operation.operands) or any(operation.converted(tuple(types))):
        raise Damaged
    if operation.role == "leaf":
        found: Type = TYPE.read(type_, texts)
        _check_leaf(operation, attributes, found)
    else:
        found = operation.infer(tuple(types), *attributes)
    return Node(operation, inputs, attributes, found, PATH.read(path, texts), SPAN_OR_NONE.read(span, texts))


def _check_leaf(operation: Operation, attributes: tuple[Any, ...], type_: Type) -> None:
    if operation is CONSTANT:
        _check_literal(attributes[0], type_)
    elif operation in (SIZE, METRIC) and (type_.shape or type_.kind != "real"):
        raise Damaged


def _check_literal(value: Any, type_: Type, *, fills: bool = False) -> None:
    """A literal of that type; `fills`: a single number may stand for all elements."""
    if type_.kind == "int" and not _all_whole(value):
        raise Damaged
    given = literal_shape(value)
    if fills and not given:
        return
    if len(given) != len(type_.shape):
        raise Damaged
    for declared, size in zip(type_.shape, given, strict=True):
        one_unknown = isinstance(declared, int) or len(declared.terms) == 1
        if one_unknown and solve_size(declared, size) is None:
            raise Damaged


def _all_whole(value: Any) -> bool:
    return all(map(_all_whole, value)) if isinstance(value, tuple) else type(value) is int


# --- graphs -----------------------------------------------------------------------------------------------------

_INITIALISER = invocation(INITIALISERS)


def _write_initial(value: Any, texts: Texts) -> Any:
    return {"call": _INITIALISER.write(value, texts)} if isinstance(value, Invocation) else LITERAL.write(value, texts)


def _read_initial(data: Any, texts: Texts) -> Any:
    return _INITIALISER.read(data["call"], texts) if type(data) is dict else LITERAL.read(data, texts)


def _write_state(value: Any, texts: Texts) -> Any:
    return {"copy": value} if isinstance(value, str) else _write_initial(value, texts)


def _read_state(data: Any, texts: Texts) -> Any:
    return PATH.read(data["copy"], texts) if type(data) is dict and "copy" in data else _read_initial(data, texts)


FIELDS: Mapping[str, Kind] = {
    "inputs": table(record(InputDeclaration, index=COUNT, default=optional(LITERAL))),
    "params": table(record(ParamDeclaration, index=COUNT, initial=Kind(_write_initial, _read_initial))),
    "outputs": several(COUNT),
    "named": Kind(lambda value, texts: sorted(value), lambda data, texts: frozenset(several(PATH).read(data, texts))),
    "docs": table(several(TEXT)),
    "aliases": table(PATH),
    "expansions": several(record(Expansion, path=PATH, block=PATH, start=COUNT, stop=COUNT, like=PATH)),
    "output_names": several(PATH),
    "states": table(
        record(StateDeclaration, index=COUNT, initial=Kind(_write_state, _read_state), next=optional(COUNT))
    ),
}
"""The fields of a graph beside its nodes."""


def write_graph(graph: Graph, texts: Texts) -> list[Any]:
    """A graph as data."""
    fields = [kind.write(getattr(graph, name), texts) for name, kind in FIELDS.items()]
    return [write_nodes(graph.nodes, texts), *fields]


def read_graph(data: Any, texts: Texts) -> Graph:
    """The graph of data. Raises Damaged, and what `infer` raises."""
    nodes, *rest = listed(data, 1 + len(FIELDS))
    fields = {name: kind.read(each, texts) for (name, kind), each in zip(FIELDS.items(), rest, strict=True)}
    graph = Graph(read_nodes(nodes, texts), **fields)
    _check(graph)
    return graph


def read_extended(data: Any, texts: Texts, graph: Graph) -> Graph:
    """A graph with the nodes of data appended, leaves among them that are numbers or metrics alone."""
    nodes = read_nodes(data, texts, graph.nodes)
    if any(node.operation in (INPUT, PARAM, STATE, FED, *DRAWS) for node in nodes[len(graph.nodes) :]):
        raise Damaged
    return replace(graph, nodes=nodes)


def _check(graph: Graph) -> None:
    """Indices lead to what they are said to lead to. Raises Damaged."""
    nodes, count = graph.nodes, len(graph.nodes)
    for operation, declared in ((INPUT, graph.inputs), (PARAM, graph.params), (STATE, graph.states)):
        places = {path: each.index for path, each in declared.items()}
        if places != {node.path: number for number, node in enumerate(nodes) if node.operation is operation}:
            raise Damaged
    for path, each in graph.inputs.items():
        if each.default is not None:
            _check_literal(each.default, nodes[graph.inputs[path].index].type)
    for declaration in graph.held.values():
        type_, initial = nodes[declaration.index].type, declaration.initial
        if type_.kind != "real":
            raise Damaged
        if isinstance(initial, str):
            if initial not in graph.params or nodes[graph.params[initial].index].type != type_:
                raise Damaged
        elif not isinstance(initial, Invocation):
            _check_literal(initial, type_, fills=True)
    for state in graph.states.values():
        if state.next is not None and not (state.next < count and nodes[state.next].type == nodes[state.index].type):
            raise Damaged
    if len(graph.outputs) != len(graph.output_names) or not all(number < count for number in graph.outputs):
        raise Damaged
    if not all(each.start <= each.stop <= count for each in graph.expansions):
        raise Damaged
    if any(node.operation in (FED, METRIC, *DRAWS) for node in nodes):
        raise Damaged
