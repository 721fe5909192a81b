"""Norms of values, gradients and updates while a training runs."""

import math
from collections.abc import Sequence

import numpy as np

from ...compiler.derive.training import STEP_COUNT
from ..arrays import Array, Value
from ..data.binding import Dataset
from ..evaluate.execute import Moment, execute
from ..evaluate.planner import Planner
from ..steps.trainer import Trainer
from .history import Row
from .job import Job
from .watched_layers import layers_of

ROWS = 128
"""Rows that a look takes, evenly out of all: always the same ones."""

FIRST_LOOKS, LOOKS = 5, 50
"""Looks at the first reports, and about how many in all."""

FLAT = 0.01
"""The slope of an activation below which a value counts as saturated."""


class Health:
    """Looks at a training now and then.

    A row has, by path, `W.value`, `W.gradient` and `W.update`, norms of each parameter, of a frozen one the value
    alone; `h.value`, the norm of an activation, with `h.dead` (units that are 0 for all rows) or `h.saturated`, shares;
    and `gradient`, the norm of all gradients together, and `update`, that of all updates. Gradients are those of the
    loss over the rows that are looked at.
    """

    def __init__(self, job: Job) -> None:
        self.layers = layers_of(job.training)
        self._job = job
        graph = job.training.graph
        nodes = [step for steps in self.layers.steps.values() for step in steps]
        updates = [number for each in job.training.parameters.values() for number in (each.gradient, each.value)]
        self._planner = Planner(graph, (*updates, *nodes), job.precision, job.dims)
        self._sample: dict[str, Array] | None = None
        self._stride = max(1, -(-job.steps // job.report_steps) // LOOKS)

    def due(self, step: int) -> bool:
        """Whether the report of a step is one to look at."""
        report = -(-step // self._job.report_steps)
        return report <= FIRST_LOOKS or report % self._stride == 0 or step == self._job.steps

    def look(self, trainer: Trainer) -> Row:
        """Takes the norms at this moment; changes nothing."""
        row: Row = {"step": trainer.steps}
        values = self._values(trainer)
        gradients = updates = 0.0
        for path, update in self._job.training.parameters.items():
            held = trainer.params[path]
            gradient, change = _norm(values[update.gradient]), _norm(np.asarray(values[update.value]) - held)
            row |= {f"{path}.value": _norm(held), f"{path}.gradient": gradient, f"{path}.update": change}
            gradients, updates = math.hypot(gradients, gradient), math.hypot(updates, change)
        row |= {f"{path}.value": _norm(trainer.params[path]) for path in self._job.training.frozen}
        row |= {"gradient": gradients, "update": updates}
        graph, layers = self._job.training.graph, self.layers
        for number, name in layers.names.items():
            steps = [np.asarray(values[step]) for step in layers.steps[number]]
            row[f"{name}.value"] = math.hypot(*map(_norm, steps))
            activation = graph.nodes[number].operation.activation
            assert activation is not None  # it is watched
            if activation.rectifies:
                row[f"{name}.dead"] = _dead(steps, layers.units[number])
            if activation.slope is not None:
                flat = [float(np.mean(activation.slope(np.asarray(step, np.float64)) < FLAT)) for step in steps]
                row[f"{name}.saturated"] = sum(flat) / len(flat)
        return row

    def _values(self, trainer: Trainer) -> list[Value | None]:
        planner = self._planner
        if self._sample is None:
            self._sample = sample(self._job)
        scalars = {**trainer.rates, STEP_COUNT: trainer.steps + 1}
        arrays = {path: np.asarray(value, planner.precision) for path, value in scalars.items()}
        inputs = planner.filled(planner.admitted(self._sample))
        held = trainer.backend.read()
        feeds = {**inputs, **planner.fed({**held.params, **held.states, **arrays})}
        return execute(planner.plan(inputs, held.params), feeds, Moment(trainer.steps))


def rows_looked_at(job: Job, most: int = ROWS) -> int:
    """How many rows a look takes; 1 without data. As many as are declared, where the graph says how many it takes."""
    if job.data is None:
        return 1
    graph = job.training.graph
    firsts = [graph.nodes[graph.inputs[path].index].type.shape[0] for path in job.data.inputs]
    declared = [size for size in firsts if isinstance(size, int)]
    return min(job.data.rows, declared[0] if declared else most)


def sample(job: Job, most: int = ROWS) -> dict[str, Array]:
    """Some of the rows to train on, evenly out of all."""
    if job.data is None:
        return {}
    return evenly(job.data, rows_looked_at(job, most))


def evenly(data: Dataset, count: int) -> dict[str, Array]:
    """So many rows, evenly out of all; no more than there are."""
    count = min(count, data.rows)
    rows = np.arange(count) * data.rows // count
    return {path: array[rows] for path, array in data.inputs.items()}


def _norm(value: Value | None) -> float:
    flat = np.ravel(np.asarray(value, np.float64))
    with np.errstate(over="ignore"):  # infinite where it is too large
        return float(np.sqrt(np.dot(flat, flat)))


def _dead(steps: Sequence[Array], units: int) -> float:
    """The share of the units, along an axis, that are 0 in every row, everywhere, at each step."""
    if steps[0].ndim < 2:
        return 0.0
    others = tuple(axis for axis in range(steps[0].ndim) if axis != units % steps[0].ndim)
    return float(np.mean(~np.any([step.any(axis=others) for step in steps], axis=0)))
