"""A column of one number a row that the text takes for something else: for classes, probabilities, a plain row."""

from collections.abc import Iterator

from ...grammar.diagnostic import Diagnostic, Note
from ..graph.graph import Node
from ..ops.measures.class_targets import is_column
from ..ops.measures.metric import THRESHOLD
from ..ops.table import INFIX, NEGATIVE
from ..shape import Shape, shape_text
from . import faults, forms
from .adviser import Adviser


def misleading_columns(adviser: Adviser) -> Iterator[Diagnostic]:
    """A softmax over a single class or over the rows, and [N, 1] that meets [N] in arithmetic."""
    nodes = adviser.nodes
    for number in adviser.written:
        node = nodes[number]
        operation = node.operation
        name = operation.called
        if comes := operation.advice.over_one_class:
            given = nodes[node.inputs[0]].type.shape
            if given[_class_axis(node)] == 1:
                yield adviser.at(faults.ONE_CLASS, number, operation=name, comes=comes, given=shape_text(given))
            elif operation.judges_classes and len(given) == 1 and given[0] in adviser.row_sizes:
                size = str(given[0])
                yield adviser.at(faults.ROWS_AS_CLASSES, number, operation=name, given=shape_text(given), size=size)
        elif operation.rows.each and len(node.inputs) == 2:
            left, right = (nodes[operand].type.shape for operand in node.inputs)
            if left != right and _spread(left, right):
                yield _outer(adviser, number)


def _class_axis(node: Node) -> int:
    """The axis of the first operand along which an operation over classes has them."""
    named = zip(node.operation.attributes, node.attributes, strict=True)
    return next((axis for each, axis in named if each.name == "axis" and isinstance(axis, int)), -1)


def _spread(left: Shape, right: Shape) -> bool:
    """Whether one shape is the other with a further axis of 1, so that each row meets all others."""
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer == (*shorter, 1) and shorter[-1:] not in ((), (1,))


def _outer(adviser: Adviser, number: int) -> Diagnostic:
    nodes = adviser.nodes
    node = nodes[number]
    column, row = sorted(node.inputs, key=lambda operand: -len(nodes[operand].type.shape))
    column_type, row_type = (nodes[operand].type for operand in (column, row))
    last = len(column_type.shape) - 1
    flat = shape_text(row_type.shape)
    hint = f"declare both alike, or write `sum({_written(adviser, column)}, axis = {last})`, which is {flat}"
    notes = [
        Note(f"{shape_text(nodes[operand].type.shape)} comes from here", adviser.place(operand))
        for operand in (column, row)
        if adviser.place(operand) is not None
    ]
    return adviser.at(
        faults.OUTER,
        number,
        column=adviser.named(column),
        column_shape=column_type,
        row=adviser.named(row),
        row_shape=row_type,
        operation=node.operation.called,
        shape=shape_text(node.type.shape),
        hint=hint,
        notes=notes,
    )


def _written(adviser: Adviser, number: int) -> str:
    path = adviser.nodes[number].path
    return path if path in adviser.graph.named else "..."


# --- log-odds ---------------------------------------------------------------------------------------------------


def log_odds_as_probabilities(adviser: Adviser) -> Iterator[Diagnostic]:
    """Metrics that cut a single column at 0.5, though what it holds goes into a sigmoid or softplus elsewhere."""
    nodes, judged = adviser.nodes, _judged_columns(adviser)
    if not judged:
        return
    log_odds = _log_odds(adviser)
    for number in judged:
        node = nodes[number]
        if (given := adviser.origin[node.inputs[0]]) in log_odds:
            name = adviser.named(given)
            metric = node.operation.called
            probability = f"`{metric}(sigmoid({_written(adviser, given)}), ...)`"
            hint = f"give it the probability: {probability}, or write `threshold = 0`"
            yield adviser.at(faults.LOG_ODDS_HALVED, number, metric=metric, name=name, hint=hint)


def _judged_columns(adviser: Adviser) -> list[int]:
    """Metrics that cut a single column at one half."""
    nodes = adviser.nodes

    def of_column(number: int) -> bool:
        node = nodes[number]
        y, t = (nodes[operand].type.shape for operand in node.inputs[:2])
        *_, threshold, rows = node.attributes
        return threshold == THRESHOLD.default and is_column(y, t, rows)

    return [number for number in adviser.written if nodes[number].operation.advice.halves and of_column(number)]


def _log_odds(adviser: Adviser) -> set[int]:
    """Values that some node takes for log-odds: `sigmoid(z)`, `softplus(-t * z)`, `relu(1 - t * z)`.

    An operation over classes does where there is one column."""
    nodes = adviser.nodes
    found: set[int] = set()
    for number in adviser.written:
        node = nodes[number]
        if not (taken := node.operation.advice.log_odds):
            continue
        if node.operation.advice.over_one_class and nodes[node.inputs[0]].type.shape[_class_axis(node)] != 1:
            continue
        letters = forms.found(forms.form(taken), node, nodes, adviser.origin)
        if letters is not None:
            found |= _signed(adviser, letters["z"])
    return found


def _signed(adviser: Adviser, number: int) -> set[int]:
    """The value behind a sign, or behind a product with one; a product's operands may both be it."""
    found: set[int] = set()
    pending = [number]
    while pending:
        origin = adviser.origin[pending.pop()]
        node = adviser.nodes[origin]
        if node.operation in (NEGATIVE, INFIX["*"]) and origin not in found:
            pending += node.inputs
        found.add(origin)
    return found
