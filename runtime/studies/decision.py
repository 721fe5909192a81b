"""The decision surface of a classifier with two inputs: the class that it gives to each point of the plane."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..data.binding import Dataset
from ..evaluate.execute import execute
from ..evaluate.planner import Planner
from ..plot_faults import NOTHING_TO_PLOT
from ..training.job import Job
from .judged import Judged, class_names, judged

SIDE = 201
"""Points along each axis."""

MARGIN = 0.1
"""What is shown around the data, as a share of their extent."""

AT_ONCE = 4096
"""Rows that are computed at once."""

MOST_POINTS = 1000
"""Rows of the data that are shown of each set; of more, some evenly out of all."""


@dataclass(frozen=True, eq=False)
class Points:
    """Rows of the data: the two inputs [rows], the true class and the given one, as class numbers."""

    x: Array
    y: Array
    true: Array
    given: Array


@dataclass(frozen=True, eq=False)
class Decision:
    """A grid of points and the class given to each, [len(y), len(x)]; `names` are those of the two inputs.

    `answers` are what decides: a score for each class [len(y), len(x), classes], or where the classifier has one column
    of answers that number [len(y), len(x)], class 1 above `threshold`.
    `train`, `validate` and `test` are rows of the data; None where there are none.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    given: Array
    answers: Array
    classes: tuple[str, ...]
    train: Points
    validate: Points | None
    test: Points | None
    threshold: float = 0.5


def decision(job: Job, parameters: Mapping[str, Array], classes: Mapping[str, tuple[str, ...]]) -> Decision:
    """Computes the classes over the plane of the data. Raises SpecError where a spec has no two inputs."""
    return Surface(job, classes).at(parameters)


class Surface:
    """The plane of a job's data, ready to be looked at with any parameters; `side` is how many points an axis has.

    Raises SpecError where a spec has no two inputs.
    """

    def __init__(self, job: Job, classes: Mapping[str, tuple[str, ...]], side: int = SIDE) -> None:
        self._found = found = judged(job, "decision")
        self._inputs = inputs = _two_inputs(job, found)
        self._job = job
        self._classes = classes
        self._model = _Model(job, found, inputs)
        planes = [_plane(inputs, rows) for rows in job.sides.values() if rows is not None]
        self._x, self._y = (_axis(np.concatenate([each[:, axis] for each in planes]), side) for axis in (0, 1))
        self._grid = np.stack([each.ravel() for each in np.meshgrid(self._x, self._y)], axis=1)
        self._side = side

    def at(self, parameters: Mapping[str, Array]) -> Decision:
        """What is decided with these parameters."""
        job, model, found, side = self._job, self._model, self._found, self._side
        data = job.data
        assert data is not None  # two inputs have been found among its columns
        answers = model.answers(self._grid, parameters)
        count = 2 if found.column else answers.shape[-1]
        return Decision(
            self._inputs.names,
            self._x,
            self._y,
            model.classes(answers).reshape(side, side),
            answers.reshape(side, side, *answers.shape[1:]),
            class_names(job.graph, found.target, self._classes, count),
            model.points(data, parameters),
            model.points(job.validate, parameters) if job.validate is not None else None,
            model.points(job.test, parameters) if job.test is not None else None,
            found.threshold,
        )


@dataclass(frozen=True)
class _Inputs:
    """One input [N, 2], or two [N] or [N, 1], by path; and the rows that they declare, if they do."""

    paths: tuple[str, ...]
    rows: int | None

    @property
    def names(self) -> tuple[str, str]:
        first, *others = self.paths
        return (first, others[0]) if others else (f"{first}[0]", f"{first}[1]")


