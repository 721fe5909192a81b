"""Params of which only some rows are read: where `take` alone reads a table, its gradient stays with these rows."""

from collections.abc import Sequence
from typing import NamedTuple

from ..graph.graph import GraphBuilder, Node
from ..graph.signatures import Invocation
from ..ops.arithmetic import ADD
from ..ops.arrangement.taking import TAKE_GRADIENT
from ..ops.operation import Reference
from ..shape import Clash, Shape, product


class TakenRows(NamedTuple):
    """The rows of a parameter that a step reads: the nodes that have their numbers, repeats among them, and their
    gradients, after clipping; how many takes read them.

    A row that is not among them has a gradient of zeros. `alone`: nothing else of the parameter may change, even where
    the rule would change it without a gradient.
    """

    numbers: int
    direction: int
    takes: int
    alone: bool


def changes_rows_alone(settings: Invocation) -> bool:
    """Whether an update changes nothing of a parameter where its gradient is zero, or shall not."""
    if settings.number("weight_decay"):
        return False
    return settings.name in ("sgd", "adagrad") or lazy(settings)


def lazy(settings: Invocation) -> bool:
    """Whether rows that no `take` read shall keep their moments and values."""
    return settings.arguments.get("lazy") is True


def taken_rows(builder: GraphBuilder, gradient: Reference, shape: Shape) -> tuple[Reference, Reference, int] | None:
    """The numbers of the rows that are read, the gradients of these rows, and how many takes read them.

    None where anything but a `take` of rows has a part in the gradient. Its bits are those of the rows of `gradient`.
    """
    parts = _parts(builder.nodes, gradient)
    nodes = [builder.nodes[part] for part in parts]
    if not shape or any(node.operation is not TAKE_GRADIENT or node.attributes != (shape, 0) for node in nodes):
        return None
    numbers = _numbers(builder, list(dict.fromkeys(node.inputs[1] for node in nodes)))
    if numbers is None:
        return None
    first, *further = (
        builder.taken_gradient(g, indices, numbers, shape=shape) for g, indices in [node.inputs for node in nodes]
    )
    for part in further:
        first = builder.add(first, part)
    return numbers, first, len(parts)


def _parts(nodes: Sequence[Node], gradient: Reference) -> list[Reference]:
    """The values that are added up in a gradient, the first one first, as `backwards.total` adds them."""
    parts = []
    while nodes[gradient].operation is ADD:
        gradient, part = nodes[gradient].inputs
        parts.append(part)
    return [gradient, *reversed(parts)]


def _numbers(builder: GraphBuilder, found: Sequence[Reference]) -> Reference | None:
    """The numbers of all takes in one; None where these have too many open sizes for that."""
    if len(found) == 1:
        return found[0]
    try:
        rows = []
        for each in found:
            shape = builder.type(each).shape
            rows.append(each if len(shape) == 1 else builder.reshape(each, shape=(product(shape),)))
        return builder.concat(rows[0], *rows[1:], axis=0)
    except Clash:
        return None
