"""Names that mean nothing beyond their spec: one spec with those of another, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..ops.attribute import AttributeValue
from ..ops.leaves import CONSTANT
from ..shape import Linear, Size
from .graph import Graph, Node
from .spec import Spec


def with_dims_of(before: Spec, after: Spec) -> Spec:
    """The second spec with its dims called as in the first, where inputs and params of one path have them."""
    names: dict[str, str] = {}
    known = _leaves(before.graph)
    for path, index in _leaves(after.graph).items():
        if path not in known:
            continue
        shapes = after.graph.nodes[index].type.shape, before.graph.nodes[known[path]].type.shape
        for size, its_other in zip(*shapes, strict=False):
            if isinstance(size, Linear) and isinstance(its_other, Linear):
                for (name, _), (called, _) in zip(size.terms, its_other.terms, strict=False):
                    if called not in names.values():
                        names.setdefault(name, called)
    names |= {
        name: name if name not in names.values() else f"{name}′" for name in after.graph.dims if name not in names
    }
    if all(name == called for name, called in names.items()):
        return after
    return replace(after, graph=_renamed(after.graph, names), full=_renamed(after.full, names))


def _leaves(graph: Graph) -> dict[str, int]:
    """Inputs, params and states by path."""
    return {path: each.index for table in (graph.inputs, graph.held) for path, each in table.items()}


def _renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    return replace(graph, nodes=tuple(_node(node, names) for node in graph.nodes))


def _node(node: Node, names: Mapping[str, str]) -> Node:
    shape = tuple(_size(size, names) for size in node.type.shape)
    if node.operation is CONSTANT:
        return node
    named = zip(node.operation.attributes, node.attributes, strict=True)
    attributes = tuple(_attribute(value, names) if each.symbolic else value for each, value in named)
    return node._replace(type=node.type._replace(shape=shape), attributes=attributes)


def _attribute(value: AttributeValue, names: Mapping[str, str]) -> AttributeValue:
    if isinstance(value, tuple):
        return tuple(_size(size, names) for size in value)  # type: ignore[arg-type]  # a symbolic tuple is a shape
    return _size(value, names) if isinstance(value, Linear) else value


def _size(size: Size, names: Mapping[str, str]) -> Size:
    if isinstance(size, int):
        return size
    return replace(size, terms=tuple(sorted((names.get(name, name), factor) for name, factor in size.terms)))


def numbered(before: Spec, after: Spec, matching: Sequence[int | None]) -> tuple[list[int], list[int]]:
    """A number for every node of both specs: two have the same one where they are the same, under whatever names.

    `matching` gives the other of each node that the statements define; what `train` and the claims add is the same
    where it is made in the same way of the same.
    """
    known: dict[object, int] = {}
    other = {found: one for one, found in enumerate(matching) if found is not None}
    keys = (
        {one: ("node", one) for one in range(len(matching))},
        {found: ("node", one) for found, one in other.items()},
    )

    def numbers(spec: Spec, own: Mapping[int, object], which: int) -> list[int]:
        made: list[int] = []
        for number, node in enumerate(spec.full.nodes):
            key: object = own.get(number)
            if node.operation is CONSTANT:
                key = (CONSTANT, node.attributes, node.type)
            elif key is None and number < len(spec.graph.nodes):
                key = ("alone", which, number)
            elif key is None:
                operands = tuple(made[operand] for operand in node.inputs)
                key = (node.operation.name, node.attributes, operands, node.path if not operands else "")
            made.append(known.setdefault(key, len(known)))
        return made

    return numbers(before, keys[0], 0), numbers(after, keys[1], 1)
