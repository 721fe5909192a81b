"""Which inputs are class numbers, and of how many classes."""

from collections.abc import Iterator
from typing import NamedTuple

from ..ops.leaves import INPUT
from ..ops.operation import Reference
from ..shape import Size
from .graph import Graph, Node


class Judge(NamedTuple):
    """A node that takes an `int` input as class numbers, and how many classes it knows."""

    path: str
    classes: Size
    node: int


def judges(graph: Graph) -> Iterator[Judge]:
    """Every node that takes an `int` input as class numbers.

    Class numbers are followed back through operations that leave them what they are.
    """
    sources: dict[int, int] = {}
    """The node that the values of a node come from unchanged."""
    for number, node in enumerate(graph.nodes):
        sources[number] = sources[node.inputs[0]] if node.operation.values.passes_on else number
        if (judged := _judged(graph, node)) is None:
            continue
        operand, classes = judged
        source = graph.nodes[sources[operand]]
        if source.operation is INPUT:
            yield Judge(source.path, classes, number)


def _judged(graph: Graph, node: Node) -> tuple[Reference, Size] | None:
    """The operand of a node that is class numbers, and how many classes there are; None where there is no such."""
    if (classes := node.operation.values.classes) is None:
        return None
    found = classes(tuple(graph.nodes[operand].type for operand in node.inputs), node.type)
    return None if found is None else (node.inputs[found[0]], found[1])
