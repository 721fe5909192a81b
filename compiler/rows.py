"""Which values of a graph can be computed a part of the rows at a time."""

from collections.abc import Collection, Iterable
from enum import Enum

from .graph import Graph, Node
from .shape import Linear, Size


class Part(Enum):
    """How a value depends on the rows of the data.

    FIXED: not at all. ROWS: its first axis runs over them, and each row depends on that row alone. MEAN: the mean
    over the rows, so that parts of them give it by their weighted mean. MIXED: in any other way.
    """

    FIXED = 0
    ROWS = 1
    MEAN = 2
    MIXED = 3


ELEMENTWISE = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "exp",
        "log",
        "pow",
        "sqrt",
        "relu",
        "sigmoid",
        "tanh",
        "softplus",
        "identity",
        "real",
    ]
)
"""Operations that take each element, or each pair of elements, apart from the others."""

AVERAGES = frozenset(["softmax-loss", "mse", "quadratic-loss", "cross-entropy", "accuracy", "top-k", "mae"])
"""Losses and metrics that are means over the rows of all their operands."""


def means_over_rows(graph: Graph, fed: Collection[int], targets: Iterable[int]) -> bool:
    """Whether each target is known to be a mean over the rows of the fed inputs, or not to depend on them.

    False where that cannot be seen.
    """
    wanted = tuple(targets)
    parts = parts_of(graph, fed, wanted)
    return all(parts[target] in (Part.FIXED, Part.MEAN) for target in wanted)


def parts_of(graph: Graph, fed: Collection[int], targets: Iterable[int]) -> dict[int, Part]:
    """How the targets, and all that they depend on, depend on the rows of the fed inputs.

    MIXED where that cannot be seen: where the inputs have different first axes, or one that is no `dim`.
    """
    wanted = tuple(targets)
    needed = graph.ancestors(wanted)
    firsts = {graph.nodes[number].type.shape[:1] for number in fed}
    first = next(iter(firsts), ())
    if len(firsts) != 1 or not first or not isinstance(first[0], Linear):
        return {number: Part.MIXED for number in range(len(graph.nodes)) if needed[number]}
    parts: dict[int, Part] = {}
    for number, node in enumerate(graph.nodes):
        if needed[number]:
            parts[number] = Part.ROWS if number in fed else _part(graph, node, parts, first[0])
    return parts


def _part(graph: Graph, node: Node, parts: dict[int, Part], rows: Size) -> Part:
    of = [parts[operand] for operand in node.inputs]
    name = node.operation.name
    if Part.MIXED in of:
        return Part.MIXED
    if name in AVERAGES and all(part is Part.ROWS for part in of):
        return Part.MEAN if all(value in (rows, None) for value in node.attributes[-1:]) else Part.MIXED
    if any(_symbolic(value) for value in node.attributes):
        return Part.MIXED
    if all(part is Part.FIXED for part in of):
        return Part.MIXED if _symbolic(node.type.shape) else Part.FIXED
    if name in ELEMENTWISE:
        return _combined(name, of) if Part.MEAN in of else _elementwise(graph, node, of)
    if Part.MEAN in of:
        return Part.MIXED
    return _rows_kept(graph, node, of)


def _symbolic(value: object) -> bool:
    """Whether a size, or a shape, holds a size that is not a number; it may count rows."""
    return any(isinstance(size, Linear) for size in value) if isinstance(value, tuple) else isinstance(value, Linear)


def _combined(name: str, of: list[Part]) -> Part:
    """A mean stays one when it is shifted or scaled."""
    if Part.ROWS in of:
        return Part.MIXED
    linear = name in ("add", "sub", "neg", "identity")
    scaled = (name == "mul" and Part.FIXED in of) or (name == "div" and of[1] is Part.FIXED)
    return Part.MEAN if linear or scaled else Part.MIXED


def _elementwise(graph: Graph, node: Node, of: list[Part]) -> Part:
    rank = len(node.type.shape)
    for operand, part in zip(node.inputs, of, strict=True):
        shape = graph.nodes[operand].type.shape
        if part is Part.ROWS and len(shape) != rank:
            return Part.MIXED
        if part is Part.FIXED and len(shape) == rank and shape[0] != 1:
            return Part.MIXED
    return Part.ROWS


def _rows_kept(graph: Graph, node: Node, of: list[Part]) -> Part:
    rank = len(graph.nodes[node.inputs[0]].type.shape)
    name = node.operation.name
    if of[0] is not Part.ROWS or Part.ROWS in of[1:]:
        return Part.MIXED
    if name in ("affine", "matmul", "softmax", "log-softmax"):
        matrices = all(len(graph.nodes[operand].type.shape) <= 2 for operand in node.inputs[1:])
        return Part.ROWS if rank >= 2 and matrices else Part.MIXED
    if name in ("flatten", "one-hot") or (name == "transpose" and rank >= 3):
        return Part.ROWS
    if name not in ("sum", "mean"):
        return Part.MIXED
    axis = node.attributes[0]
    if isinstance(axis, int) and axis % rank:
        return Part.ROWS
    return Part.MEAN if name == "mean" else Part.MIXED
