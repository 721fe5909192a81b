"""Neutral operations: those that give back an operand to the bit, whatever it is."""

from dataclasses import dataclass

from ..graph.graph import Node
from ..lower.computation import Computation, rewritten
from ..ops.leaves import CONSTANT


def _unchanged(made: list[Node], node: Node) -> int | None:
    """The operand that a node is equal to by a law of its operation, None where there is none."""
    law = node.operation.algebra
    if law.idle:
        return node.inputs[0]
    if law.involution:
        inner = made[node.inputs[0]]
        return inner.inputs[0] if inner.operation is node.operation and not _given(inner) | _given(node) else None
    for slot in reversed(law.neutral_at) if law.neutral is not None else ():
        other = node.inputs[1 - slot]
        if _is(made[node.inputs[slot]], law.neutral) and made[other].type == node.type:
            return other
    return None


def _given(node: Node) -> bool:
    """Whether an attribute is another than by default."""
    named = zip(node.operation.attributes, node.attributes, strict=True)
    return any(value != attribute.default for attribute, value in named)


def _is(node: Node, number: float | None) -> bool:
    """Whether a node is that number as a scalar constant: -0.0 is not 0.0."""
    return node.operation is CONSTANT and not node.type.shape and repr(float(node.attributes[0])) == repr(number)  # type: ignore[arg-type]  # a scalar constant is a number


@dataclass(frozen=True)
class DropNeutral:
    """Puts the operand in place of an operation that gives it back, NaN, infinities and signed zeros included.

    What is to be differentiated afterwards keeps what holds a value, `detach`.
    """

    differentiated: bool = False
    name: str = "drop neutral operations"
    concerns: None = None

    def __call__(self, computation: Computation) -> Computation:
        def dropped(made: list[Node], node: Node) -> Node | int:
            found = None if self.differentiated and node.operation.values.held else _unchanged(made, node)
            if found is None or made[found].type != node.type:
                return node
            return found

        return rewritten(computation, dropped)
