"""Rows that hang on the others beside them: in what a model predicts, and in columns of its data."""

from collections.abc import Iterator
from typing import NamedTuple

from ..grammar.diagnostic import Diagnostic, Note
from ..grammar.source import Span
from . import advice_faults as faults
from .adviser import Adviser
from .graph import Graph, Node
from .row_axes import row_axes
from .rows import AVERAGES
from .signatures import Invocation
from .spec import Apply, Column, Read

MIXING = frozenset({"sum", "mean", "softmax", "log-softmax", "transpose", "size"}) | AVERAGES
"""Operations without which, and without products of two computed values, no rows are put together."""


def rows_that_hang(adviser: Adviser) -> Iterator[Diagnostic]:
    """Outputs of a trained net whose rows take in the other rows of their batch, as a statistic over it does."""
    graph = adviser.graph
    wanted = graph.ancestors(graph.outputs) if adviser.row_sizes else []
    if not any(needed and _may_mix(graph, node) for node, needed in zip(graph.nodes, wanted, strict=False)):
        return
    axes = row_axes(graph, adviser.row_sizes, wanted)
    for name, output in zip(graph.output_names, graph.outputs, strict=True):
        state = axes.get(output)
        if state is not None and state.over and state.mixed is not None:
            number = _written(adviser, state.mixed)
            how = f"`{graph.nodes[number].operation.name}` goes over all of them"
            if graph.nodes[state.mixed].operation.name == "size":
                how = "their number stands here"
            notes = [Note(f"`{name}` is computed here", adviser.place(output))]
            yield adviser.at(faults.ROWS_HANG, number, name=name, how=how, notes=notes)


def _may_mix(graph: Graph, node: Node) -> bool:
    name = node.operation.name
    return name in MIXING or (name == "matmul" and graph.nodes[node.inputs[1]].operation.name != "param")


def _written(adviser: Adviser, number: int) -> int:
    """The node itself, or where it is one that no text has (the number of rows), the first that reads it."""
    if adviser.nodes[number].span is not None:
        return number
    return next(iter(adviser.readers([number])[number]), number)


# --- columns ----------------------------------------------------------------------------------------------------


class _Value(NamedTuple):
    """What stands on the stack while a column is followed.

    `files` are what its rows are read from, `rank` its axes (None: not known); `statistics` are reductions over rows
    that it was computed with: of which files, and where.
    """

    files: frozenset[str] = frozenset()
    rank: int | None = None
    statistics: tuple[tuple[frozenset[str], str, Span], ...] = ()


def columns_of_their_own_rows(adviser: Adviser) -> Iterator[Diagnostic]:
    """Columns that are computed with a mean or a sum over their own rows, `c - mean(c)`: other rows get another."""
    spec = adviser.spec
    if spec.train is None:
        return
    for section in {spec.train.data, spec.train.test} - {None}:
        for column in spec.data[section or ""].columns.values():
            if column.name in adviser.graph.inputs and (found := _own_statistic(column)) is not None:
                operation, span = found
                hint = faults.advised(faults.OWN_ROWS)
                yield faults.OWN_ROWS.at(span, hint=hint, name=column.name, operation=operation)


def _own_statistic(column: Column) -> tuple[str, Span] | None:
    """The first reduction over rows that come from where the column's own come from, and its place."""
    stack: list[_Value] = []
    for step in column.steps:
        match step:
            case Read():
                stack.append(_Value(frozenset([_file(step.reader)]), _rank(step.reader)))
            case Apply():
                operands = stack[len(stack) - step.operands :]
                del stack[len(stack) - step.operands :]
                stack.append(_applied(step, operands))
            case _:
                stack.append(_Value())
    (result,) = stack
    own = ((operation, span) for files, operation, span in result.statistics if files & result.files)
    return next(own, None)


def _file(reader: Invocation) -> str:
    """What a reader takes its rows from. `predict` puts the file with its rows in the place of every CSV file."""
    if reader.name == "csv":
        return "csv"
    source = reader.arguments.get("path") or reader.arguments.get("name") or ""
    return f"{reader.name} {source}"


def _rank(reader: Invocation) -> int | None:
    """How many axes a reader's rows have, the first one among them, where the call says it."""
    columns = reader.arguments.get("column")
    if reader.name != "csv":
        return None
    return 2 if isinstance(columns, tuple) or ":" in str(columns) else 1


def _applied(step: Apply, operands: list[_Value]) -> _Value:
    files = frozenset[str]().union(*(each.files for each in operands))
    statistics = tuple(found for each in operands for found in each.statistics)
    name = step.operation.name
    if name in ("sum", "mean") and _over_rows(step.attributes[0], operands[0].rank):
        return _Value(frozenset(), 0, (*statistics, (files, name, step.span)))
    if name in ("softmax", "log-softmax") and operands[0].rank == 1:
        statistics = (*statistics, (files, name, step.span))
    ranks = {each.rank for each in operands if each.files}
    return _Value(
        files, ranks.pop() if len(ranks) == 1 and name not in ("sum", "mean", "one-hot") else None, statistics
    )


def _over_rows(axis: object, rank: int | None) -> bool:
    return axis is None or axis == 0 or (isinstance(axis, int) and rank is not None and axis == -rank)
