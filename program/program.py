"""A compiled spec, ready to run, differentiate, train and predict: what `import chainrule` gives.

Over 300 lines: what users call stands here, with what they read about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compiler.graph.spec import BackendName, Precision
from ..grammar.spec_error import SpecError
from ..runtime.arrays import Array
from ..runtime.data import budget
from ..runtime.data.given.by_column import check_names
from ..runtime.data.stored import Rows
from ..runtime.evaluate.door import by_name
from ..runtime.plot_faults import OTHER_END
from .again import program_of
from .pictures import drawn
from .runnable import Runnable
from .training import Way, shared_way, trained

if TYPE_CHECKING:
    from ..runtime.checks.backends import BackendDifference
    from ..runtime.checks.claims import ClaimResults
    from ..runtime.data.columns import Table
    from ..runtime.runs.interval import Interval
    from ..runtime.steps.processes import Processes
    from ..runtime.steps.trainer import Trainer
    from ..runtime.training.find_rate import Sweep
    from ..runtime.training.history import History, Row
    from ..runtime.training.job import Job
    from ..runtime.training.train import Callback
    from ..views.page.notebook import Player
    from ..views.plots.plot import Plot
    from .exported import Exported, Options
    from .selection import Run, Selection


class Program(Runnable):
    """A checked spec with its parameters, which runs, trains, predicts and is saved.

    Shapes, dims and names are those of the spec; every method raises SpecError where values do not fit them.
    """

    # --- in a notebook ----------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """In a notebook: the drawn graph."""
        from ..views.page.notebook import program_bundle  # pictures are for those who look at them

        return program_bundle(self)

    def player(self) -> Player:
        """In a notebook: the page that steps through both passes, embedded. It shows itself."""
        from ..views.page.notebook import Player

        return Player(self)

    # --- data and training --------------------------------------------------------------------------------------

    def train(
        self,
        run: str | Path | None = None,
        *,
        data: object = None,
        test: object = None,
        resume: str | Path | None = None,
        force: bool = False,
        callbacks: Sequence[Callback | Callable[[Row], object]] = (),
        precision: Precision | None = None,
        initial: Mapping[str, object] | None = None,
        optimise: bool = True,
        backend: BackendName | None = None,
        devices: int | None = None,
        columns: Sequence[str] = (),
        processes: Processes | None = None,
        checkpoint_every: int | str | Interval = "5s",
        **inputs: object,
    ) -> History:
        """Trains as the train section says, from the spec's own initial parameters or from `initial`.

        Rows are those of the spec's data, or what is given by the names of inputs: `train(x = x, t = t)`, or
        `data = {"x": x, "t": t}`, a mapping, a data frame, or an iterator of mappings for a row or several. Texts are
        names of classes before an `int` input. `test` are test rows, by name, or a tuple in the order of the others.
        The program holds on to them, not to copies, for what looks back: `evaluate`, `history`, `plot`.

        `run` keeps the run in a new folder; `resume` goes on with the run in a folder to the same bits, or begins it
        (`force`: although the spec or its data have changed, or over files that no run wrote), with a checkpoint every
        so many steps (`100`) or so much time (`"30s"`, `"10min"`); ValueError for anything else. A callback is a
        `Callback` or a function of a report.
        `backend` is what takes the steps, `numpy` or `jax` (the extra), in place of the section's; a run may go on with
        another. Without `optimise` the plain executor takes them. On JAX, `devices` share the rows of each batch, and
        the `columns` of params, by path, `wide.*` for several; `processes` says which process this is, of how many.
        Afterwards `params` are those that the run keeps. Raises SpecError.
        """
        way = Way(force, callbacks, precision or self.precision, optimise, backend, checkpoint_every)
        if devices is not None or columns or processes is not None:
            way = shared_way(way, self._trainings, devices, columns, processes)
        return self._train(self._trainings.given(data, inputs, test), run, resume, way, initial)

    def _train(
        self,
        given: Mapping[str, Table],
        run: str | Path | None,
        resume: str | Path | None,
        way: Way,
        initial: Mapping[str, object] | None = None,
    ) -> History:
        history = trained(self._trainings, given, run, resume, way, initial, self._record, self._note)
        history.draw = drawn
        return history

    def select(
        self,
        *,
        seeds: int | None = None,
        folds: int | None = None,
        sweep: Mapping[str, Iterable[object]] | None = None,
        run: str | Path | None = None,
        data: object = None,
        test: object = None,
        resume: str | Path | None = None,
        force: bool = False,
        callbacks: Sequence[Callback | Callable[[Row], object]] = (),
        precision: Precision | None = None,
        optimise: bool = True,
        backend: BackendName | None = None,
        checkpoint_every: int | str | Interval = "5s",
        on_run: Callable[[Run[Program], int], object] = lambda run, count: None,
        **inputs: object,
    ) -> Selection[Program]:
        """Trains once for each of so many seeds, each of so many folds and each value of each swept setting.

        Rows are the spec's own, or given as `train` takes them; an iterator is gone through once.

        `sweep` has lists of values by what `--set` names, `{"train.optimizer": ["sgd(lr = 0.1)", "adam()"]}`; several
        make a grid. Each run is the training that `train` does with the same settings, to the bit, by a program of its
        own; this one stays as it is. The best is named by the rows to validate on, never by test rows. `run` keeps run
        folders in a folder, `resume` goes on with those there: what has ended is not trained again. `on_run` is called
        after each run, with the number of all. Raises SpecError, ValueError for fewer than two folds.
        """
        from .selection import selected  # most trainings are one

        self._trainings.section()  # there is one
        record, beginning = self._record(), self._trainings.beginning._replace(parameters=None)
        given = self._trainings.given(data, inputs, test)
        way = Way(force, callbacks, precision or self.precision, optimise, backend, checkpoint_every)
        return selected(
            lambda settings: program_of(
                type(self), record, self.precision, beginning, settings, cached=False, training=self._training
            ),
            self.written,
            seeds=seeds,
            folds=folds,
            sweep=sweep or {},
            run=None if run is None else Path(run),
            resume=None if resume is None else Path(resume),
            on_run=on_run,
            train=lambda program, new, old: program._train(given, new, old, way),
        )

    @property
    def history(self) -> History:
        """What the training left behind: the last one of this program, or that of the run that it was loaded from.

        Of a model without its run, the training is gone through again; `params` stay as they are. Raises SpecError.
        """
        history, same = self._trainings.history(self.precision)
        if not same:
            self._note(OTHER_END.at(None))
        history.draw = drawn
        return history

    def plot(self, kind: str, path: str | Path | None = None, *, dark: bool = False, **options: object) -> Plot:
        """What a net has learnt, and how: `curves`, `health`, `confusion`, `weights`, `maps`, `matrix`, `activations`,
        `histogram`, `decision` or `landscape`, with the options of `chainrule plot`: `rows`, `of`, `shape`, `row`,
        `down`, `across`, `directions`, `seed`, `beside`.

        With a path it is written there, as .svg, .png or .pdf. `activations` and `landscape` go through the training
        again; `params` stay as they are. Raises SpecError where the spec has nothing to show, ValueError for an
        unknown kind, option or ending, ImportError where a picture is wanted without matplotlib.
        """
        from ..views.plots.kinds import plotted  # pictures are for those who look at them
        from ..views.plots.subject import Subject

        steps, again = self._trainings.steps, lambda: self._trainings.again(self.precision)
        subject = Subject(self.spec, self.held, self.classes, steps, again, lambda: self.history)
        made = plotted(kind, subject, options)
        if made.numbers.get("same") is False:
            self._note(OTHER_END.at(None))
        if path is not None:
            made.save(path, dark=dark)
        return made

    def find_rate(
        self,
        precision: Precision | None = None,
        *,
        data: object = None,
        backend: BackendName | None = None,
        **inputs: object,
    ) -> Sweep:
        """Tries learning rates from 1e-7 to 10, one a step, and suggests one; `params` stay as they are.

        Rows are given as `train` takes them, and so is `backend`.
        """
        given = self._trainings.given(data, inputs, None)
        return self._trainings.rates(precision or self.precision, given, backend)

    def compare_backends(self, **inputs: object) -> BackendDifference:
        """What JAX makes of each node beside numpy: of the first step of the training, else of `default_of` and its
        gradients on the inputs that are given. Every node is computed of the same operands. Raises SpecError."""
        from ..runtime.checks.backends import compared, gradient_subject, step_subject  # few ask for it
        from ..runtime.steps.backends import need_jax

        need_jax(None)
        if self.spec.train is not None:
            return compared(step_subject(self._trainings.job(self.precision, backend="jax")))
        precision, held = self.precision or "float64", self.held
        return compared(gradient_subject(self.spec, self.node(self.default_of), inputs, held, precision))

    def evaluate(self, data: object = None, **inputs: object) -> dict[str, float | Array]:
        """The metrics on the train rows (`train.accuracy`) and the test rows (`test.accuracy`).

        On rows that are given, as `train` takes them, or where settings replace columns of the data to train on: on
        all of those rows, without a prefix. A metric that is a matrix (`confusion`) is an array.
        """
        return self._trainings.evaluate(self.precision, self._trainings.given_rows(data, inputs))

    def predict(self, feeds: Mapping[str, object] | None = None, /, **inputs: object) -> dict[str, Array]:
        """The outputs that the given inputs determine, by path, in the precision of training.

        Any number of rows: where each row's outputs are its own, some are computed at a time. Outputs that lack an
        input (a loss without its targets) are left out. Raises SpecError where all do.
        """
        inputs = by_name(feeds, inputs, self.spec.graph.inputs)
        predicted = self._model.predict(inputs, self.precision, math.inf, self._tell)
        return {path: np.asarray(rows) for path, rows in predicted.items()}

    def labels(self, feeds: Mapping[str, object] | None = None, /, **inputs: object) -> dict[str, Array]:
        """The name of the best class of each row, as texts, for outputs of `predict` that have a score a class.

        Names are those of `classes`; there are none where the model was trained on numbers. Raises SpecError.
        """
        from ..views.text.predictions import best_classes  # most models have no names of classes

        best = best_classes(self.predict(feeds, **inputs), self.classes)
        return {path: np.array(names) for path, names in best.items()}

    def answer(self, rows: object, *, probabilities: bool = False) -> list[dict[str, Any]]:
        """What the model says of rows as they are met: a record each, ready for JSON.

        A row has the columns that the spec's data section reads, `{"age": 31, "city": "Ulm"}`, which go through its
        arithmetic, or values of inputs as lists, `{"x": [1, 2]}`; `rows` are one of them, several, or a data frame.
        An answer has the outputs that each row has by itself, `scores`, the best class, `scores class`, and where they
        are asked for, `scores probability`. Raises SpecError.
        """
        from .serving.json_rows import said_of  # most programs are asked for arrays

        return said_of(self, rows, self._tell, probabilities=probabilities)

    def predict_stored(self, feeds: Mapping[str, object]) -> dict[str, Rows]:
        """The same; outputs that are larger than memory should hold lie in temporary files."""
        given = by_name(feeds, {}, self.spec.graph.inputs)
        return self._model.predict(given, self.precision, budget.memory(), self._tell)

    def save(self, path: str | Path) -> None:
        """Writes the parameters, with the text of the spec and the names of classes, as a model file."""
        from ..runtime.runs.model_file import save_model, saved_model  # see `_record`

        save_model(Path(path), saved_model(self._trainings.held(self.precision), self._record(), self._trainings.steps))

    def export(
        self,
        path: str | Path,
        to: str | None = None,
        *,
        train_step: bool = False,
        batch: int = 0,
        prefix: str = "",
        main: bool = False,
        raw: bool = False,
        state_apart: bool = False,
    ) -> list[Path]:
        """Writes the program as a file that runs without chainrule; gives the paths of what was written.

        `to` is `python` (numpy alone), `torch`, `jax` (files for these), `c` (C99, math.h alone), `onnx` (the extra) or
        `graph` (a spec without blocks); without it the ending says it, .py, .c, .onnx or .graph. Large arrays, and
        declarations of C, go into a file beside it. `train_step`: C has gradients and a step of training too, ONNX has
        a step in place of the outputs.
        Their reals are float unless the program's precision is "float64". Of C alone: functions take `batch` rows (1)
        at a time; names begin with `prefix`, the file's own; `main` writes a test beside it. Of ONNX alone: with `raw`
        it takes the columns of a table; with `state_apart` a step must be given its state. Raises SpecError,
        ValueError for an unknown target.
        """
        from .exported import Options  # most programs are not exported
        from .exports import target_of  # as above

        options = Options(batch, prefix, train_step, main, raw, state_apart)
        return self.exported(to or target_of(Path(path)), Path(path), options).write(Path(path))

    def exported(self, to: str, path: Path | None = None, options: Options | None = None) -> Exported:
        """What `export` would write there; without a path, what needs no file beside it. Raises SpecError."""
        from .exported import Given, Options  # see `export`
        from .exports import exported  # as above

        trainings = self._trainings
        job = partial(trainings.job, "float64")
        with suppress(SpecError):  # a target that needs the rows says why there are none
            self._data.know()  # so that a file says the same, whatever was asked of the program before
        given = Given(
            self.written,
            self.held,
            trainings.steps > 0,
            self.classes,
            job,
            {} if self._data.scripted else self.fitted,  # those are of other rows than a script's
            str(self.folder),
            self._tell,
            self.dims,
            self.precision,
        )
        return exported(given, to, path, options or Options())

    def trainer(
        self,
        batch: int | None = None,
        precision: Precision | None = None,
        *,
        data: object = None,
        optimise: bool = True,
        **inputs: object,
    ) -> Trainer:
        """A machine for one's own loop: `trainer.step(x=..., t=...)` takes one step and returns the loss before it.

        It begins with the program's `params`, and does what `train` does with the rows of a step: rates, clipping,
        precision and `exact` are those of the train section. `batch` is how many rows a step will be given, the
        section's own unless told; a schedule that counts epochs takes their length from it and the data. Inputs, by
        keyword or as `data`, such as those of the first step, give open dims their sizes. Without `optimise` the plain
        executor takes the steps. Raises SpecError, ValueError for a batch below 1.
        """
        section = self._trainings.section(precision or self.precision, batch)
        fed = by_name(data, inputs, self.spec.graph.inputs)
        check_names(fed, self.spec.graph)
        return self._trainings.trainer(section, self._model.known(fed, self.precision), optimise=optimise)

    def job(self, initial: Mapping[str, object] | None = None) -> Job:
        """The training that the spec asks for, its data read, for a loop of one's own: `Training(program.job())`, of
        which `restore` takes over what it `kept`. It begins with `initial` params, if they are given. Raises SpecError.
        """
        with self._trainings.fitting(None):
            return self._trainings.job(self.precision, initial)

    # --- claims -------------------------------------------------------------------------------------------------

    def test(self) -> ClaimResults:
        """Judges every claim, on the spec's own initial parameters: a list, which prints as `chainrule test` does.

        Those about the trained model train once, without a run folder; the program's parameters stay as they are.
        """
        from ..runtime.checks.claims import judge_all  # most programs are not tested

        initial, job = partial(self._model.initial, {}, self.precision), partial(self._trainings.job, self.precision)
        return judge_all(self.spec, self._model.evaluator, initial, job)
