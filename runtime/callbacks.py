"""What may look on while a training runs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..grammar.diagnostic import Diagnostic
from .history import Row

if TYPE_CHECKING:
    from .train import Training


class Callback:
    """Looks on while a training runs; override what is of use.

    Each method gets the training, with its `step`, `steps`, `epoch`, `loss`, `learning_rate`, `seconds`, `params`,
    `history`, `state`; `training.stop()` ends it after this step.
    """

    def started(self, training: "Training") -> None:
        """Before the first step; `step` is more than 0 where a run goes on."""

    def stepped(self, training: "Training") -> None:
        """After each step, and after its report where one is due."""

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
