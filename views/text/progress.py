"""A training as it goes: a line a report."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from ...grammar.diagnostic import Diagnostic, shown
from ...runtime.training.history import Row
from ...runtime.training.train import Callback, Training

Say: TypeAlias = Callable[[str], None]
Note: TypeAlias = Callable[[Iterable[Diagnostic]], None]

COUNTS = frozenset({"step", "epoch"})


def row_text(row: Row) -> str:
    """`epoch 3  step 480  train.loss 0.3121  test.accuracy 0.914  2.1 s`."""
    metrics = [f"{shown(name)} {value:.4g}" for name, value in row.items() if name not in COUNTS and name != "seconds"]
    return "  ".join([f"epoch {row['epoch']}", f"step {row['step']}", *metrics, f"{row['seconds']:.1f} s"])


class Reports(Callback):
    """Says each report as a line, and notes what the training finds out."""

    def __init__(self, say: Say, note: Note) -> None:
        self._say = say
        self._note = note

    def warned(self, training: Training, diagnostic: Diagnostic) -> None:
        self._note([diagnostic])

    def reported(self, training: Training, row: Row) -> None:
        self._say(row_text(row))
