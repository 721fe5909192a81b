"""All that a training needs, made of a spec and its data."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...compiler.derive.training import TrainingGraph, training_graph
from ...compiler.graph.bind_dims import bind_dims
from ...compiler.graph.form import form_of
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision, Spec, TrainSection
from ...compiler.shape import bind_shape
from ..arrays import Array
from ..data.binding import Dataset
from ..data.minibatches import Minibatches
from ..data.splits import split
from ..steps.backend import MakeBackend
from ..steps.backends import backend_of, check_on_numpy
from ..steps.schedules import Length
from ..steps.windows import Windows
from .given_section import refuse_without_rows, refuse_without_test


@dataclass(frozen=True, kw_only=True)
class Job:
    """A training to be done.

    `graph` is the spec's outside of training: metrics are of it. `data`, `validate` and `test` are rows as arrays by
    input, None where the spec has none; `origins` are the numbers that the rows of `data` have in the set that others
    were taken from. `initial` parameters are drawn by the section's seed where none are given.
    """

    section: TrainSection
    training: TrainingGraph
    graph: Graph
    metrics: Mapping[str, int]
    """What is reported, by name: the loss first."""
    dims: Mapping[str, int]
    data: Dataset | None
    validate: Dataset | None
    test: Dataset | None
    origins: Array | None = None
    initial: Mapping[str, Array] | None = None
    optimise: bool = True
    """Whether steps are compiled; else the plain executor takes them."""
    backend: MakeBackend | None = None
    """What takes the steps in place of these two."""

    def plain(self) -> "Job":
        """The same, its steps taken by the plain executor. Raises SpecError where it cannot."""
        check_on_numpy(self.section)
        return replace(self, optimise=False, backend=None)

    @property
    def precision(self) -> Precision:
        return self.section.precision

    @property
    def sides(self) -> dict[str, Dataset | None]:
        """The rows that metrics are over, by the prefix of their names; None is no data, not no such rows."""
        held = {"validate": self.validate, "test": self.test}
        return {"train": self.data, **{side: rows for side, rows in held.items() if rows is not None}}

    @property
    def minibatches(self) -> Minibatches | None:
        """The rows of each step; None without data."""
        if self.data is None:
            return None
        section = self.section
        return Minibatches(self.data.rows, section.batch, section.sampling, section.seed)

    @property
    def epoch_steps(self) -> int:
        """Steps in an epoch; 1 without data."""
        minibatches = self.minibatches
        return minibatches.steps_per_epoch if minibatches else 1

    @property
    def length(self) -> Length:
        """How long it is."""
        return Length(self.section.steps, self.section.epochs, lambda: self.epoch_steps)

    @property
    def windows(self) -> Windows | None:
        """Which steps make an update, where several make one."""
        return windows_of(self.section, self.epoch_steps if self.data is not None else None)

    @property
    def schedule_length(self) -> Length:
        """The same in updates, which schedules count."""
        return counted_by(self.windows, self.length)

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.length.steps

    @property
    def largest_product(self) -> float:
        """Floating-point operations of the largest matrix product of a step, as its parameters let on."""
        rows = self.minibatches.size if self.minibatches else 1
        graph = self.training.graph
        shapes = [bind_shape(graph.nodes[param.index].type.shape, self.dims) for param in graph.params.values()]
        sizes = [math.prod(size for size in shape if isinstance(size, int)) for shape in shapes if len(shape) > 1]
        return 2.0 * rows * max(sizes, default=0)

    @property
    def report_steps(self) -> int:
        """Steps from one report to the next."""
        return self.section.report or self.epoch_steps

    def higher(self, column: str) -> bool:
        """Whether a metric is the better the higher it is; `column` is its name with `train.` or another prefix."""
        return higher_is_better(self.section, self.training.graph, column)


def higher_is_better(section: TrainSection, graph: Graph, column: str) -> bool:
    """Whether a metric is the better the higher it is; `graph` begins with the spec's nodes."""
    name = column.partition(".")[2]
    return name in section.metrics and graph.nodes[section.metrics[name]].operation.values.higher_is_better


def job_of(
    spec: Spec,
    section: TrainSection,
    data: Dataset | None,
    test: Dataset | None,
    initial: Mapping[str, Array] | None = None,
    validate: Dataset | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Job:
    """The training that a spec's section asks for; rows to be held out, or to validate on, are taken from `data`.

    `sizes` are those of dims that have theirs from the data.
    Raises SpecError where shapes do not fit or nothing would be left to train on.
    """
    refuse_without_rows(section)
    origins: Array | None = None
    if data is not None and (parts := split(section, data.rows, data.inputs.__getitem__)) is not None:
        origins = parts.train
        validate = data.take(parts.validate) if parts.validate is not None else validate
        test = data.take(parts.test) if parts.test is not None else test
        data = data.take(origins)
    refuse_without_test(section, has_test=test is not None)
    known = {**(sizes or {}), **spec.known_dims}
    shapes = _shapes(spec, section, data)
    fed = data.inputs if data else {}
    return Job(
        section=section,
        training=training_of(spec, section),
        graph=form_of(spec, training=False).full,
        metrics={section.loss: section.minimize, **section.metrics},
        dims=_without_rows(spec, fed, bind_dims(spec.full, shapes, known, shapes.keys() - fed.keys()), known),
        data=data,
        validate=validate,
        test=test,
        origins=origins,
        initial=initial,
        backend=backend_of(section),
    )


def training_of(spec: Spec, section: TrainSection) -> TrainingGraph:
    """The graph of one step of a train section."""
    return training_graph(spec.full, section.minimize, section.optimizer, section.groups, accumulate=section.accumulate)


def windows_of(section: TrainSection, epoch_steps: int | None) -> Windows | None:
    """Which steps of a train section make an update, where several make one; `epoch_steps` as `Windows` has them."""
    return Windows(section.accumulate, epoch_steps) if section.accumulate > 1 else None


def counted_by(windows: Windows | None, length: Length) -> Length:
    """A length in updates."""
    if windows is None:
        return length
    return Length(windows.updates(length.steps), length.epochs, lambda: windows.updates(length.epoch_steps))


def _shapes(spec: Spec, section: TrainSection, data: Dataset | None) -> dict[str, tuple[int, ...]]:
    """The shapes of what goes into one step: a full batch, and the defaults of other inputs."""
    graph = spec.full
    shapes = {
        path: np.shape(declaration.default)
        for path, declaration in graph.inputs.items()
        if declaration.default is not None
    }
    if data is None:
        return shapes
    rows = data.rows if section.batch is None else min(section.batch, data.rows)
    return shapes | {path: (rows, *array.shape[1:]) for path, array in data.inputs.items()}


def _without_rows(spec: Spec, fed: Iterable[str], dims: Mapping[str, int], known: Mapping[str, int]) -> dict[str, int]:
    """The dims that hold for every batch: those that count rows differ from one to the next."""
    counting = {
        name
        for path in fed
        for size in spec.full.nodes[spec.full.inputs[path].index].type.shape[:1]
        for name, _ in (() if isinstance(size, int) else size.terms)
    }
    return {name: size for name, size in dims.items() if name not in counting or name in known}
