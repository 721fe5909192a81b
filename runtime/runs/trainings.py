"""The trainings of a program: what made its parameters, and what they left behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.graph.spec import Precision, Spec
from ..arrays import Array
from ..data.datasets import DataSets
from ..evaluate.door import parameters_given
from ..evaluate.metrics import Metrics, metrics_of
from ..evaluate.model import Model
from ..steps.trainer import Trainer
from ..training.history import History
from ..training.job import Job
from ..training.jobs import Jobs
from ..training.train import Callback, Training
from .interval import Interval
from .origin import Origin

if TYPE_CHECKING:
    from .model_file import SpecRecord


class Trainings:
    """Knows which training made the parameters of a model: by how many `steps`, and in which folder its run lies.

    `replaced` are names of the settings that are not those of the model that was loaded. A `precision` of None is that
    of the train section; `dims` are those that have a size.
    """

    def __init__(
        self,
        spec: Spec,
        data: DataSets,
        model: Model,
        dims: Mapping[str, int],
        replaced: Collection[str],
    ) -> None:
        self._jobs = Jobs(spec, data, dims)
        self.steps = 0
        self._spec = spec
        self._data = data
        self._model = model
        self._dims = dims
        self._replaced = replaced
        self._run: Path | None = None
        self._history: History | None = None

    def restore(self, parameters: Mapping[str, object], steps: int = 0) -> None:
        """Takes over copies of parameters, all of them, as they were after so many steps. Raises SpecError."""
        self._model.take(parameters_given(self._spec.graph, parameters, self._dims))
        self.steps = steps

    def held(self, precision: Precision | None) -> dict[str, Array]:
        """The parameters, drawn where none were taken over. Raises SpecError."""
        return self._model.known({}, precision)

    @property
    def origin(self) -> Origin:
        """What a copy of this program begins with."""
        held = self._model.parameters
        copied = None if held is None else {path: value.copy() for path, value in held.items()}
        run = None if self._run is None else self._run.resolve()
        return Origin(dict(self._data.classes), copied, self.steps, frozenset(self._replaced), run)

    def begin(self, origin: Origin) -> None:
        """Takes over what a model, or another program of the same spec, knew. Raises SpecError."""
        if origin.step:
            self._data.trained(origin.classes)
        else:
            self._data.classes = dict(origin.classes)
        self._replaced = origin.replaced
        self._run = origin.run
        if origin.parameters is not None:
            self.restore(origin.parameters, origin.step)

    def job(self, precision: Precision | None, initial: Mapping[str, object] | None = None) -> Job:
        """The training that the spec asks for, from `initial` parameters if they are given; its data are read.

        Raises SpecError.
        """
        section = self._jobs.section(precision)
        if initial is None:
            return self._jobs.job(section)
        return self._jobs.job(section, parameters_given(self._spec.full, initial, self._dims, section.precision))

    def trainer(
        self, precision: Precision | None, batch: int | None, *, optimise: bool, drawn: Precision | None
    ) -> Trainer:
        """A machine for steps of so many rows; parameters that are still to be drawn are `drawn` in that precision.

        Raises SpecError, ValueError for a batch below 1.
        """
        section = self._jobs.section(precision or drawn, batch)
        return self._jobs.trainer(section, self.held(drawn), optimise=optimise)

    def train(self, job: Job, callbacks: Iterable[Callback]) -> History:
        """Trains, and takes over the parameters that the training keeps. Raises SpecError."""
        training = Training(job)
        training.run(callbacks)
        return self._ended(training)

    def train_in(
        self,
        folder: Path,
        job: Job,
        record: SpecRecord,
        callbacks: Iterable[Callback],
        *,
        resume: bool,
        force: bool,
        every: Interval,
    ) -> History:
        """The same, kept in a folder: see `recorder.train_in`."""
        from .recorder import train_in  # files of runs: most trainings are not kept

        made = train_in(folder, job, record, resume=resume, force=force, callbacks=callbacks, every=every)
        return self._ended(made)

    def _ended(self, training: Training) -> History:
        kept = {path: np.array(value) for path, value in training.kept.items()}
        self.restore(kept, training.history.kept_step)
        self._history = training.history
        return training.history

    def again(self, precision: Precision | None) -> Job:
        """The training that made the parameters, in their precision. Raises SpecError."""
        return self._jobs.again(self.held(precision), self.steps, precision)

    def history(self, precision: Precision | None) -> tuple[History, bool]:
        """What the training left behind, and whether that came to the parameters.

        It is that of the last training, or of the run that the model was loaded from; of a model without its run, the
        training is gone through again. Raises SpecError.
        """
        same = True
        if self._history is None:
            from .run_history import history_of  # most programs have their history, or need none

            self._history, same = history_of(self._run, self.again(precision), self.held(precision), self.steps)
        return self._history, same

    def evaluate(self, precision: Precision | None) -> dict[str, float | Array]:
        """The metrics on the train rows and the test rows, or on the rows that settings put in their place."""
        job = self._jobs.job(self._jobs.section(precision))
        section, graph = job.section, job.training.graph
        numbers, matrices = (
            Metrics(graph, targets, section.precision, job.dims) for targets in (job.metrics, section.matrices)
        )
        sets = {"train.": job.data} | ({"test.": job.test} if job.test is not None else {})
        if section.data is not None and any(name.startswith(f"{section.data}.") for name in self._replaced):
            sets = {"": self._data.dataset(section.data, section.precision)}
        return metrics_of(numbers, matrices, sets, self.held(precision))
