"""What a training does once, before its first step: work on rows that no step changes."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ...compiler.derive.training import TrainingGraph
from ...compiler.graph.bind_dims import bind_dims
from ...compiler.lower.computation import bound
from ...compiler.lower.verify import verify
from ...compiler.passes.hoist import Hoisted, HoistRows, hoisted
from ...compiler.shape import Linear
from ..arrays import Array
from ..data import budget
from ..data.stored import Rows, StoredArray
from ..evaluate.execute import execute
from ..evaluate.planner import Planner
from .job import Job

PIECE = 1 << 18
"""Elements of the widest row's value that are computed at a time."""


class Prepared(NamedTuple):
    """The graph that steps are made of, and the rows that they gather, by input."""

    training: TrainingGraph
    inputs: Mapping[str, Rows]


def prepared(job: Job) -> Prepared:
    """The training with what depends on rows of its data alone computed once.

    It stays as it is where that saves nothing, where the rows lie in files, where the results are larger than
    CHAINRULE_DATA_MEMORY allows, and where one is not finite: the step that meets it says so.
    """
    training, rows = job.training, dict(job.data.inputs) if job.data else {}
    arrays = {path: array for path, array in rows.items() if not isinstance(array, StoredArray)}
    if not job.optimise or len(arrays) < len(rows) or _few_steps(job) or _rows_are_known(job, arrays):
        return Prepared(training, rows)
    after = HoistRows(frozenset(arrays), job.dims)(training)
    if after is training:
        return Prepared(training, rows)
    _check(job, after, arrays)
    made = _computed(job, hoisted(training, after), arrays)
    if made is None:
        return Prepared(training, rows)
    needed = after.graph.ancestors(after.targets)
    known = {**arrays, **made}
    return Prepared(after, {path: known[path] for path in known if needed[after.graph.inputs[path].index]})


def _few_steps(job: Job) -> bool:
    """Whether the steps do not even go over all rows once, as without data."""
    return job.minibatches is None or job.steps <= job.epoch_steps


def _rows_are_known(job: Job, arrays: Mapping[str, Array]) -> bool:
    """Whether a dim that counts rows has one size for good, so that no other number of them fits."""
    graph = job.training.graph
    firsts = [graph.nodes[graph.inputs[path].index].type.shape[0] for path in arrays]
    return any(not isinstance(size, Linear) or any(name in job.dims for name, _ in size.terms) for size in firsts)


def _check(job: Job, after: TrainingGraph, arrays: Mapping[str, Array]) -> None:
    """Raises Broken where the graph before or after is not sound."""
    shapes = {path: array.shape for path, array in arrays.items()}
    dims = bind_dims(job.training.graph, shapes, job.dims)
    verify(bound(job.training.graph, job.training.targets, dims, job.precision))
    verify(bound(after.graph, after.targets, dims, job.precision), (HoistRows.name,))


def _computed(job: Job, wanted: Sequence[Hoisted], arrays: Mapping[str, Array]) -> dict[str, Array] | None:
    """The values of nodes for all rows, by the path of the input that stands for each; None if they may not be held."""
    assert job.data is not None
    planner = Planner(job.training.graph, [each.number for each in wanted], job.precision, job.dims)
    count = job.data.rows
    widest = max(math.prod(array.shape[1:]) for array in arrays.values())
    at_once = max(1, PIECE // widest)
    made: dict[str, Array] = {}
    for start in range(0, count, at_once):
        piece = slice(start, start + at_once)
        inputs = planner.filled({path: array[piece] for path, array in arrays.items()})
        values = execute(planner.plan(inputs, {}), inputs)
        found = {path: np.asarray(values[number]) for path, number in wanted}
        if not all(np.isfinite(value).all() for value in found.values()):
            return None
        if not made:
            sizes = {path: count * math.prod(value.shape[1:]) * value.itemsize for path, value in found.items()}
            if sum(sizes.values()) > budget.memory():
                return None
            made = {path: np.empty((count, *value.shape[1:]), value.dtype) for path, value in found.items()}
        for path, value in found.items():
            made[path][piece] = value
    return made
