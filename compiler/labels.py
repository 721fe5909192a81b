"""Which inputs are class numbers, and of how many classes."""

from collections.abc import Mapping

from .graph import Graph
from .ops.leaves import INPUT
from .ops.targets import class_numbers
from .shape import Size

SCORED = frozenset({"softmax-loss", "cross-entropy", "accuracy"})
"""Operations that take scores [N, C], or [C], and class numbers `t` of their rows."""


def label_limits(graph: Graph) -> Mapping[str, tuple[Size, int]]:
    """For each `int` input that is used as class numbers: how many classes there are, and the node that says so.

    Class numbers are followed back through operations that keep them as they are (identity, flatten, transpose).
    Where several nodes take an input, the fewest classes count; of sizes that are not known yet, the first.
    """
    limits: dict[str, tuple[Size, int]] = {}
    sources: dict[int, int] = {}
    """The node that the integers of a node come from unchanged."""
    for number, node in enumerate(graph.nodes):
        if node.type.kind == "int":
            sources[number] = sources.get(node.inputs[0], number) if len(node.inputs) == 1 else number
        if node.operation.name not in SCORED:
            continue
        scores, t = (graph.nodes[operand].type for operand in node.inputs)
        if t.kind != "int" or not class_numbers(scores, t):
            continue
        source = graph.nodes[sources[node.inputs[1]]]
        classes = scores.shape[-1]
        if source.operation is INPUT and (source.path not in limits or _fewer(classes, limits[source.path][0])):
            limits[source.path] = (classes, number)
    return limits


def _fewer(size: Size, other: Size) -> bool:
    return isinstance(size, int) and (not isinstance(other, int) or size < other)
