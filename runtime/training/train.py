"""The loop: minibatches, reports, stop rules, callbacks.

Over 300 lines: what looks on and what is looked at are told together.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias

from ...grammar.diagnostic import Diagnostic
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..data.binding import Dataset
from ..data.minibatches import batch_warning
from ..evaluate.metrics import Metrics, decimal
from ..evaluate.parameters import initial_parameters
from ..steps.schedules import schedule
from ..steps.threads import threads_for
from ..steps.trainer import Trainer
from .batch import Batch
from .findings import Findings
from .health import Health
from .history import History, Row
from .hoisted_rows import prepared
from .interrupt import Interrupt
from .job import Job
from .pace import Pace
from .stopping import Watch

State: TypeAlias = Literal["running", "finished", "stopped", "interrupted", "failed"]


class Callback:
    """Looks on while a training runs; override what is of use.

    Each method gets the training, with its `step`, `steps`, `epoch`, `loss`, `learning_rate`, `seconds`, `params`,
    `history`, `state`; `training.stop()` ends it after this step.
    """

    def started(self, training: "Training") -> None:
        """Before the first step; `step` is more than 0 where a run goes on."""

    def stepped(self, training: "Training") -> None:
        """After each step, and after its report where one is due."""

    def awaits(self, training: "Training") -> int:
        """How many steps may be taken before the next call of `stepped`: where that is overridden, one."""
        return 1 if type(self).stepped is not Callback.stepped else training.steps

    def reported(self, training: "Training", row: Row) -> None:
        """After each report."""

    def warned(self, training: "Training", diagnostic: Diagnostic) -> None:
        """At each finding about the training itself: gradients that vanish, a loss that diverges."""

    def finished(self, training: "Training") -> None:
        """At the end, whatever it is: `training.state` says which."""


class OnReport(Callback):
    """Calls a function with the row of each report."""

    def __init__(self, function: Callable[[Row], object]) -> None:
        self._function = function

    def reported(self, training: "Training", row: Row) -> None:
        self._function(row)


class OnFinding(Callback):
    """A function of what a training finds out, as a callback."""

    def __init__(self, function: Callable[[Diagnostic], object]) -> None:
        self._function = function

    def warned(self, training: "Training", diagnostic: Diagnostic) -> None:
        self._function(diagnostic)


class Training:
    """One training, from its initial parameters, or where a checkpoint left it, to its end.

    `loss` is that of the last step, before its update; `state` is how it stands.
    """

    def __init__(self, job: Job) -> None:
        section, graph = job.section, job.graph
        initial = job.initial
        if initial is None:
            initial = initial_parameters(graph, job.dims, section.seed, section.precision)
        factor = schedule(section.schedule, job.schedule_length)
        ready = prepared(job)
        self.job = job
        self.trainer = Trainer(
            ready.training,
            section.optimizer,
            initial,
            section.precision,
            job.dims,
            factor,
            exact=section.exact,
            optimise=job.optimise,
            windows=job.windows,
            backend=job.backend,
        )
        self.history = History(section.precision, job.higher)
        self.watch = Watch(section.stop, job.higher(section.stop.text("watch"))) if section.stop else None
        self.best_params: dict[str, Array] = {}
        """What a model keeps, the spec's states with it, as it was at the best report so far."""
        self.pending = (0.0, 0)
        """Since the last report: the sum of the losses, weighted by rows, and the rows."""
        self.state: State = "running"
        self.threads: int | None = None
        """Threads of the BLAS; None for what suits its size."""
        self.warnings: list[Diagnostic] = []
        self.loss = float("nan")
        self.steps = job.steps
        """Steps that there will be, if nothing stops the training before."""
        self._minibatches = job.minibatches
        self._batch = Batch(ready.inputs, job.minibatches) if job.minibatches else None
        self._loop = self.trainer.loop_on(ready.inputs, job.minibatches)
        self._pace = Pace()
        self._report_steps = job.report_steps
        self._health = Health(job)
        self._findings = Findings(job, self._health.layers)
        self._metrics = Metrics(graph, job.metrics, section.precision, job.dims)
        self._good = _copied(self.trainer.held)
        self._asked_to_stop = False
        self._callbacks: tuple[Callback, ...] = ()
        self._earlier = 0.0
        self._began = time.monotonic()

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.trainer.steps

    @property
    def epoch(self) -> int:
        """The epoch of the last step, from 1; 0 before the first."""
        return -(-self.step // self.job.epoch_steps)

    @property
    def learning_rate(self) -> float:
        """That of the next step."""
        return self.trainer.learning_rate

    @property
    def seconds(self) -> float:
        """Time spent, before an interruption too."""
        return self._earlier + time.monotonic() - self._began

    @property
    def params(self) -> Mapping[str, Array]:
        """The parameters at this moment, by path: the training's own memory, of which a copy keeps what it is now."""
        return self.trainer.params

    @property
    def kept(self) -> Mapping[str, Array]:
        """The parameters and states that the training is for: the best under early stopping, else the last."""
        return self.best_params or self.trainer.held

    @property
    def over(self) -> bool:
        """Whether no step is left to be taken."""
        return self.step >= self.steps or self._stopped

    def stop(self) -> None:
        """Ends the training after the step that is being taken."""
        self._asked_to_stop = True

    def warn(self, diagnostic: Diagnostic) -> None:
        """Notes a finding about the training, and lets the callbacks know."""
        self.warnings.append(diagnostic)
        for callback in self._callbacks:
            callback.warned(self, diagnostic)

    def run(self, callbacks: Iterable[Callback] = ()) -> History:
        """Trains to the end.

        Raises SpecError where a value is not finite, with the parameters of the last report; KeyboardInterrupt where
        Ctrl-C was pressed, after the callbacks have seen the end.
        """
        with threads_for(self.job.largest_product, self.threads), Interrupt() as interrupt:
            self.begin(callbacks)
            while not (self.over or interrupt.asked):
                self.advance(self._unwatched())
            if self.over:
                self.end()
                return self.history
            self._end("interrupted")
        raise KeyboardInterrupt

    def begin(self, callbacks: Iterable[Callback] = ()) -> None:
        """Before the first step of whoever takes them one by one: `advance` while not `over`, then `end`."""
        self._callbacks = tuple(callbacks)
        for callback in self._callbacks:
            callback.started(self)
        self._note_batch()
        self.state = "running"

    def advance(self, most: int = 1) -> None:
        """Takes a step, or up to `most` where a backend takes several at a time and none of them is reported before the
        last; with its report where one is due. Raises SpecError where a value is not finite."""
        try:
            self._take_steps(most)
        except SpecError:
            self._fall_back()
            self._end("failed")
            raise
        if self.step % self._report_steps == 0 or self.step == self.steps:
            row = self._report()
            if self._health.due(self.step):
                self.history.health.append(self._health.look(self.trainer))
                self._note_findings()
            for callback in self._callbacks:
                callback.reported(self, row)
        for callback in self._callbacks:
            callback.stepped(self)

    def end(self) -> None:
        """After the last step, whether it is the training's own or that of `stop`."""
        self._end("stopped" if self._stopped else "finished")

    def resume(self, step: int, seconds: float, pending: tuple[float, int]) -> None:
        """Goes on after so many steps; parameters, states, history and watch have been filled in."""
        self.trainer.steps = step
        self.pending = pending
        self._good = _copied(self.trainer.held)
        self._earlier = seconds
        self._began = time.monotonic()

    @property
    def _stopped(self) -> bool:
        return self._asked_to_stop or (self.watch is not None and self.watch.over)

    def _unwatched(self) -> int:
        """How many steps may be taken before somebody looks."""
        if self._loop is None:
            return 1
        reported = self._report_steps - self.step % self._report_steps
        return max(1, min([reported, self.steps - self.step, *[each.awaits(self) for each in self._callbacks]]))

    def _take_steps(self, most: int) -> None:
        """Takes a step, or up to `most` where a backend takes several at a time."""
        if self._loop is None:
            self._take_step()
            return
        with self._pace.taking(most) as (count, taken):
            losses = self.trainer.take_from(self._loop, count)
            taken.extend(losses)
        if not losses:
            self._take_step()
        for number, loss in enumerate(losses, self.step - len(losses)):
            self._note_loss(loss, len(self._minibatches.at(number)) if self._minibatches else 1)

    def _take_step(self) -> None:
        """Takes a step on rows that are gathered here."""
        rows = self._minibatches.at(self.step) if self._minibatches else None
        feeds = self._batch.gathered(rows) if self._batch is not None and rows is not None else {}
        step = self.trainer.step_on if self._loop is None else self.trainer.step_plainly
        if rows is None:
            self._note_loss(step({}), 1)
        else:
            self._note_loss(step(feeds, rows, self.job.origins), len(rows))

    def _note_loss(self, loss: float, rows: int) -> None:
        self.loss = loss
        self.history.stepped(loss)
        total, seen = self.pending
        self.pending = (total + loss * rows, seen + rows)

    def _report(self) -> Row:
        job = self.job
        total, seen = self.pending
        self.pending = (0.0, 0)
        row: Row = {"step": self.step, "epoch": self.epoch}
        for side, rows in job.sides.items():
            row |= self._evaluated(side, rows)
        row[f"step.{job.section.loss}"] = decimal(total / seen, job.precision)
        row["seconds"] = round(self.seconds, 3)
        self.history.rows.append(row)
        self._take_note(row)
        return row

    def _take_note(self, row: Row) -> None:
        """Keeps the weights of a report: the last ones to fall back on, and the best ones of early stopping."""
        if self.watch is not None and self.watch.see(self.step, row[self.watch.metric]):
            self.best_params = _copied(self.trainer.held)
        for path, value in self.trainer.held.items():
            self._good[path][...] = value

    def _note_batch(self) -> None:
        section, data = self.job.section, self.job.data
        if data is not None and (warning := batch_warning(section.batch, data.rows, section.spans.get("batch"))):
            self.warn(warning)

    def _note_findings(self) -> None:
        """Warns of what the last look says: each thing once, whatever its numbers have become."""
        for finding in self._findings.at(self.history, self.step):
            if not any((known.code, known.where) == (finding.code, finding.where) for known in self.warnings):
                self.warn(finding)

    def _evaluated(self, side: str, rows: Dataset | None) -> dict[str, float]:
        inputs, count = (rows.inputs, rows.rows) if rows is not None else ({}, 1)
        return {f"{side}.{name}": value for name, value in self._metrics.over(inputs, count, self.trainer.held).items()}

    def _fall_back(self) -> None:
        self.trainer.write(self._good)

    def _end(self, state: State) -> None:
        self.state = state
        self.history.kept_step = self.watch.best_step if self.watch and self.best_params else self.step
        for callback in self._callbacks:
            callback.finished(self)


def _copied(parameters: Mapping[str, Array]) -> dict[str, Array]:
    return {path: value.copy() for path, value in parameters.items()}
