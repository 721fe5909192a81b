"""Rows that hang on the others beside them: in what a model predicts, and in columns of its data."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic, Note
from ...grammar.source import Span
from ..graph.form import form_of
from ..graph.graph import Graph, Node
from ..graph.row_axes import mixing
from ..graph.signatures import Invocation
from ..graph.spec import Apply, Column, Cut, Fit, Read, Use, Windows
from ..ops.arrangement.joining import CONCAT
from ..ops.leaves import PARAM, SIZE
from ..shape import Clash, Type
from . import faults
from .adviser import Adviser


def rows_that_hang(adviser: Adviser) -> Iterator[Diagnostic]:
    """Outputs of a trained net whose rows take in the other rows of their batch, as a statistic over it does."""
    graph = form_of(adviser.spec, training=False).graph  # what a trained net predicts by
    wanted = graph.ancestors(graph.outputs) if adviser.row_sizes else []
    if not any(needed and _may_mix(graph, node) for node, needed in zip(graph.nodes, wanted, strict=False)):
        return
    for output, mixed in mixing(graph, adviser.row_sizes, graph.outputs):
        name = graph.output_names[graph.outputs.index(output)]
        number = _written(adviser, mixed)
        how = f"`{graph.nodes[number].operation.called}` goes over all of them"
        if graph.nodes[mixed].operation is SIZE:
            how = "their number stands here"
        notes = [Note(f"`{name}` is computed here", adviser.place(output))]
        yield adviser.at(faults.ROWS_HANG, number, name=name, how=how, notes=notes)


def _may_mix(graph: Graph, node: Node) -> bool:
    """Whether a node may put rows together, or lead to where that is: not one with a param for its weights."""
    operation, weighs = node.operation, node.operation.algebra.weighs
    if operation is SIZE or operation.rows.averages:
        return True
    goes_apart = operation.rows.axes is None or operation.rows.same_bits
    return not goes_apart and (weighs is None or graph.nodes[node.inputs[weighs]].operation is not PARAM)


def _written(adviser: Adviser, number: int) -> int:
    """The node itself, or where it is one that no text has (the number of rows), the first that reads it."""
    if adviser.nodes[number].span is not None:
        return number
    return next(iter(adviser.readers([number])[number]), number)


# --- columns ----------------------------------------------------------------------------------------------------


UNKNOWN_RANK = 64
"""The rank of rows of which no call says how many axes they have: so many that the last one is not the first."""


class _Value(NamedTuple):
    """What stands on the stack while a column is followed.

    `rank` counts its axes, 0 for what has no rows; `mixed` is where its rows first went into one another, and how.
    """

    rank: int = 0
    mixed: tuple[str, Span] | None = None


def columns_of_their_own_rows(adviser: Adviser) -> Iterator[Diagnostic]:
    """Columns whose rows hang on the others that are read with them, `cumsum(c)`: among other rows they are others.

    What goes over all rows and leaves none, `mean(c)`, is fitted to those that are trained on.
    """
    spec = adviser.spec
    if spec.train is None:
        return
    for section in {spec.train.data, spec.train.validate, spec.train.test} - {None}:
        columns = spec.data[section or ""]
        values: dict[str, _Value] = {}
        for column in columns.among(columns.columns).columns.values():
            values[column.name] = _followed(column, values)
            if column.name in adviser.graph.inputs and (found := values[column.name].mixed) is not None:
                operation, span = found
                hint = faults.advised(faults.OWN_ROWS)
                yield faults.OWN_ROWS.at(span, hint=hint, name=column.name, operation=operation)


def _followed(column: Column, others: Mapping[str, _Value]) -> _Value:
    """What a column comes to, by what `others` that it uses came to."""
    stack: list[_Value] = []
    for step in column.steps:
        match step:
            case Read():
                stack.append(_Value(_rank(step.reader)))
            case Apply():
                operands = stack[len(stack) - step.operands :]
                del stack[len(stack) - step.operands :]
                stack.append(_applied(step, operands))
            case Fit():
                stack.append(_fitted(step, stack.pop()))
            case Use():
                stack.append(others[step.name])
            case Cut():
                gone = sum(isinstance(place, int) for place in step.places)
                stack.append(stack[-1]._replace(rank=max(0, stack.pop().rank - gone)))
            case Windows() if stack[-1].rank not in (0, UNKNOWN_RANK):
                stack.append(stack[-1]._replace(rank=stack.pop().rank + 1))
            case Windows():
                pass
            case _:
                stack.append(_Value())
    (result,) = stack
    return result


def _rank(reader: Invocation) -> int:
    """How many axes a reader's rows have, the first one among them, where the call says it."""
    columns = reader.arguments.get("column")
    if reader.name != "csv":
        return UNKNOWN_RANK
    return 2 if isinstance(columns, tuple) or ":" in str(columns) else 1


def _fitted(step: Fit, operand: _Value) -> _Value:
    match step.call.name:
        case "classes":
            return _Value()
        case "one_hot" if operand.rank != UNKNOWN_RANK:
            return operand._replace(rank=operand.rank + 1)
    return operand


def _applied(step: Apply, operands: list[_Value]) -> _Value:
    operation = step.operation
    mixed = next((each.mixed for each in operands if each.mixed), None)
    rank = max((each.rank for each in operands), default=0)  # `range(n)` has none
    if operation is CONCAT and step.attributes[0] != 0:  # one number a row is a column beside others
        rank = max(rank, 2)
        operands = [each._replace(rank=rank if each.rank else 0) for each in operands]
    if operation.rows.each or operation.rows.axes is None or not rank:
        return _Value(rank, mixed)
    over = [frozenset({-each.rank}) if each.rank else frozenset[int]() for each in operands]
    types = tuple(Type("real", (1,) * each.rank) for each in operands)
    try:
        left, mixes = operation.rows.axes(over, types, Type("real", (1,) * rank), step.attributes)
    except Clash:  # an axis that is not there, which is told where the rows are read
        return _Value()
    if left is not None and not left:
        return _Value()
    if mixes and mixed is None:
        mixed = (operation.name, step.span)
    return _Value(-min(left) if left and operation.values.passes_on != "moved" else rank, mixed)
