"""Which inputs are class numbers, and of how many classes."""

from collections.abc import Mapping

from .graph import Graph, Node
from .ops.leaves import INPUT
from .ops.operation import Reference
from .ops.targets import class_numbers
from .shape import Size

SCORED = frozenset({"softmax-loss", "cross-entropy", "accuracy", "top-k", "confusion", "precision", "recall"})
"""Operations that take scores [N, C], or [C], and class numbers `t` of their rows."""

KEEPING = frozenset({"identity", "flatten", "transpose"})
"""Operations that leave class numbers what they are."""


def label_limits(graph: Graph) -> Mapping[str, tuple[Size, int]]:
    """For each `int` input that is used as class numbers: how many classes there are, and the node that says so.

    Class numbers are followed back through operations that leave them what they are.
    Where several nodes take an input, the fewest classes count; of sizes that are not known yet, the first.
    """
    limits: dict[str, tuple[Size, int]] = {}
    sources: dict[int, int] = {}
    """The node that the values of a node come from unchanged."""
    for number, node in enumerate(graph.nodes):
        sources[number] = sources[node.inputs[0]] if node.operation.name in KEEPING else number
        if (judged := _judged(graph, node)) is None:
            continue
        operand, classes = judged
        source = graph.nodes[sources[operand]]
        if source.operation is INPUT and (source.path not in limits or _fewer(classes, limits[source.path][0])):
            limits[source.path] = (classes, number)
    return limits


def _judged(graph: Graph, node: Node) -> tuple[Reference, Size] | None:
    """The operand of a node that is class numbers, and how many classes there are; None where there is no such."""
    if node.operation.name == "one-hot":
        return node.inputs[0], node.type.shape[-1]
    if node.operation.name not in SCORED:
        return None
    scores, t = (graph.nodes[operand].type for operand in node.inputs)
    return (node.inputs[1], scores.shape[-1]) if t.kind == "int" and class_numbers(scores, t) else None


def _fewer(size: Size, other: Size) -> bool:
    return isinstance(size, int) and (not isinstance(other, int) or size < other)