def _two_inputs(job: Job, found: Judged) -> _Inputs:
    graph = job.graph
    before = graph.ancestors([found.scores])
    paths = tuple(path for path in (job.data.inputs if job.data else ()) if before[graph.inputs[path].index])
    shapes = [graph.nodes[graph.inputs[path].index].type.shape for path in paths]
    widths = [(job.data.inputs[path][:1].size if job.data else 0) for path in paths]
    scores = graph.nodes[found.scores]
    reason = None
    if widths not in ([2], [1, 1]):
        taken = ", ".join(f"`{path}` has {width}" for path, width in zip(paths, widths, strict=True)) or "none are data"
        reason = f"the scores must depend on two numbers of each row; of the inputs, {taken}"
    elif scores.type.shape[:1] != shapes[0][:1] or not (found.column or len(scores.type.shape) == 2):
        reason = "there are no scores for each row"
    if reason is not None:
        raise SpecError([NOTHING_TO_PLOT.at(scores.span, kind="decision", reason=reason)])
    declared = [shape[0] for shape in shapes if isinstance(shape[0], int)]
    return _Inputs(paths, declared[0] if declared else None)


def _plane(inputs: _Inputs, data: Dataset) -> Array:
    """The rows of a set as points [rows, 2]."""
    return np.concatenate([np.asarray(data.inputs[p][:], np.float64).reshape(data.rows, -1) for p in inputs.paths], 1)


def _axis(values: Array, side: int) -> Array:
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, side)


class _Model:
    """Computes answers for points."""

    def __init__(self, job: Job, found: Judged, inputs: _Inputs) -> None:
        self._graph = job.graph
        self._found = found
        self._inputs = inputs
        self._planner = Planner(self._graph, (found.scores,), job.precision, job.dims)
        self._targets = Planner(self._graph, (found.target,), job.precision, job.dims)
        self._at_once = inputs.rows or AT_ONCE

    def answers(self, points: Array, parameters: Mapping[str, Array]) -> Array:
        """The scores [points, C], or one number for each point [points]."""
        starts = range(0, len(points), self._at_once)
        parts = [self._part(points[start : start + self._at_once], parameters) for start in starts]
        whole = np.concatenate(parts)
        return whole.reshape(len(points)) if self._found.column else whole

    def classes(self, answers: Array) -> Array:
        """The class of each answer."""
        return (answers > self._found.threshold).astype(np.int64) if self._found.column else np.argmax(answers, axis=-1)

    def points(self, data: Dataset, parameters: Mapping[str, Array]) -> Points:
        """Some of the rows of a set."""
        some = np.arange(min(data.rows, MOST_POINTS)) * data.rows // min(data.rows, MOST_POINTS)
        plane = _plane(self._inputs, data)[some]
        given = self.answers(plane, parameters)
        return Points(plane[:, 0], plane[:, 1], self._true(data, parameters)[some], self.classes(given))

    def _part(self, points: Array, parameters: Mapping[str, Array]) -> Array:
        lacking = self._at_once - len(points) if self._inputs.rows else 0
        filled = np.concatenate([points, np.repeat(points[-1:], lacking, axis=0)])
        fed = {}
        for number, path in enumerate(self._inputs.paths):
            held = self._graph.nodes[self._graph.inputs[path].index].type.shape
            part = filled if len(self._inputs.paths) == 1 else filled[:, number]
            fed[path] = part.reshape(len(filled), *([1] * (len(held) - part.ndim)), *part.shape[1:])
        return _value(self._planner, fed, parameters, self._found.scores)[: len(points)]

    def _true(self, data: Dataset, parameters: Mapping[str, Array]) -> Array:
        """The class of every row."""
        size = self._inputs.rows or data.rows
        parts = []
        for start in range(0, data.rows, size):
            fed = {path: array[start : start + size] for path, array in data.inputs.items()}
            parts.append(_value(self._targets, fed, parameters, self._found.target))
        target = np.concatenate(parts)
        if self._found.column:
            return (target > 0.5).astype(np.int64).reshape(data.rows)
        return target if target.ndim == 1 else np.argmax(target, axis=-1)


def _value(planner: Planner, fed: Mapping[str, object], parameters: Mapping[str, Array], target: int) -> Array:
    inputs = planner.filled(planner.admitted(fed))
    return np.asarray(execute(planner.plan(inputs, parameters), {**inputs, **planner.fed(parameters)})[target])
