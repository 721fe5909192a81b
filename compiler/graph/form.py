"""The two forms of a spec, that of training and the one outside of it: `in_training(a, b)` is a or b."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TypeVar

from ..ops.arrangement.shaping import IDENTITY
from ..ops.chance import IN_TRAINING
from .graph import Graph, InputDeclaration, Node, ParamDeclaration
from .spec import Spec

Declared = TypeVar("Declared", InputDeclaration, ParamDeclaration)


def form_of(spec: Spec, *, training: bool) -> Spec:
    """The spec in one of its forms, whose nodes stand where they stood; itself where it has but one.

    What only the other form needs is `idle`: rules of states too are for steps alone.
    """
    graph, full = spec.graph, spec.full
    if not graph.states and not has_forms(full.nodes):
        return spec
    nodes = chosen(full.nodes, training=training)
    idle = _idle(graph, nodes[: len(graph.nodes)], training=training)
    return replace(
        spec,
        graph=replace(graph, nodes=nodes[: len(graph.nodes)], idle=idle),
        full=replace(full, nodes=nodes, idle=idle),
    )


def chosen(nodes: Sequence[Node], *, training: bool) -> tuple[Node, ...]:
    """Nodes with the value of a form in the place of each choice."""
    slot = 0 if training else 1
    return tuple(
        [
            node._replace(operation=IDENTITY, inputs=(node.inputs[slot],)) if node.operation is IN_TRAINING else node
            for node in nodes
        ]
    )


def without_idle(spec: Spec) -> Spec:
    """A form without what only the other one needs, for those who show it; itself where nothing is idle.

    Claims, which may be about what is left out, are not in it.
    """
    graph, train = spec.graph, spec.train
    if not graph.idle:
        return spec
    left_out = spec.full.dependents(graph.idle)
    places = dict(zip((number for number, out in enumerate(left_out) if not out), count(), strict=False))
    if train is not None:
        metrics, matrices = (
            {name: places[number] for name, number in table.items() if number in places}
            for table in (train.metrics, train.matrices)
        )
        train = replace(train, minimize=places[train.minimize], metrics=metrics, matrices=matrices)
    kept = sum(number < len(graph.nodes) for number in places)
    nodes = tuple([_moved(spec.full.nodes[number], places) for number in places])
    smaller = pruned(graph, nodes[:kept], places)
    return replace(spec, graph=smaller, full=replace(smaller, nodes=nodes), train=train, claims=())


def _moved(node: Node, places: Mapping[int, int]) -> Node:
    return node._replace(inputs=tuple([places[operand] for operand in node.inputs]))


def pruned(graph: Graph, nodes: tuple[Node, ...], places: Mapping[int, int]) -> Graph:
    """A graph whose nodes have been moved to new places, some left out, with its tables moved after them."""
    before = [0]  # for each node, how many of those before it stay
    for number in range(len(graph.nodes)):
        before.append(before[-1] + (number in places))
    states = {path: each for path, each in graph.states.items() if each.index in places}
    return replace(
        graph,
        nodes=nodes,
        inputs=_placed(graph.inputs, places),
        params=_placed(graph.params, places),
        outputs=tuple([places[number] for number in graph.outputs]),
        expansions=tuple(
            [each._replace(start=before[each.start], stop=before[each.stop]) for each in graph.expansions]
        ),
        states={
            path: replace(each, index=places[each.index], next=None if each.next is None else places.get(each.next))
            for path, each in states.items()
        },
        idle=frozenset(),
    )


def _placed(declared: Mapping[str, Declared], places: Mapping[int, int]) -> dict[str, Declared]:
    return {path: replace(each, index=places[each.index]) for path, each in declared.items() if each.index in places}


def has_forms(nodes: Iterable[Node]) -> bool:
    """Whether values hang on the form."""
    return any(node.operation is IN_TRAINING for node in nodes)


def _idle(graph: Graph, made: tuple[Node, ...], *, training: bool) -> frozenset[int]:
    """The nodes that lead to nothing in a form, but do in the other."""
    rules = {each.next for each in graph.states.values() if each.next is not None}
    ends = [number for number in _ends(graph.nodes) if training or number not in rules]
    needed = replace(graph, nodes=made).ancestors([*ends, *graph.outputs])
    return frozenset(number for number, is_needed in enumerate(needed) if not is_needed)


def _ends(nodes: Sequence[Node]) -> list[int]:
    """The nodes that no other reads."""
    read = {operand for node in nodes for operand in node.inputs}
    return [number for number in range(len(nodes)) if number not in read]
