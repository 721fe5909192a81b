"""Which inputs are class numbers, and of how many classes."""

from collections.abc import Iterator
from typing import NamedTuple

from .graph import Graph, Node
from .ops.leaves import INPUT
from .ops.operation import Reference
from .ops.targets import class_numbers
from .shape import Size

SCORED = frozenset({"softmax-loss", "cross-entropy", "accuracy", "top-k", "confusion", "precision", "recall"})
"""Operations that take scores [N, C], or [C], and class numbers `t` of their rows."""

KEEPING = frozenset({"identity", "flatten", "transpose"})
"""Operations that leave class numbers what they are."""


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
        sources[number] = sources[node.inputs[0]] if node.operation.name in KEEPING else number
        if (judged := _judged(graph, node)) is None:
            continue
        operand, classes = judged
        source = graph.nodes[sources[operand]]
        if source.operation is INPUT:
            yield Judge(source.path, classes, number)


def _judged(graph: Graph, node: Node) -> tuple[Reference, Size] | None:
    """The operand of a node that is class numbers, and how many classes there are; None where there is no such."""
    if node.operation.name == "one-hot":
        return node.inputs[0], node.type.shape[-1]
    if node.operation.name not in SCORED:
        return None
    scores, t = (graph.nodes[operand].type for operand in node.inputs)
    return (node.inputs[1], scores.shape[-1]) if t.kind == "int" and class_numbers(scores, t) else None
