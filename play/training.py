"""A training that a page steers: a moment at a time, so that messages are answered in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..grammar.spec_error import SpecError
from ..program.program import Program
from ..runtime.arrays import Array
from ..runtime.steps.threads import threads_for
from ..runtime.training.train import Training
from ..views.editor.diagnostics import told
from ..views.editor.offsets import Offsets
from ..views.text.json_values import json_value
from .looking import KINDS, Looks

SLICE = 0.02
"""Seconds of training between two looks for messages."""

REST = 2.0
"""How many times as long as a look takes is trained before the next one."""


class Run:
    """One training of a page. `again` makes the program that is trained, with settings of its train section.

    It begins from `initial`, or from the spec's own params where that is None. Raises SpecError.
    """

    def __init__(
        self,
        number: object,
        again: Callable[[Mapping[str, object]], Program],
        settings: Mapping[str, object],
        initial: Mapping[str, Array] | None,
    ) -> None:
        self.number = number
        self.paused = False
        self.every = 0.05
        self.kinds: list[str] = list(KINDS)
        self._again = again
        self._settings = {name: value for name, value in settings.items() if name != "rate"}
        self._program = again(self._settings)
        self._training = Training(self._program.job(initial))
        self._left: int | None = None
        """Steps after which it pauses."""
        self._epochs, self._first = 0, 0
        """Epochs before the present batch, and the step at which that began."""
        self._said_paused = False
        self._stopping = False
        self._looks = self._new_looks()
        if "rate" in settings:
            self.set_rate(float(settings["rate"]))  # type: ignore[arg-type]  # the request has looked

    # --- what the page asks for -----------------------------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether it is paused, and has said so."""
        return self.paused and self._said_paused

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused, self._left = False, None

    def step(self, count: int) -> None:
        """Goes on for so many steps."""
        self.paused, self._left = False, count

    def epoch(self) -> None:
        """Goes on to the end of an epoch."""
        done = (self._training.step - self._first) % self._epoch_steps
        self.step(self._epoch_steps - done)

    def stop(self) -> None:
        self.paused, self._stopping = False, True

    def set_rate(self, rate: float) -> None:
        """The learning rate from the next step on; a schedule goes on over it."""
        before = self._training.learning_rate
        if before > 0 and rate > 0:
            self._training.trainer.scale_rates(rate / before)

    def set_batch(self, batch: int) -> None:
        """Goes on with so many rows a step: another training, from the present params and optimiser states."""
        before, rate = self._training, self._training.learning_rate
        epochs = self.epochs_done
        left = max(1, -(-(before.steps - before.step) // self._epoch_steps))
        self._settings = {**self._settings, "batch": batch}
        self._program = self._again(self._settings)
        job = self._program.job({path: np.array(value) for path, value in before.params.items()})
        training = Training(job)
        training.trainer.write({path: np.array(value) for path, value in before.trainer.states.items()})
        training.history, training.watch, training.best_params = before.history, before.watch, before.best_params
        training.warnings, training.loss = before.warnings, before.loss
        training.resume(before.step, before.seconds, (0.0, 0))
        training.steps = before.step + left * job.epoch_steps
        training.begin()
        self._training, self._first, self._epochs = training, before.step, epochs
        self.set_rate(rate)
        self._looks = self._new_looks()

    # --- what goes on -----------------------------------------------------------------------------------------------

    def events(self) -> Iterator[dict[str, Any]]:
        """What is told of it as it runs, its end last; an empty one where there is nothing to tell yet."""
        self._training.begin()
        yield self._progress()
        yield self._look()
        due = time.monotonic()
        while not (self._training.over or self._stopping):
            if self.paused:
                if not self._said_paused:
                    yield self._progress()
                    yield self._look()
                    self._said_paused = True
                    yield {"event": "paused", **self._place}
                else:
                    yield {}
                continue
            if self._said_paused:
                self._said_paused = False
                yield {"event": "resumed", **self._place}
            try:
                self._steps()
            except SpecError as error:
                yield self._ended("failed", error)
                return
            if time.monotonic() < due and not self.paused:
                yield {}
                continue
            began = time.monotonic()
            yield self._progress()
            yield self._look()
            due = time.monotonic() + max(self.every, REST * (time.monotonic() - began))
        if self._stopping:
            self._training.stop()
        self._training.end()
        yield self._progress()
        yield self._look()
        yield self._ended(self._training.state)

    def _steps(self) -> None:
        """Takes steps for a moment, or as many as were asked for."""
        training, until = self._training, time.monotonic() + min(SLICE, self.every)
        with threads_for(training.job.largest_product, training.threads):
            while not training.over:
                training.advance()
                if self._left is not None:
                    self._left -= 1
                    if self._left <= 0:
                        self.paused, self._left = True, None
                        return
                if time.monotonic() >= until:
                    return

    @property
    def present(self) -> Mapping[str, Array]:
        """The params and states at this moment."""
        return self._training.trainer.held

    @property
    def kept(self) -> dict[str, Array]:
        """Copies of the params and states as they are kept."""
        return {path: np.array(value) for path, value in self._training.kept.items()}

    @property
    def program(self) -> Program:
        """The program that was trained, which knows how its columns were fitted."""
        return self._program

    @property
    def steps(self) -> int:
        return self._training.step

    @property
    def _epoch_steps(self) -> int:
        return self._training.job.epoch_steps

    @property
    def epochs_done(self) -> int:
        """Whole epochs."""
        return self._epochs + (self._training.step - self._first) // self._epoch_steps

    @property
    def _place(self) -> dict[str, Any]:
        return {"epoch": self.epochs_done, "step": self._training.step}

    def _progress(self) -> dict[str, Any]:
        training = self._training
        rows = training.history.rows
        metrics = {name: value for name, value in (rows[-1] if rows else {}).items() if "." in name}
        batches = training.job.minibatches
        return {
            "event": "progress",
            **self._place,
            "steps": training.steps,
            "epoch_steps": self._epoch_steps,
            "loss": json_value(training.loss),
            "metrics": {name: json_value(value) for name, value in metrics.items()},
            "rate": json_value(training.learning_rate),
            "batch": batches.size if batches is not None else None,
            "seconds": round(training.seconds, 3),
        }

    def _look(self) -> dict[str, Any]:
        found = self._looks.look(self.kinds)
        return {"event": "look", **self._place, **found} if found else {}

    def _new_looks(self) -> Looks:
        return Looks(self._training, self._program.spec.source, self._program.classes)

    def _ended(self, state: str, error: SpecError | None = None) -> dict[str, Any]:
        source = self._program.spec.source
        offsets = Offsets(source.text)
        found = error.diagnostics if error is not None else ()
        progress = self._progress()
        summary = {name: progress[name] for name in ("epoch", "step", "loss", "metrics", "seconds")}
        return {
            "done": True,
            "state": state,
            "summary": summary,
            "diagnostics": [told(each, source, offsets) for each in (*found, *self._training.warnings)],
        }
