"""Claims that can't fail, whatever finite values the graph computes."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from ...grammar.diagnostic import Diagnostic
from ...grammar.syntax import Expect
from ..elaborate.order import functions_in
from ..elaborate.reporter import span_of
from ..graph.graph import Graph, Node
from ..graph.spec import Claim
from ..ops.facts import Range
from ..ops.leaves import CONSTANT, METRIC
from .adviser import Adviser
from .faults import IDLE_CLAIM, advised

TURNED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

COMPARED: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


def idle_claims(adviser: Adviser) -> Iterator[Diagnostic]:
    """A finding for each claim that can't fail."""
    if not adviser.spec.claims:
        return
    judge = _Judge(adviser)
    for claim in adviser.spec.claims:
        if (reason := judge.reason(claim)) is not None:
            yield IDLE_CLAIM.at(claim.span, hint=advised(IDLE_CLAIM), reason=reason)


class _Judge:
    def __init__(self, adviser: Adviser) -> None:
        self.spec = adviser.spec
        self.graph: Graph = adviser.spec.full
        self.values = self._values()
        self.written = {each.start: each for each in adviser.module.statements if isinstance(each, Expect)}

    def _values(self) -> dict[int, float]:
        """The values of nodes that are made of numbers alone; a node of the file is not, whatever it is made of."""
        own = len(self.spec.graph.nodes)
        values: dict[int, float] = {}
        for number, node in enumerate(self.graph.nodes):
            if node.operation is CONSTANT:
                if isinstance(value := node.attributes[0], int | float):
                    values[number] = float(value)
            elif (number >= own or not node.path) and node.inputs and node.operation.scalar is not None:
                operands = [values[operand] for operand in node.inputs if operand in values]
                if len(operands) == len(node.inputs) and not node.type.shape:
                    values[number] = float(node.operation.scalar(*operands, *node.attributes))
        return values

    def reason(self, claim: Claim) -> str | None:
        """Why a claim can't fail, None where it can."""
        statement = self.written[claim.span.start]
        left, right = claim.left, claim.right
        differentiates = _differentiates(statement)  # what a derivative comes to is what such a claim is about
        if left in self.values and right in self.values and not differentiates:
            return "both sides are numbers" if self._holds(claim) else None
        if claim.comparison in ("==", "<=", ">=") and self._same(claim, statement):
            return "both sides are the same"
        if differentiates:
            return None
        for side, other, comparison in (
            (left, right, claim.comparison),
            (right, left, TURNED[claim.comparison]),
        ):
            number, node = self.values.get(other), self._judged(side)
            if number is None or (bounds := self._bounds(node)) is None:
                continue
            if _always(*bounds, comparison, number, claim.within):
                return f"`{node.operation.called}` is {_range(*bounds)}"
        return None

    def _same(self, claim: Claim, statement: Expect) -> bool:
        """Whether both sides are written alike, spaces apart."""
        left, right = (span_of(claim.span.source, side).text for side in (statement.left, statement.right))
        return "".join(left.split()) == "".join(right.split())

    def _holds(self, claim: Claim) -> bool:
        """Whether a claim about numbers holds, whatever the tolerance: nothing that runs can change it."""
        left, right = self.values[claim.left], self.values[claim.right]
        return math.isfinite(left) and math.isfinite(right) and COMPARED[claim.comparison](left, right)

    def _bounds(self, node: Node) -> Range | None:
        bounds = node.operation.values.bounds
        return None if bounds is None else bounds(*(self.graph.nodes[operand].type for operand in node.inputs))

    def _judged(self, number: int) -> Node:
        """The node that a side is the value of; of a metric after training, that of what it reports."""
        node = self.graph.nodes[number]
        train = self.spec.train
        if node.operation is METRIC and train is not None:
            name = node.path.partition(".")[2]
            node = self.graph.nodes[train.minimize if name == train.loss else train.metrics[name]]
        while node.operation.values.passes_on == "elements":
            node = self.graph.nodes[node.inputs[0]]
        return node


def _differentiates(statement: Expect) -> bool:
    """Whether a derivative stands in a claim."""
    return any(name.name == "d" for side in (statement.left, statement.right) for name in functions_in(side))


def _always(low: float, high: float, comparison: str, number: float, within: float | None) -> bool:
    """Whether every value from low to high compares so with a number."""
    match comparison:
        case ">=":
            return low >= number
        case ">":
            return low > number
        case "<=":
            return high <= number
        case "<":
            return high < number
    return within is not None and number - within <= low and high <= number + within


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"never below {low:g}"
    return f"never above {high:g}" if math.isinf(low) else f"always from {low:g} to {high:g}"
