"""The loss around a training's path, along two directions through its end.

Random directions are normalised filter by filter, as in Li, Xu, Taylor, Studer, Goldstein: Visualizing the Loss
Landscape of Neural Nets (NeurIPS 2018), who also draw paths in the plane of their principal components.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ...grammar.spec_error import SpecError
from ..arrays import Array, rounded
from ..evaluate.metrics import Metrics
from ..plot_faults import NOTHING_TO_PLOT
from ..steps.threads import threads_for
from ..training.health import sample
from ..training.job import Job
from ..training.replay import replay, same_end, spread
from ..training.train import Training

Directions = Literal["path", "random"]

SIDE, FINE_SIDE, FINE = 33, 61, 2000
"""Points along each axis, and those of nets of up to so many numbers."""

ROWS = 256
"""Rows that the loss is taken over; of more, some evenly out of all."""

MOMENTS, BYTES = 200, 256 << 20
"""Points of the path, and what they may take."""

MARGIN = 0.25
"""What is shown around the path, as a share of its extent."""


@dataclass(frozen=True, eq=False)
class Landscape:
    """Losses [len(y), len(x)] at the end plus x times one direction plus y times the other, over `rows` rows,
    None without data.

    `path` [moments, 2] is where the training stood after the steps `steps`, and `heights` its loss there, over the
    same rows. `directions` says what the axes are; `shares` are the parts of the path's extent that lie along each
    principal direction, None for others. `same`: whether the training came to the model's parameters.
    """

    loss: str
    directions: tuple[str, str]
    shares: tuple[float, float] | None
    x: Array
    y: Array
    losses: Array
    steps: tuple[int, ...]
    path: Array
    heights: Array
    rows: int | None
    same: bool
    beside: Mapping[str, Array] = field(default_factory=dict)
    """Where states and other params of two numbers stood after these steps, [moments, 2], by path."""


def landscape(
    job: Job,
    parameters: Mapping[str, Array],
    trained: int,
    *,
    directions: Directions = "path",
    seed: int = 0,
    beside: Sequence[str] = (),
) -> Landscape:
    """Trains again, up to the model's step (0: to the end), and computes the loss around its path. Raises SpecError.

    With two numbers to train on, those are the axes, and there may be paths of others `beside`. Else the axes are the
    two principal directions of the path, or random ones.
    """
    ground = _Ground(job, parameters)
    _check(job, ground, parameters, beside)
    most = max(2, min(MOMENTS, BYTES // (8 * ground.size)))
    steps: list[int] = []
    stood: list[Array] = []
    others: dict[str, list[Array]] = {path: [] for path in beside}

    def look(training: Training) -> None:
        steps.append(training.step)
        stood.append(ground.packed(training.params))
        for path, places in others.items():
            places.append(np.array(training.trainer.held[path], np.float64).ravel())

    training = replay(job, trained, spread(trained or job.steps, most), look)
    plane = _plane(ground, np.stack(stood), directions, seed)
    path = plane.coordinates(np.stack(stood))
    side = FINE_SIDE if ground.size <= FINE else SIDE
    ways = {name: np.stack(places) for name, places in others.items()}
    shown = np.concatenate([path, *ways.values()])
    x, y = (_axis(shown[:, axis], plane.reach, side) for axis in (0, 1))
    with threads_for(job.largest_product):
        losses = np.array([[ground.loss(plane.at(a, b)) for a in x] for b in y])
        heights = np.array([ground.loss(point) for point in stood])
    same = same_end(training, parameters, trained)
    return Landscape(
        job.section.loss, plane.names, plane.shares, x, y, losses, tuple(steps), path, heights, ground.rows, same, ways
    )


def _check(job: Job, ground: "_Ground", parameters: Mapping[str, Array], beside: Sequence[str]) -> None:
    """Raises SpecError for what cannot be drawn."""
    reason = "there are not two numbers to train" if ground.size < 2 else ""
    if beside and ground.size > 2:
        reason = "paths are drawn beside that of two numbers, and more are trained"
    for name in [] if reason else beside:
        if name not in parameters or name in ground.shapes or parameters[name].size != 2:
            reason = f"`{name}` is no state and no other param of two numbers"
    if reason:
        raise SpecError([NOTHING_TO_PLOT.at(job.section.spans.get("train"), kind="landscape", reason=reason)])


class _Ground:
    """The loss as a function of all parameters that are trained, one after the other in one array, in float64."""

    def __init__(self, job: Job, parameters: Mapping[str, Array]) -> None:
        self._job = job
        self.shapes = {path: parameters[path].shape for path in job.training.parameters}
        others = {path: value for path, value in parameters.items() if path not in self.shapes}
        self._others = {path: np.asarray(value, job.precision) for path, value in others.items()}
        """What stays as it is: params that the loss does not reach or that are frozen, states."""
        self.size = sum(int(np.prod(shape)) for shape in self.shapes.values())
        self._rows = sample(job, ROWS)
        self.rows = len(next(iter(self._rows.values()))) if self._rows else None
        self._metrics = Metrics(job.graph, {"loss": job.section.minimize}, job.precision, job.dims)

    def packed(self, parameters: Mapping[str, Array]) -> Array:
        """All numbers that are trained."""
        return np.concatenate([np.asarray(parameters[path], np.float64).ravel() for path in self.shapes])

    def unpacked(self, numbers: Array) -> dict[str, Array]:
        """The parameters by path, in the precision of the training."""
        parts, start = {}, 0
        for path, shape in self.shapes.items():
            stop = start + int(np.prod(shape))
            parts[path] = rounded(numbers[start:stop].reshape(shape), self._job.precision)
            start = stop
        return parts

    def loss(self, numbers: Array) -> float:
        """The loss there, which may be infinite or no number."""
        held = {**self._others, **self.unpacked(numbers)}
        return self._metrics.over(self._rows, self.rows or 1, held)["loss"]


@dataclass(frozen=True, eq=False)
class _Plane:
    """A point and two directions [2, parameters]; `reach` is what is shown of each to both sides at least."""

    middle: Array
    along: Array
    names: tuple[str, str]
    reach: float = 0.0
    shares: tuple[float, float] | None = None

    def coordinates(self, points: Array) -> Array:
        """The points of the plane that are nearest."""
        return np.asarray(np.linalg.lstsq(self.along.T, (points - self.middle).T, rcond=None)[0].T)

    def at(self, x: float, y: float) -> Array:
        return np.asarray(self.middle + x * self.along[0] + y * self.along[1])


def _plane(ground: _Ground, stood: Array, directions: Directions, seed: int) -> _Plane:
    if ground.size == 2:
        return _Plane(np.zeros(2), np.eye(2), _two_names(ground))
    end = stood[-1]
    if directions == "random":
        drawn = np.random.default_rng(seed).standard_normal((2, ground.size))
        along = np.stack([_like_filters(ground, each, end) for each in drawn])
        return _Plane(end, along, ("first random direction", "second random direction"), reach=1.0)
    along, shares = _principal(stood - end)
    return _Plane(end, along, ("first direction of the path", "second direction of the path"), shares=shares)


def _two_names(ground: _Ground) -> tuple[str, str]:
    first, *others = ground.shapes
    return (first, others[0]) if others else (f"{first}[0]", f"{first}[1]")


def _principal(moved: Array) -> tuple[Array, tuple[float, float]]:
    """The two directions along which the path goes furthest from its end, of length 1, and its shares along them.

    The largest number of each is positive, so that the picture does not hang on the library's choice of sign.
    """
    _, lengths, along = np.linalg.svd(moved, full_matrices=False)
    two = along[:2] if len(along) > 1 else np.concatenate([along, np.eye(1, moved.shape[1])])
    two = np.stack([each * np.sign(each[np.argmax(np.abs(each))]) for each in two])
    total = float(np.sum(lengths**2)) or 1.0
    first, second = (float(length) ** 2 / total for length in [*lengths, 0.0][:2])
    return two, (first, second)


def _like_filters(ground: _Ground, direction: Array, end: Array) -> Array:
    """A direction in which every unit's weights are as long as they are at the end.

    Parameters of fewer than two axes, biases, stand still; if there are no others, each is a filter of its own.
    """
    weights = any(len(shape) > 1 for shape in ground.shapes.values())
    parts, start = [], 0
    for shape in ground.shapes.values():
        stop = start + int(np.prod(shape))
        d, w = direction[start:stop].reshape(shape), end[start:stop].reshape(shape)
        axes = tuple(range(len(shape) - 1)) if weights else None
        length, wanted = (np.sqrt((each * each).sum(axis=axes, keepdims=True)) for each in (d, w))
        still = weights and len(shape) < 2
        parts.append(np.zeros(stop - start) if still else (d / length * wanted).ravel())
        start = stop
    return np.concatenate(parts)


def _axis(values: Array, reach: float, side: int) -> Array:
    low, high = min(float(values.min()), -reach), max(float(values.max()), reach)
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, side)
