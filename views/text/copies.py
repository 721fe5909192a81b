"""Copies of a repeat that are alike, so that a summary tells them once."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ...compiler.graph.graph import Expansion, Graph
from ...compiler.ops.leaves import CONSTANT, SIZE

Form: TypeAlias = list[tuple[object, ...]]
"""The operations of a copy and how they are wired: equal for copies that compute the same of other operands."""


class Run(NamedTuple):
    """Copies `first` to `last` of the repeat `path`, all alike; their nodes stand from `start` to before `stop`."""

    path: str
    first: int
    last: int
    start: int
    stop: int

    @property
    def copies(self) -> int:
        return self.last - self.first + 1


def runs(graph: Graph, frozen: Collection[str] = ()) -> dict[int, Run]:
    """Neighbouring copies that are alike, by the node that they begin with; of runs in one another the outer one.

    Those with `frozen` params, which are given by path, are not like others.
    """
    found: dict[int, Run] = {}
    for path, copies in _repeats(graph).items():
        for run in _alike(graph, frozen, path, copies):
            if run.start not in found or found[run.start].stop < run.stop:
                found[run.start] = run
    return found


def _repeats(graph: Graph) -> dict[str, list[Expansion]]:
    """The copies of each repeat, in order."""
    repeats: dict[str, list[Expansion]] = {}
    for expansion in graph.expansions:
        if not expansion.block:
            repeats.setdefault(expansion.path.rpartition("[")[0], []).append(expansion)
    return repeats


def _alike(graph: Graph, frozen: Collection[str], path: str, copies: Sequence[Expansion]) -> Iterator[Run]:
    """Runs of at least two."""
    forms = [_form(graph, frozen, copy) for copy in copies]
    changes = [number for number, (one, other) in enumerate(pairwise(forms), 1) if one != other]
    for first, end in pairwise([0, *changes, len(copies)]):
        if end - first > 1:
            yield Run(path, first + 1, end, copies[first].start, copies[end - 1].stop)


def _form(graph: Graph, frozen: Collection[str], copy: Expansion) -> Form:
    """Operation, attributes, type and operands of each named node; constants by value, for copies share their nodes."""
    places: dict[int, int] = {}
    form: Form = []
    for number in range(copy.start, copy.stop):
        node = graph.nodes[number]
        if not node.path:
            continue
        places[number] = len(form)
        operands = tuple([_operand(graph, operand, places) for operand in node.inputs])
        form.append((node.operation.name, node.attributes, node.type, operands, node.path in frozen))
    return form


def _operand(graph: Graph, number: int, places: dict[int, int]) -> object:
    """An operand's place in the copy, its value where it is a constant, else only that it comes from outside."""
    node = graph.nodes[number]
    while node.operation.implicit and not node.path:
        number = node.inputs[0]
        node = graph.nodes[number]
    if node.operation is CONSTANT or node.operation is SIZE:
        return node.attributes
    return places.get(number)
