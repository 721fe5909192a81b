"""The trainings that a spec asks for, with its data: whole ones, and machines for loops of one's own."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...compiler.derive.training import training_graph
from ...compiler.faults import NO_TRAIN_SECTION
from ...compiler.graph.spec import Precision, Spec, TrainSection
from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..data.datasets import DataSets
from ..steps.schedules import Length, schedule
from ..steps.trainer import Trainer
from .job import Job, job_of


class Jobs:
    """Makes trainings of a spec; a `precision` wins over that of the train section."""

    def __init__(self, spec: Spec, data: DataSets, dims: Mapping[str, int]) -> None:
        self._spec = spec
        self._data = data
        self._dims = dims

    def section(self, precision: Precision | None = None, batch: int | None = None) -> TrainSection:
        """The train section, with another batch where one is given.

        Raises SpecError where there is none, ValueError for a batch below 1.
        """
        section = self._spec.train
        if section is None:
            raise SpecError([NO_TRAIN_SECTION.at(Span(self._spec.source, 0, 0))])
        if batch is not None and batch < 1:
            raise ValueError(f"batch is {batch}; a step takes one row at least")
        return replace(
            section,
            precision=precision or section.precision,
            batch=section.batch if batch is None else int(batch),
        )

    def job(self, section: TrainSection, initial: Mapping[str, Array] | None = None) -> Job:
        """The training that a section asks for, its data read and checked. Raises SpecError."""
        data = test = None
        if section.data is not None:
            data = self._data.dataset(section.data, section.precision, batch=section.batch)
        if section.test is not None:
            test = self._data.dataset(section.test, section.precision)
        return job_of(self._spec, section, data, test, initial)

    def again(self, parameters: Mapping[str, Array], trained: int, precision: Precision | None = None) -> Job:
        """The training that made parameters in so many steps, in their precision."""
        first = next(iter(parameters.values()), None)
        if first is not None and trained:
            precision = "float64" if first.dtype == np.float64 else "float32"
        return self.job(self.section(precision))

    def trainer(self, section: TrainSection, parameters: Mapping[str, Array], *, optimise: bool) -> Trainer:
        """A machine that takes steps as a section says, beginning with these parameters. Raises SpecError."""
        length = Length(section.steps, section.epochs, lambda: self._epoch_steps(section))
        return Trainer(
            training_graph(self._spec.full, section.minimize, section.optimizer, section.groups),
            section.optimizer,
            parameters,
            section.precision,
            self._dims,
            schedule(section.schedule, length),
            exact=section.exact,
            optimise=optimise,
            rows=section.batch or 1,
        )

    def _epoch_steps(self, section: TrainSection) -> int:
        """Steps in an epoch, as the data have it; 1 without data."""
        return self.job(section).epoch_steps if section.data is not None else 1
