"""Claims that can't fail, whatever the graph computes."""

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..grammar.diagnostic import Diagnostic
from ..grammar.syntax import Expect, Module
from .advice_faults import IDLE_CLAIM, advised
from .graph import Graph
from .reporter import span_of
from .spec import Claim, Spec

BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "sigmoid": (0.0, 1.0),
        "softmax": (0.0, 1.0),
        "accuracy": (0.0, 1.0),
        "tanh": (-1.0, 1.0),
        "relu": (0.0, math.inf),
        "exp": (0.0, math.inf),
        "sqrt": (0.0, math.inf),
        "softplus": (0.0, math.inf),
        "mse": (0.0, math.inf),
        "quadratic-loss": (0.0, math.inf),
        "softmax-loss": (0.0, math.inf),
        "log-softmax": (-math.inf, 0.0),
    }
)
"""Between what the values of an operation lie, ends included, for every operand that is a number."""

TURNED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def idle_claims(spec: Spec, module: Module) -> Iterator[Diagnostic]:
    """A finding for each claim that can't fail."""
    if not spec.claims:
        return
    judge = _Judge(spec, module)
    for claim in spec.claims:
        if (reason := judge.reason(claim)) is not None:
            yield IDLE_CLAIM.at(claim.span, hint=advised(IDLE_CLAIM), reason=reason)


class _Judge:
    def __init__(self, spec: Spec, module: Module) -> None:
        self.spec = spec
        self.graph: Graph = spec.full
        self.constant = self._constants()
        self.written = {each.start: each for each in module.statements if isinstance(each, Expect)}

    def _constants(self) -> list[bool]:
        """For each node whether it is made of numbers alone; a node of the file is not, whatever it is made of."""
        own = len(self.spec.graph.nodes)
        constant: list[bool] = []
        for number, node in enumerate(self.graph.nodes):
            if node.operation.role == "leaf":
                constant.append(node.operation.name == "constant")
                continue
            unnamed = number >= own or not node.path
            constant.append(unnamed and all(constant[operand] for operand in node.inputs))
        return constant

    def _same(self, claim: Claim) -> bool:
        """Whether both sides are written alike, spaces apart."""
        statement = self.written[claim.span.start]
        left, right = (span_of(claim.span.source, side).text for side in (statement.left, statement.right))
        return "".join(left.split()) == "".join(right.split())

    def reason(self, claim: Claim) -> str | None:
        """Why a claim can't fail, None where it can."""
        left, right = claim.left, claim.right
        if self.constant[left] and self.constant[right]:
            return "both sides are numbers"
        if claim.comparison in ("==", "<=", ">=") and self._same(claim):
            return "both sides are the same"
        for side, other, comparison in (
            (left, right, claim.comparison),
            (right, left, TURNED[claim.comparison]),
        ):
            number, operation = self._number(other), self._operation(side)
            if number is None or operation not in BOUNDS:
                continue
            low, high = BOUNDS[operation]
            if _always(low, high, comparison, number, claim.within):
                return f"`{operation}` is {_range(low, high)}"
        return None

    def _number(self, number: int) -> float | None:
        node = self.graph.nodes[number]
        value = node.attributes[0] if node.operation.name == "constant" else None
        return float(value) if isinstance(value, int | float) else None

    def _operation(self, number: int) -> str:
        """The operation of a side; of a metric after training, that of the node that it reports."""
        node = self.graph.nodes[number]
        train = self.spec.train
        if node.operation.name == "metric" and train is not None:
            name = node.path.partition(".")[2]
            node = self.graph.nodes[train.minimize if name == train.loss else train.metrics[name]]
        while node.operation.name == "identity":
            node = self.graph.nodes[node.inputs[0]]
        return node.operation.name


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
