"""What nodes of a trained net are for one row of its data."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ...compiler.graph.graph import Graph
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..evaluate.execute import execute
from ..evaluate.planner import Planner
from ..plot_faults import NOTHING_TO_PLOT
from ..training.job import Job
from .sides import Side, side_of


class Row(NamedTuple):
    """A row of the data: of which rows, which one of them from 0, and the inputs [1, ...] that it fills.

    `side` is None where the spec has no rows.
    """

    side: Side | None
    number: int
    inputs: Mapping[str, Array]


def row_of(job: Job, kind: str, side: Side | None, number: int) -> Row:
    """A row of those that `side` names, or that `side_of` chooses.

    Raises SpecError, which names the kind of plot, where there is none of this number.
    """
    found = side_of(job, kind, side)
    held = job.sides[found]
    if held is None:
        return Row(None, 0, {})
    if not 0 <= number < held.rows:
        reason = f"there is no row {number} among the {held.rows:,} {found} rows, which count from 0"
        raise SpecError([NOTHING_TO_PLOT.at(job.section.spans.get("train"), kind=kind, reason=reason)])
    return Row(found, number, {path: array[number : number + 1] for path, array in held.inputs.items()})


def values_of(job: Job, row: Row, nodes: Sequence[int], parameters: Mapping[str, Array]) -> list[Array]:
    """The values of nodes for a row, without the axis of rows. Raises SpecError."""
    graph = job.graph
    planner = Planner(graph, nodes, job.precision, job.dims)
    inputs = planner.filled(planner.admitted(row.inputs))
    plan = planner.plan(inputs, parameters)
    values = execute(plan, {**inputs, **planner.held(parameters, inputs)})
    found = [np.asarray(values[number]) for number in nodes]
    return [each[0] if has_rows(graph, number, row.inputs) else each for number, each in zip(nodes, found, strict=True)]


def has_rows(graph: Graph, number: int, columns: Mapping[str, object]) -> bool:
    """Whether the first axis of a node is that of the rows, which the inputs of these `columns` have."""
    shape = graph.nodes[number].type.shape
    rows = [graph.nodes[graph.inputs[path].index].type.shape[:1] for path in columns if path in graph.inputs]
    return bool(shape) and not isinstance(shape[0], int) and shape[:1] in rows
