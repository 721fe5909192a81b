"""Which values of a graph can be computed a part of the rows at a time."""

from collections.abc import Collection, Iterable
from enum import Enum

from ..ops.measures.class_targets import ROWS
from ..ops.operation import Operation
from ..shape import Linear, Size
from .graph import Graph, Node
from .row_axes import passed


class OfRows(Enum):
    """How a value depends on the rows of the data.

    FIXED: not at all. ROWS: its first axis runs over them, and each row depends on that row alone. MEAN: the mean
    over the rows, so that parts of them give it by their weighted mean. MIXED: in any other way.
    """

    FIXED = 0
    ROWS = 1
    MEAN = 2
    MIXED = 3


def dependence_of(graph: Graph, fed: Collection[int], targets: Iterable[int]) -> dict[int, OfRows]:
    """How the targets, and all that they depend on, depend on the rows of the fed inputs.

    MIXED where that cannot be seen: where the inputs have different first axes, or one that is no `dim`.
    """
    wanted = tuple(targets)
    needed = graph.ancestors(wanted)
    firsts = {graph.nodes[number].type.shape[:1] for number in fed}
    first = next(iter(firsts), ())
    if len(firsts) != 1 or not first or not isinstance(first[0], Linear):
        return {number: OfRows.MIXED for number in range(len(graph.nodes)) if needed[number]}
    parts: dict[int, OfRows] = {}
    for number, node in enumerate(graph.nodes):
        if needed[number]:
            parts[number] = OfRows.ROWS if number in fed else _part(graph, node, parts, first[0])
    return parts


def _part(graph: Graph, node: Node, parts: dict[int, OfRows], rows: Size) -> OfRows:
    of = [parts[operand] for operand in node.inputs]
    averages = node.operation.rows.averages and all(part is OfRows.ROWS for part in of) and _counts(node, rows)
    counted = any(_counts_rows(each, rows) for each in node.attributes)
    counts = counted and not (node.operation.rows.sized and _follows(node, rows))
    if OfRows.MIXED in of or (counts and not averages):
        return OfRows.MIXED
    if all(part is OfRows.FIXED for part in of):
        return OfRows.MIXED if _counts_rows(node.type.shape, rows) else OfRows.FIXED
    if OfRows.MEAN in of:
        return OfRows.MEAN if _linear(node.operation, of) else OfRows.MIXED
    ranks = [len(graph.nodes[operand].type.shape) for operand in node.inputs]
    over = [frozenset({-rank}) if part is OfRows.ROWS else frozenset() for rank, part in zip(ranks, of, strict=True)]
    found, mixes = passed(graph, node, over)
    if mixes:
        return OfRows.MEAN if averages and not found else OfRows.MIXED
    return OfRows.ROWS if found == frozenset({-len(node.type.shape)}) else OfRows.MIXED


def _follows(node: Node, rows: Size) -> bool:
    """Whether the sizes of a node that hang on the rows are their number, and that along the first axis alone."""
    shapes = [value if isinstance(value, tuple) else (value,) for value in (*node.attributes, node.type.shape)]
    sizes = [size for shape in shapes for size in shape if _counts_rows(size, rows)]
    return all(size == rows for size in sizes) and not any(rows in shape[1:] for shape in shapes)


def _counts(node: Node, rows: Size) -> bool:
    """Whether a mean is one over so many rows, where it says over how many."""
    named = zip(node.operation.attributes, node.attributes, strict=True)
    return all(value in (rows, None) for attribute, value in named if attribute is ROWS)


def _linear(operation: Operation, of: list[OfRows]) -> bool:
    """Whether the value at means is the mean of the values."""
    means = {slot for slot, part in enumerate(of) if part is not OfRows.FIXED}
    return OfRows.ROWS not in of and any(means <= {*group} for group in operation.algebra.linear)


def _counts_rows(value: object, rows: Size) -> bool:
    """Whether a size, or one of a shape, hangs on the number of rows; other dims are the same for any rows."""
    sizes = value if isinstance(value, tuple) else (value,)
    dims = {dim for dim, _ in rows.terms} if isinstance(rows, Linear) else set()
    return any(isinstance(size, Linear) and any(dim in dims for dim, _ in size.terms) for size in sizes)
