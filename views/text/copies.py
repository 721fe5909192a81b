"""Copies of a repeat or a scan that are alike, so that a summary tells them once."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ...compiler.graph.graph import Expansion, Graph, Node
from ...compiler.ops.arrangement.indexing import GONE
from ...compiler.ops.leaves import CONSTANT, SIZE
from ...compiler.ops.table import INDEX
from ...compiler.shape import add_sizes

Form: TypeAlias = list[tuple[object, ...]]
"""The operations of a copy and how they are wired: equal for copies that compute the same of other operands."""


class Run(NamedTuple):
    """Copies `first` to `last` of a repeat or scan, all alike; their nodes stand from `start` to before `stop`."""

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
    """The copies of each repeat and scan, in the order in which they are computed."""
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
            one, other = _number(copies[first]), _number(copies[end - 1])  # a scan may go backwards
            yield Run(path, min(one, other), max(one, other), copies[first].start, copies[end - 1].stop)


def _number(copy: Expansion) -> int:
    return int(copy.path.rpartition("[")[2].rstrip("]"))


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
        attributes = _attributes(node, _number(copy), operands)
        form.append((node.operation.name, attributes, node.type, operands, node.path in frozen))
    return form


def _attributes(node: Node, copy: int, operands: Sequence[object]) -> tuple[object, ...]:
    """A node's attributes; which row a copy takes of what comes from outside is counted from the copy's own."""
    if node.operation is not INDEX or operands != (None,):
        return node.attributes
    start, count, step = node.attributes
    assert isinstance(start, tuple)
    assert isinstance(step, tuple)
    counted = (add_sizes(place, -copy) if by == GONE else place for place, by in zip(start, step, strict=True))  # type: ignore[arg-type]  # places are sizes
    return (tuple(counted), count, step)


def _operand(graph: Graph, number: int, places: dict[int, int]) -> object:
    """An operand's place in the copy, its value where it is a constant, else only that it comes from outside."""
    node = graph.nodes[number]
    while node.operation.implicit and not node.path:
        number = node.inputs[0]
        node = graph.nodes[number]
    if node.operation is CONSTANT or node.operation is SIZE:
        return node.attributes
    return places.get(number)
