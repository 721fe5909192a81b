"""Forms that lose digits or overflow where an operation has the same value, and a softmax that is made twice."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from ..grammar.diagnostic import Diagnostic
from . import advice_faults as faults
from .adviser import Adviser
from .graph import Node

Rule = Callable[[Adviser, int], Diagnostic | None]
"""What is careless about a node of one operation, None where nothing is."""


def careless_forms(adviser: Adviser) -> Iterator[Diagnostic]:
    """What the rules say about each node, in one walk."""
    nodes = adviser.nodes
    for number in adviser.written:
        rule = RULES.get(nodes[number].operation.name)
        if rule is not None and (found := rule(adviser, number)) is not None:
            yield found


def _quotient(adviser: Adviser, number: int) -> Diagnostic | None:
    """`1 / (1 + exp(-x))`, `exp(x) / (1 + exp(x))`, `exp(x) / sum(exp(x))` of one row."""
    node = adviser.nodes[number]
    upper, lower = (adviser.source(operand) for operand in node.inputs)
    exponential = _one_plus_exp(adviser, node.inputs[1])
    if exponential is not None:
        if not adviser.is_number(node.inputs[0], 1.0):
            trouble = "`exp` overflows where x is large, then it is nan"
            by_hand = _same_exp(adviser, upper, exponential)
        else:
            trouble = "`exp` overflows where x is very negative"
            by_hand = adviser.source(exponential.inputs[0]).operation.name == "neg"
        return adviser.at(faults.SIGMOID_BY_HAND, number, trouble=trouble) if by_hand else None
    if lower.operation.name == "sum" and len(upper.type.shape) == 1:
        summed = adviser.source(lower.inputs[0])
        return adviser.at(faults.SOFTMAX_BY_HAND, number) if _same_exp(adviser, upper, summed) else None
    return None


def _one_plus_exp(adviser: Adviser, number: int) -> Node | None:
    """The `exp(...)` of `1 + exp(...)`, in either order."""
    node = adviser.source(number)
    if node.operation.name != "add":
        return None
    for one, other in (node.inputs, reversed(node.inputs)):
        if adviser.is_number(one, 1.0) and adviser.source(other).operation.name == "exp":
            return adviser.source(other)
    return None


def _same_exp(adviser: Adviser, one: Node, other: Node) -> bool:
    if one.operation.name != "exp" or other.operation.name != "exp":
        return False
    return adviser.origin[one.inputs[0]] == adviser.origin[other.inputs[0]]


def _logarithm(adviser: Adviser, number: int) -> Diagnostic | None:
    node = adviser.nodes[number]
    if _one_plus_exp(adviser, node.inputs[0]) is not None:
        return adviser.at(faults.SOFTPLUS_BY_HAND, number)
    inner = adviser.source(node.inputs[0]).operation.name
    fault = {"softmax": faults.LOG_OF_SOFTMAX, "sigmoid": faults.LOG_OF_SIGMOID}.get(inner)
    return adviser.at(fault, number) if fault is not None else None


def _softmax_loss(adviser: Adviser, number: int) -> Diagnostic | None:
    given = adviser.source(adviser.nodes[number].inputs[0]).operation.name
    twice = given in ("softmax", "sigmoid", "log-softmax")
    return adviser.at(faults.SOFTMAX_TWICE, number, given=f"`{given}`") if twice else None


RULES: Mapping[str, Rule] = MappingProxyType(
    {"div": _quotient, "log": _logarithm, "softmax-loss": _softmax_loss},
)
