"""Which comparisons need no numbers: their elements are true or false, one byte each."""

from collections.abc import Sequence

from ..graph.graph import Node
from ..ops.arrangement.shaping import REAL
from ..ops.steps import EQUAL, LESS


def truths(nodes: Sequence[Node]) -> set[int]:
    """Comparisons that nobody reads but who makes reals of them: as truths both take a third of the time."""
    found = {number for number, node in enumerate(nodes) if node.operation is LESS or node.operation is EQUAL}
    return found - {operand for node in nodes if node.operation is not REAL for operand in node.inputs}
