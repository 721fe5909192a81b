"""A training as it goes, on a terminal: a line a report, and a live line below."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ...grammar.diagnostic import Diagnostic
from ...runtime.training.history import Row
from ...runtime.training.train import Callback, Training
from .progress import Note, Say, row_text

REFRESH = 0.1
"""Seconds between two updates of the live line."""


class LiveReports(Callback):
    """The same on a terminal, above a line with the step, the loss, the rate and the time that is left."""

    def __init__(self, say: Say, note: Note) -> None:
        self._say = say
        self._note = note
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task: TaskID | None = None
        self._shown = 0.0

    def started(self, training: Training) -> None:
        self._task = self._progress.add_task("", total=training.steps, completed=training.step)
        self._progress.start()

    def awaits(self, training: Training) -> int:
        """It shows what there is when some steps have been taken."""
        return training.steps

    def stepped(self, training: Training) -> None:
        now = time.monotonic()
        if self._task is None or now - self._shown < REFRESH:
            return
        self._shown = now
        text = f"step {training.step}/{training.steps}  loss {training.loss:.4g}  lr {training.learning_rate:.3g}"
        self._progress.update(self._task, completed=training.step, description=text)
        self._progress.refresh()

    def reported(self, training: Training, row: Row) -> None:
        if sys.stdout.isatty():  # through the console, which keeps the live line below
            self._console.print(row_text(row), markup=False, soft_wrap=True)
        else:
            self._say(row_text(row))

    def warned(self, training: Training, diagnostic: Diagnostic) -> None:
        self._progress.stop()
        self._note([diagnostic])
        if self._task is not None:
            self._progress.start()

    def finished(self, training: Training) -> None:
        self._progress.stop()
