"""Keeps a training in its run folder, and takes it up again to the same bits."""

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..data.fitted.held import Held
from ..fields import Fields, Unfit
from ..training.history import Row
from ..training.job import Job
from ..training.train import Callback, Training
from ..training_faults import CHANGED, DAMAGED, OTHER_BITS
from .checkpoint import FORMATS, Checkpoint
from .interval import Interval
from .longer import BACKEND, LENGTH, bound_to_length, differ_in
from .machine_record import differences, environment
from .model_file import MODEL, SavedModel, SpecRecord, save_model
from .run_folder import (
    BEST,
    CHECKPOINT,
    HEALTH,
    METRICS,
    PARAM,
    PREVIOUS,
    STATE,
    has_checkpoint,
    read_checkpoint,
    read_losses,
    read_rows,
    read_run,
    with_prefix,
)
from .run_record import data_hash, run_record, settings_record
from .run_writer import RunFolder, opened
from .tensor_file import read_record


def train_in(
    folder: Path,
    job: Job,
    spec: SpecRecord,
    *,
    resume: bool = False,
    force: bool = False,
    callbacks: Iterable[Callback] = (),
    every: Interval = Interval(),  # noqa: B008  # a tuple
    sudden: ExitStack | None = None,
) -> Training:
    """Trains and keeps the run in a folder, with a checkpoint `every` so often.

    The steps since the last checkpoint are what a power cut costs; the results do not hang on them. `resume` goes
    on with what the folder holds, or begins where it holds nothing. Raises SpecError where that was begun with
    another spec or other data, or is somebody else's (both unless `force`), where files cannot be written or are
    damaged, and what `Training.run` raises. `sudden` is closed where the process ends without leaving this.
    """
    with opened(folder, resume=resume, spec=spec.text, force=force, sudden=sudden) as run:
        training = Training(job)
        recorder = Recorder(run, job, spec, every)
        if resume and has_checkpoint(folder):
            recorder.restore(training, force=force)
        training.run((recorder, *callbacks))
    return training


def follow_in(
    folder: Path,
    job: Job,
    spec: SpecRecord,
    *,
    resume: bool = False,
    force: bool = False,
    callbacks: Iterable[Callback] = (),
    every: Interval = Interval(),  # noqa: B008  # a tuple
) -> Training:
    """The same for a process that reads the folder, and leaves it to another to write there."""
    training = Training(job)
    if resume and has_checkpoint(folder):
        Recorder(RunFolder(folder, ""), job, spec, every).restore(training, force=force)
    training.run(callbacks)
    return training


def fitted_in(folder: Path) -> Held:
    """What the fitted columns of a run hold; nothing where there is no run yet. Raises SpecError."""
    if not has_checkpoint(folder):
        return {}
    path = folder / CHECKPOINT if (folder / CHECKPOINT).exists() else folder / PREVIOUS
    with suppress(Unfit):  # it is told when the run goes on
        return SpecRecord.of(Fields(read_record(path, *FORMATS)).part("spec")).fitted
    return {}


