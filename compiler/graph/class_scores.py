"""Which values are scores for classes, which are probabilities of them, and what makes the ones of the others."""

from collections.abc import Iterable

from ..ops.activation import SIGMOID, SOFTMAX
from ..ops.arrangement.shaping import IDENTITY
from ..ops.operation import Operation, Reference
from ..ops.table import OPERATIONS
from .class_labels import judges
from .graph import Graph


def held_against_classes(graph: Graph) -> dict[Reference, list[Reference]]:
    """The values that are held against class numbers, by the node that takes these; they may stand beside a one-hot."""
    nodes = graph.nodes
    taking = {judge.node: nodes[judge.node].operation for judge in judges(graph)}
    held = {number: [nodes[number].inputs[0]] if each.judges_classes else [] for number, each in taking.items()}
    one_hot: dict[Reference, Reference] = {}
    """The node that makes a value one-hot."""
    for number, node in enumerate(nodes):
        first = one_hot.get(node.inputs[0]) if node.inputs else None
        if number in taking and node.operation.spreads_classes:
            one_hot[number] = number
        elif first is not None and (node.operation.implicit or node.operation.values.passes_on == "elements"):
            one_hot[number] = first
        else:
            for maker in {one_hot[operand] for operand in node.inputs if operand in one_hot}:
                held[maker] += [operand for operand in node.inputs if operand not in one_hot]
    return held


def squashing(graph: Graph, numbers: Iterable[Reference]) -> dict[Reference, Operation]:
    """The operation that makes probabilities of some values: those that are held against classes, or made of such.

    It is `identity` where they are probabilities already. A value of another kind has none.
    """
    known, found = _squashing_of_held(graph), {}
    for number in numbers:
        node = graph.nodes[number]
        if number in known:
            found[number] = known[number]
        elif node.inputs and node.operation is known.get(node.inputs[0]):
            found[number] = IDENTITY
    return found


def is_share(graph: Graph, number: Reference) -> bool:
    """Whether a value lies between 0 and 1, whatever it is computed from."""
    node = graph.nodes[number]
    while node.operation.values.passes_on in ("elements", "moved"):
        node = graph.nodes[node.inputs[0]]
    if node.operation.values.bounds is None:
        return False
    bounds = node.operation.values.bounds(*(graph.nodes[operand].type for operand in node.inputs))
    return bounds is not None and bounds[0] >= 0 and bounds[1] <= 1


def _squashing_of_held(graph: Graph) -> dict[Reference, Operation]:
    """What makes probabilities of each value that is held against classes, or that its probabilities are made of.

    A loss says what it takes. A metric takes either: what lies between 0 and 1 are probabilities, all else scores. What
    lies there and stands beside a one-hot are probabilities, too.
    """
    nodes = graph.nodes
    told = {
        node.inputs[0]: node.operation.values.probabilities for node in nodes if node.operation.values.probabilities
    }
    found = {scores: OPERATIONS[name] for scores, name in told.items()}
    for judge, values in held_against_classes(graph).items():
        for scores in values:
            if is_share(graph, scores):
                found.setdefault(scores, IDENTITY)
            elif nodes[judge].operation.judges_classes:
                found.setdefault(scores, SOFTMAX)
    for number, squash in [*found.items()]:
        if squash is IDENTITY and nodes[number].operation in (SOFTMAX, SIGMOID):
            found.setdefault(nodes[number].inputs[0], nodes[number].operation)
    return found
