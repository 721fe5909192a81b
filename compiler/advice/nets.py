"""Nets that learn badly: weights that start for another activation, sigmoids in a row, trainings that stop at once."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ...grammar.diagnostic import Diagnostic, Fault, Note
from ..graph.graph import Node
from ..graph.signatures import Invocation
from ..ops.facts import Activation
from ..ops.table import INFIX
from . import faults
from .adviser import Adviser

IN_A_ROW = 4

MISMATCHES: Mapping[tuple[str, str], Fault] = MappingProxyType(
    {("he", "xavier"): faults.HE_WITH_SIGMOID, ("xavier", "he"): faults.XAVIER_WITH_RELU}
)
"""By the initialiser that was taken, and the one that is made for the activation."""


def mismatched_starts(adviser: Adviser) -> Iterator[Diagnostic]:
    """Weights whose initialiser is made for another activation than the one that their sums go into."""
    starts = {
        declaration.index: declaration.initial.name
        for declaration in adviser.graph.params.values()
        if isinstance(declaration.initial, Invocation) and declaration.initial.name in ("he", "xavier")
    }
    if not starts:
        return
    weights: dict[int, int] = {}
    """Weighted sums, each with the param that weighs it."""
    clashes: dict[int, tuple[Fault, int]] = {}
    for number in adviser.written:
        node = adviser.nodes[number]
        operation = node.operation
        if (weighs := operation.algebra.weighs) is not None:
            if node.inputs[weighs] in starts:
                weights[number] = node.inputs[weighs]
        elif operation.values.passes_on == "elements" or operation is INFIX["+"]:
            carried = next((weights[operand] for operand in node.inputs if operand in weights), None)
            if carried is not None:
                weights[number] = carried
        elif (weight := weights.get(node.inputs[0]) if node.inputs else None) is not None and (
            fault := _mismatch(starts[weight], operation.activation)
        ) is not None:
            clashes[number] = fault, weight
    gates = _gates(adviser, [number for number, (fault, _) in clashes.items() if fault is faults.HE_WITH_SIGMOID])
    for number, (fault, weight) in clashes.items():
        if number not in gates:
            param, activation = adviser.nodes[weight], adviser.nodes[number].operation.name
            notes = [Note(f"`{param.path}` is declared here", param.span)]
            yield adviser.at(fault, number, name=param.path, notes=notes, **fault.asked_for(activation=activation))


def _mismatch(start: str, activation: Activation | None) -> Fault | None:
    """What is wrong with weights that start for another activation."""
    return None if activation is None else MISMATCHES.get((start, activation.start))


def _gates(adviser: Adviser, activations: list[int]) -> set[int]:
    """Activations that only weigh other computed values, `x * sigmoid(x)`: they need not keep a value's variance."""
    nodes = adviser.nodes

    def weighs(number: int, reader: int) -> bool:
        node = nodes[reader]
        others = [operand for operand in node.inputs if operand != number]
        return node.operation is INFIX["*"] and any(nodes[other].operation.role != "leaf" for other in others)

    readers = adviser.readers(activations)
    return {number for number, found in readers.items() if found and all(weighs(number, each) for each in found)}


def sigmoids_in_a_row(adviser: Adviser) -> Iterator[Diagnostic]:
    """The fourth of sigmoids that follow one another, on the way that has fewest of them.

    A sum goes around (a short cut), and so does a product: of `(1 - z) * h` the gradient reaches h past the gate z.
    """
    if sum(_shrinks(adviser.nodes[number]) for number in adviser.written) < IN_A_ROW:
        return
    rows: dict[int, int] = {}
    """How many sigmoids every way to a value goes through; leaves, from which no way leads back, are left out."""
    for number in adviser.written:
        node = adviser.nodes[number]
        if node.operation.role == "leaf":
            continue
        ends = node.operation.activation is not None and not _shrinks(node)
        row = 0 if ends else min((rows[operand] for operand in node.inputs if operand in rows), default=0)
        if _shrinks(node):
            row += 1
            if row == IN_A_ROW:
                yield adviser.at(faults.SIGMOIDS_IN_A_ROW, number, count="four")
        rows[number] = row


def _shrinks(node: Node) -> bool:
    return node.operation.activation is not None and node.operation.activation.shrinks


def stops_at_once(adviser: Adviser) -> Iterator[Diagnostic]:
    """`stop = below(...)` of a metric whose largest value is the best: it is below at the first report."""
    train = adviser.spec.train
    if train is None or train.stop is None or train.stop.name != "below":
        return
    watched = train.stop.text("watch")
    name = watched.partition(".")[2]
    operation = adviser.source(train.metrics.get(name, train.minimize)).operation
    if operation.values.higher_is_better:
        hint = f"write `above({watched}, ...)`, or `early(watch = {watched})`, which keeps the best weights"
        yield faults.STOPS_AT_ONCE.at(train.stop.span, hint=hint, watched=watched, metric=operation.called)