class Recorder(Callback):
    """Writes what happens into a run folder."""

    def __init__(self, run: RunFolder, job: Job, spec: SpecRecord, every: Interval) -> None:
        self._run = run
        self._spec = spec
        self._every = every
        self._saved = (0, time.monotonic())
        """Step and time of the last checkpoint."""
        self._before: Mapping[str, Any] | None = None
        """The environment of the run that goes on."""
        rows = {"data": job.data, "validate": job.validate, "test": job.test}
        self._hashes = {"spec": spec.fingerprint, **{name: data_hash(each) for name, each in rows.items()}}

    # --- writing ------------------------------------------------------------------------------------------------

    def started(self, training: Training) -> None:
        """Writes all files once, so that a folder that cannot hold them is found out before the first step."""
        if self._before is not None and (found := differences(self._before, self._environment(training))):
            path = self._run.path
            training.warn(OTHER_BITS.at(Place(str(path)), path=path, what="; ".join(found)))
        self._run.write_spec(self._spec.text)
        self._run.write_rows(training.history.rows)
        self._run.write_rows(training.history.health, HEALTH)
        self._checkpoint(training)
        self._write_run(training)

    def reported(self, training: Training, row: Row) -> None:
        self._run.append_row(row)
        health = training.history.health
        if health and health[-1]["step"] == row["step"]:
            self._run.append_row(health[-1], HEALTH)

    def awaits(self, training: Training) -> int:
        """Steps to the next checkpoint; by time it is found out whenever some have been taken."""
        every = self._every.steps
        return training.steps if every is None else self._saved[0] + every - training.step

    def stepped(self, training: Training) -> None:
        step, moment = self._saved
        if self._every.over(training.step - step, time.monotonic() - moment):
            self._checkpoint(training)

    def finished(self, training: Training) -> None:
        """A training that failed leaves the checkpoint before, and no model."""
        if training.state != "failed":
            self._checkpoint(training)
        if training.state in ("finished", "stopped"):
            kept = training.history.kept_step
            save_model(self._run.path / MODEL, SavedModel(training.kept, self._spec, training.job.precision, kept))
        self._write_run(training)

    def _checkpoint(self, training: Training) -> None:
        # The log goes first: a checkpoint never knows of a step that the log lacks.
        history, watch = training.history, training.watch
        self._run.sync_rows()
        self._run.sync_rows(HEALTH)
        self._run.write_losses(history.losses)
        held = training.trainer.backend.read()
        tensors = {f"{PARAM}{path}": value for path, value in held.params.items()}
        tensors |= {f"{STATE}{path}": value for path, value in held.states.items()}
        tensors |= {f"{BEST}{path}": value for path, value in training.best_params.items()}
        checkpoint = Checkpoint(
            run=self._run.run,
            step=training.step,
            position=_position(training),
            rows=len(history.rows),
            looks=len(history.health),
            seconds=training.seconds,
            pending=training.pending,
            watch=watch.state() if watch else None,
            precision=training.job.precision,
            hashes=self._hashes,
            spec=self._spec,
            environment=self._environment(training),
        )
        self._run.write_checkpoint(tensors, checkpoint)
        self._saved = (training.step, time.monotonic())

    def _environment(self, training: Training) -> dict[str, Any]:
        """All that bits hang on besides the spec and the data."""
        return {**environment(), "steps": training.trainer.backend.name}

    def _write_run(self, training: Training) -> None:
        self._run.write_run(run_record(training, self._spec, self._hashes))

    # --- going on -----------------------------------------------------------------------------------------------

    def restore(self, training: Training, *, force: bool = False) -> None:
        """Brings a fresh training to where the folder's checkpoint left it. Raises SpecError."""
        folder = self._run.path
        tensors, record = read_checkpoint(folder)
        try:
            saved = Checkpoint.of(record)
            self._compare(training, saved, force=force)
            self._fill(training, tensors)
            if training.watch is not None and saved.watch is not None:
                training.watch.restore(Fields(saved.watch))
        except Unfit:
            raise SpecError([self._damaged("its record lacks something, or has something else there")]) from None
        self._before = saved.environment
        if saved.environment["blas"]:
            training.threads = saved.environment["blas"][0]["threads"]
        rows, looks = (read_rows(folder, name, only_known=True) for name in (METRICS, HEALTH))
        training.history.restore(rows, read_losses(folder, only_known=True), looks)
        training.resume(saved.step, saved.seconds, saved.pending)

    def _compare(self, training: Training, saved: Checkpoint, *, force: bool) -> None:
        """Raises SpecError where the run was begun with another spec or other data; more steps alone are welcome."""
        names = {
            "spec": "statements or settings",
            "data": "data",
            "validate": "rows to validate on",
            "test": "test data",
        }
        keys = [key for key in names if saved.hashes.get(key, "") != self._hashes[key]]  # 0.1.0 knew of no `validate`
        if not keys or force:
            return
        changed = [names[key] for key in keys]
        differ = differ_in(saved.spec, self._spec) if keys == ["spec"] and saved.step <= training.steps else None
        welcome = differ is not None and differ <= LENGTH | BACKEND
        schedule = training.job.section.schedule
        longer = welcome and not LENGTH.isdisjoint(differ or ())
        if welcome and not (longer and bound_to_length(schedule)):
            return
        path = self._run.path
        before: Mapping[str, Any] = {}
        with suppress(SpecError, Unfit):  # it only says more
            before = Fields(read_run(path)).record("settings")
        now = settings_record(training.job.section)
        differing = [f"{key} was {before[key]}, is {now[key]}" for key in now if before.get(key, now[key]) != now[key]]
        if longer:
            differing.append(f"the rates of `{schedule.name}` hang on how long the training is, so all would be others")
        hint = "; ".join([*differing, "`--force` goes on regardless, `force = True` in a script"])
        raise SpecError([CHANGED.at(Place(str(path)), path=path, what=" and ".join(changed), hint=hint)])

    def _fill(self, training: Training, tensors: Mapping[str, Array]) -> None:
        """Copies parameters, states and best parameters; even by force they must have the same shapes."""
        trainer, now = training.trainer, training.trainer.backend.read()
        for prefix, held in ((PARAM, now.params), (STATE, now.states)):
            saved = with_prefix(tensors, prefix)
            if _forms(saved) != _forms(held):
                what = "parameters" if prefix == PARAM else "optimiser states"
                path = self._run.path
                hint = "that cannot be continued, not by force either: begin a new run"
                raise SpecError([CHANGED.at(Place(str(path)), path=path, what=what, hint=hint)])
            trainer.write(saved)
        best = with_prefix(tensors, BEST)
        if best and _forms(best) != _forms(now.params):
            raise Unfit
        training.best_params = {path: value.copy() for path, value in best.items()}

    def _damaged(self, reason: str) -> Diagnostic:
        path = self._run.path / CHECKPOINT
        return DAMAGED.at(Place(str(path)), path=path, reason=reason)


def _position(training: Training) -> dict[str, int]:
    """Where a training stands. Step and seed say all: random numbers are drawn anew from them, as are rows."""
    job, minibatches = training.job, training.job.minibatches
    row = min(training.step % job.epoch_steps * minibatches.size, minibatches.rows) if minibatches else 0
    return {"step": training.step, "epoch": training.epoch, "row": row, "seed": job.section.seed}


def _forms(arrays: Mapping[str, Array]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Types and shapes of arrays by path."""
    return {path: (array.dtype.str, array.shape) for path, array in arrays.items()}
