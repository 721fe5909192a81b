"""The trainings of a program: those that its spec asks for, and the one that made its parameters.

Over 300 lines: one object stands between a program and all that trains, and most of it says what may be given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.faults import NO_TRAIN_SECTION
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import BackendName, Precision, Spec, TrainSection
from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..data.datasets import DataSets
from ..evaluate.door import parameters_given
from ..evaluate.metrics import Metrics, metrics_of
from ..evaluate.model import Model
from ..evaluate.parameters import with_states
from ..steps.backends import BACKENDS, backend_of, check_on_numpy
from ..steps.schedules import Length, schedule
from ..steps.trainer import Trainer
from ..training.find_rate import Sweep, find_rate
from ..training.given_section import on_given, whole
from ..training.history import History, Row
from ..training.job import Job, counted_by, higher_is_better, job_of, training_of, windows_of
from ..training.train import Callback, OnFinding, OnReport, Training
from .beginning import Beginning
from .interval import Interval

if TYPE_CHECKING:
    from ..data.columns import Table
    from .model_file import SpecRecord


class Trainings:
    """Trains a model as its spec says, and knows what made the model's parameters: so many `steps` of training.

    `replaced` are names of the settings that are not those of the model that was loaded. A `precision` that is given
    wins over that of the train section; None draws parameters in float64. Every method raises SpecError: where there
    is no train section, where the data or the parameters do not fit.
    """

    def __init__(self, spec: Spec, data: DataSets, model: Model, replaced: Collection[str]) -> None:
        self.steps = 0
        self._spec = spec
        self._data = data
        self._model = model
        self._replaced = replaced
        self._run: Path | None = None
        """Where the run lies that the parameters came from."""
        self._history: History | None = None

    # --- parameters ---------------------------------------------------------------------------------------------

    def restore(self, parameters: Mapping[str, object], steps: int = 0) -> None:
        """Takes over copies of parameters, all of them, as they were after so many steps.

        States that are not among them stay as they are.
        """
        before = self._model.parameters or {}
        states = {path: before[path] for path in self._spec.graph.states if path in before and path not in parameters}
        self._model.take(self._complete(self._spec.graph, {**states, **parameters} if states else parameters))
        self.steps = steps

    def held(self, precision: Precision | None) -> dict[str, Array]:
        """The parameters and states, drawn where none were taken over."""
        return self._model.known({}, precision)

    @property
    def beginning(self) -> Beginning:
        """What a copy begins with."""
        held = self._model.parameters
        copied = None if held is None else {path: value.copy() for path, value in held.items()}
        run = None if self._run is None else self._run.resolve()
        classes, fitted = dict(self._data.classes), dict(self._data.fitted)
        return Beginning(classes, copied, self.steps, frozenset(self._replaced), run, fitted, self._data.scripted)

    def begin(self, beginning: Beginning) -> None:
        """Takes over what a model, or another program of the same spec, knew."""
        if beginning.step:
            self._data.trained(beginning.classes)
        else:
            self._data.classes = dict(beginning.classes)
        self._data.keep(beginning.fitted)
        self._data.scripted = beginning.scripted
        self._replaced = beginning.replaced
        self._run = beginning.run
        if beginning.parameters is not None:
            self.restore(beginning.parameters, beginning.step)

    # --- what the spec asks for -----------------------------------------------------------------------------------

    def section(
        self, precision: Precision | None = None, batch: int | None = None, backend: BackendName | None = None
    ) -> TrainSection:
        """The train section, with another batch or backend where one is given; ValueError for a batch below 1, and for
        a backend that there is none of."""
        section = self._spec.train
        if section is None:
            raise SpecError([NO_TRAIN_SECTION.at(Span(self._spec.source, 0, 0))])
        if batch is not None and batch < 1:
            raise ValueError(f"batch is {batch}; a step takes one row at least")
        if backend is not None and backend not in BACKENDS:
            raise ValueError(f"there is no backend {backend!r}: `numpy` or `jax`")
        made = replace(
            section,
            precision=precision or section.precision,
            mixed=section.mixed and precision is None,
            batch=section.batch if batch is None else int(batch),
            backend=backend or section.backend,
        )
        return on_given(made, self._data.given)

    def given(self, data: object, named: Mapping[str, object], test: object) -> dict[str, Table]:
        """Rows that a script gives to train on, and test rows; none where it gives none."""
        if data is None and test is None and not named:
            return {}
        from ..data.given.rows import given_tables  # most trainings read their rows

        return given_tables(data, named, test, self._spec.graph)

    def given_rows(self, data: object, named: Mapping[str, object]) -> Table | None:
        """Rows that a script gives to look at; None where it gives none."""
        if data is None and not named:
            return None
        from ..data.given.rows import given_rows  # see `given`

        return given_rows(data, named, self._spec.graph)

    def on(self, given: Mapping[str, Table], *, anew: bool = True) -> AbstractContextManager[None]:
        """Within it, and after it for what looks back, rows are those that a script gives, else the spec's.

        `anew`: names of classes are those of these rows. Where something fails within it, all is as it was.
        """
        return self._data.giving(given, anew=anew)

    @contextmanager
    def fitting(self, resumed: Path | None, *, scripted: bool = False) -> Iterator[None]:
        """While a training goes on, fitted columns hold what its own rows give, or what the run did that is resumed.

        `scripted`: its rows are those of a script. Where it fails they hold what they held before, as the parameters
        do.
        """
        before, self._data.scripted = (self._data.fitted, self._data.scripted), scripted
        if self._data.may_fit:
            from .recorder import fitted_in  # files of runs: most trainings are not kept

            self._data.refit(fitted_in(resumed) if resumed is not None else {})
        try:
            yield
        except BaseException:
            self._data.keep(before[0])
            self._data.scripted = before[1]
            raise

    def job(
        self,
        precision: Precision | None,
        initial: Mapping[str, object] | None = None,
        backend: BackendName | None = None,
    ) -> Job:
        """The training that the spec asks for, from `initial` parameters if they are given; its data are read.

        A `backend` that is given wins over that of the train section.
        """
        section = self.section(precision, backend=backend)
        if initial is None:
            return self._job(section)
        return self._job(section, self._complete(self._spec.full, initial, section.precision))

    def _complete(
        self, graph: Graph, given: Mapping[str, object], precision: Precision | None = None
    ) -> dict[str, Array]:
        """Copies of parameters that a caller gives, with the states that are not among them as these start."""
        known = self._data.known_dims
        return with_states(graph, parameters_given(graph, given, known, precision), known, self._spec.seed)

    def _job(self, section: TrainSection, initial: Mapping[str, Array] | None = None) -> Job:
        data = validate = test = None
        if section.data is not None:
            data = self._data.dataset(section.data, section.precision, batch=section.batch)
        if section.test is not None:
            test = self._data.dataset(section.test, section.precision)
        if section.validate is not None:
            validate = self._data.dataset(section.validate, section.precision)
        return job_of(self._spec, section, data, test, initial, validate, self._data.sizes)

    def trainer(self, section: TrainSection, parameters: Mapping[str, Array], *, optimise: bool) -> Trainer:
        """A machine that takes steps as a section says, beginning with these parameters."""
        if not optimise:
            check_on_numpy(section)
        length = Length(section.steps, section.epochs, lambda: self._epoch_steps(section))
        counts_epochs = section.accumulate > 1 and section.data is not None
        windows = windows_of(section, length.epoch_steps if counts_epochs else None)
        return Trainer(
            training_of(self._spec, section),
            section.optimizer,
            parameters,
            section.precision,
            self._data.known_dims,
            schedule(section.schedule, counted_by(windows, length)),
            exact=section.exact,
            optimise=optimise,
            rows=section.batch or 1,
            windows=windows,
            backend=backend_of(section) if optimise else None,
        )

    def _epoch_steps(self, section: TrainSection) -> int:
        """Steps in an epoch, as the data have it; 1 without data."""
        return self._job(section).epoch_steps if section.data is not None else 1

    # --- done -----------------------------------------------------------------------------------------------------

    def rates(self, precision: Precision | None, given: Mapping[str, Table], backend: BackendName | None) -> Sweep:
        """What rates the training would take, on rows of a script if it gives some; parameters stay."""
        if not given:
            return find_rate(self.job(precision, backend=backend))
        with self.on(given):
            return find_rate(self.job(precision, backend=backend))

    def watching(
        self, callbacks: Iterable[Callback | Callable[[Row], object]], note: Callable[[Diagnostic], None]
    ) -> list[Callback]:
        """What watches a training: callbacks, functions of a report, and last what notes its findings."""
        given = [each if isinstance(each, Callback) else OnReport(each) for each in callbacks]
        return [*given, OnFinding(note)]

    def train(self, job: Job, callbacks: Iterable[Callback]) -> History:
        """Trains, and takes over the parameters that the training keeps."""
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
        every: int | str | Interval,
        follows: bool = False,
        sudden: ExitStack | None = None,
    ) -> History:
        """The same, kept in a folder: see `recorder.train_in`. ValueError for an interval that is none."""
        from .recorder import follow_in, train_in  # files of runs: most trainings are not kept

        each = Interval.of(every)
        do = follow_in if follows else partial(train_in, sudden=sudden)
        return self._ended(do(folder, job, record, resume=resume, force=force, callbacks=callbacks, every=each))

    def _ended(self, training: Training) -> History:
        kept = {path: np.array(value) for path, value in training.kept.items()}
        self.restore(kept, training.history.kept_step)
        self._history = training.history
        return training.history

    # --- looked at ------------------------------------------------------------------------------------------------

    def again(self, precision: Precision | None) -> Job:
        """The training that made the parameters, in their precision."""
        return self._job(self._section_again(precision))

    def _section_again(self, precision: Precision | None) -> TrainSection:
        """The section, in the precision of the parameters."""
        first = next(iter(self.held(precision).values()), None)
        if first is not None and self.steps:
            precision = "float64" if first.dtype == np.float64 else "float32"
        section = self.section(precision)
        mixed = self._spec.train is not None and self._spec.train.mixed
        return replace(section, mixed=mixed and section.precision == "float32")

    def history(self, precision: Precision | None) -> tuple[History, bool]:
        """What the training left behind, and whether that came to the parameters.

        It is that of the last training, or of the run that the model was loaded from; of a model without its run, the
        training is gone through again.
        """
        if self._history is not None:
            return self._history, True
        from .run_history import read_history, replayed  # most programs have their history, or need none

        if self._run is None:
            self._history, same = replayed(self.again(precision), self.held(precision), self.steps)
            return self._history, same
        section = self._section_again(precision)
        self._history = read_history(
            self._run, section.precision, lambda column: higher_is_better(section, self._spec.full, column)
        )
        return self._history, True

    def evaluate(self, precision: Precision | None, given: Table | None = None) -> dict[str, float | Array]:
        """The metrics on each set of rows, or on the rows that settings put in the place of those to train on.

        On those that a script gives, if it gives some.
        """
        section = replace(self.section(precision), backend="numpy", mixed=False)  # metrics are numpy's
        if given is None:
            job = self._job(section)
        else:
            section = whole(section)
            job = job_of(self._spec, section, self._data.bound(given, section.precision), None, sizes=self._data.sizes)
        section, graph = job.section, job.graph
        numbers, matrices = (
            Metrics(graph, targets, section.precision, job.dims) for targets in (job.metrics, section.matrices)
        )
        sets = {f"{side}.": rows for side, rows in job.sides.items()}
        if given is not None:
            sets = {"": job.data}
        elif section.data is not None and any(name.startswith(f"{section.data}.") for name in self._replaced):
            sets = {"": self._data.dataset(section.data, section.precision)}
        return metrics_of(numbers, matrices, sets, self.held(precision))
