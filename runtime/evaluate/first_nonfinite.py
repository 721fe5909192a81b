"""The node that a value which is not finite came from, as a warning."""

from collections.abc import Iterable, Sequence

import numpy as np

from ...compiler.graph.graph import Graph
from ...compiler.shape import Linear
from ...grammar.diagnostic import Diagnostic
from ..arrays import Value
from ..checking_faults import NOT_FINITE_VALUE
from .nonfinite import first_culprit, first_spoilt


def first_nonfinite(
    graph: Graph, values: Sequence[Value | None], shown: Iterable[int], start: int = 0
) -> tuple[Diagnostic, ...]:
    """A warning that names the first node from which a non-finite value among `shown` came; () where all are finite.

    Rows, along a first axis that is a `dim`, are counted from `start`: so many others stand before them.
    """
    spoilt = first_spoilt(values, shown)
    if spoilt is None:
        return ()
    culprit = first_culprit([node.inputs for node in graph.nodes], values, spoilt)
    node = graph.nodes[culprit]
    value = np.asarray(values[culprit])
    first = tuple(map(int, np.argwhere(~np.isfinite(value))[0]))
    counted = (first[0] + start, *first[1:]) if first and isinstance(node.type.shape[0], Linear) else first
    name = f"`{node.path}`" if node.path else f"`{node.operation.called}`, made for a gradient,"
    place = f" at [{', '.join(map(str, counted))}]" if first else ""
    where = node.span or graph.nodes[spoilt].span
    return (NOT_FINITE_VALUE.at(where, node=name, value=str(float(value[first])), place=place),)
