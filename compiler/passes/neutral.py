"""Neutral operations: those that give back an operand to the bit, whatever it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from ..computation import Computation, rewritten
from ..graph import Node
from ..ops.leaves import CONSTANT

Match: TypeAlias = Callable[[list[Node], Node], int | None]
"""The operand that a node is equal to, or None."""


def _is(made: list[Node], operand: int, text: str) -> bool:
    """Whether an operand is a scalar constant, written so: -0.0 is not 0.0."""
    node = made[operand]
    return node.operation is CONSTANT and not node.type.shape and repr(float(node.attributes[0])) == text  # type: ignore[arg-type]  # a scalar constant is a number


def _second(text: str) -> Match:
    return lambda made, node: node.inputs[0] if _is(made, node.inputs[1], text) else None


def _either(text: str) -> Match:
    def match(made: list[Node], node: Node) -> int | None:
        first, second = node.inputs
        if _is(made, second, text) and made[first].type == node.type:
            return first
        return second if _is(made, first, text) else None

    return match


def _twice(made: list[Node], node: Node) -> int | None:
    inner = made[node.inputs[0]]
    return inner.inputs[0] if inner.operation is node.operation else None


def _same(made: list[Node], node: Node) -> int | None:
    return node.inputs[0]


NEUTRAL: Mapping[str, Match] = MappingProxyType(
    {
        "add": _either("-0.0"),  # x + -0.0 -> x; but -0.0 + 0.0 is 0.0
        "sub": _second("0.0"),  # x - 0.0 -> x
        "mul": _either("1.0"),  # x * 1 -> x
        "div": _second("1.0"),  # x / 1 -> x
        "neg": _twice,  # -(-x) -> x
        "transpose": _twice,
        "identity": _same,
        "reshape": _same,  # to the shape that it has
        "flatten": _same,
        "expand": _same,
        "sum-to": _same,
    }
)
"""By operation, when it is neutral; the operand must be of the node's own type in any case."""


@dataclass(frozen=True)
class DropNeutral:
    """Puts the operand in place of an operation that gives it back, NaN, infinities and signed zeros included."""

    name: str = "drop neutral operations"

    def __call__(self, computation: Computation) -> Computation:
        def dropped(made: list[Node], node: Node) -> Node | int:
            match = NEUTRAL.get(node.operation.name)
            found = match(made, node) if match else None
            if found is None or made[found].type != node.type:
                return node
            return found

        return rewritten(computation, dropped)
