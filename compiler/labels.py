"""Which inputs are class numbers, and of how many classes."""

from collections.abc import Mapping

from .graph import Graph, Node
from .ops.leaves import INPUT
from .ops.operation import Reference
from .shape import Size


def label_limits(graph: Graph) -> Mapping[str, tuple[Size, int]]:
    """For each `int` input that is used as class numbers: how many classes there are, and the node that says so.

    Class numbers are followed back through operations that leave them what they are.
    Where several nodes take an input, the fewest classes count; of sizes that are not known yet, the first.
    """
    limits: dict[str, tuple[Size, int]] = {}
    sources: dict[int, int] = {}
    """The node that the values of a node come from unchanged."""
    for number, node in enumerate(graph.nodes):
        sources[number] = sources[node.inputs[0]] if node.operation.values.passes_on else number
        if (judged := _judged(graph, node)) is None:
            continue
        operand, classes = judged
        source = graph.nodes[sources[operand]]
        if source.operation is INPUT and (source.path not in limits or _fewer(classes, limits[source.path][0])):
            limits[source.path] = (classes, number)
    return limits


def _judged(graph: Graph, node: Node) -> tuple[Reference, Size] | None:
    """The operand of a node that is class numbers, and how many classes there are; None where there is no such."""
    if (classes := node.operation.values.classes) is None:
        return None
    found = classes(tuple(graph.nodes[operand].type for operand in node.inputs), node.type)
    return None if found is None else (node.inputs[found[0]], found[1])


def _fewer(size: Size, other: Size) -> bool:
    return isinstance(size, int) and (not isinstance(other, int) or size < other)
