"""Which inputs are class numbers, and of how many classes."""

from collections.abc import Mapping

from .graph import Graph
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
    for number, node in enumerate(graph.nodes):
        if node.operation.name not in SCORED:
            continue
        scores, t = (graph.nodes[operand] for operand in node.inputs)
        if t.type.kind != "int" or not class_numbers(scores.type, t.type):
            continue
        origin = _origin(graph, node.inputs[1])
        path = graph.nodes[origin].path
        if path not in graph.inputs or graph.inputs[path].index != origin:
            continue
        classes = scores.type.shape[-1]
        if path not in limits or _fewer(classes, limits[path][0]):
            limits[path] = (classes, number)
    return limits


def _origin(graph: Graph, index: int) -> int:
    while len(graph.nodes[index].inputs) == 1 and graph.nodes[index].type.kind == "int":
        index = graph.nodes[index].inputs[0]
    return index


def _fewer(size: Size, other: Size) -> bool:
    return isinstance(size, int) and (not isinstance(other, int) or size < other)
