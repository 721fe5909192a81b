"""A training once more, to look at moments of it that no run keeps: the same seed, data and steps, the same bits."""

from collections.abc import Callable, Collection, Mapping

import numpy as np

from ..arrays import Array
from .job import Job
from .train import Callback, Training

Look = Callable[[Training], object]

CLOSE = 1e-3
"""How far parameters may be from those of the model, relative to the largest of their array."""


class _Looks(Callback):
    def __init__(self, moments: Collection[int], look: Look) -> None:
        self._moments = frozenset(moments)
        self._look = look
        self._last = -1

    def started(self, training: Training) -> None:
        self._at(training)

    def stepped(self, training: Training) -> None:
        if training.step in self._moments:
            self._at(training)

    def finished(self, training: Training) -> None:
        if training.step != self._last:
            self._at(training)

    def _at(self, training: Training) -> None:
        self._look(training)
        self._last = training.step


def replay(job: Job, until: int, moments: Collection[int] = (), look: Look | None = None) -> Training:
    """Trains again up to a step (0: to the end); looks at the start, after the steps `moments`, and at the end.

    Nothing is written. Raises what `Training.run` raises.
    """
    training = Training(job)
    if until:
        training.steps = min(training.steps, until)
    training.run([_Looks(moments, look)] if look else [])
    return training


def spread(steps: int, count: int) -> tuple[int, ...]:
    """At most so many steps out of 0 to `steps`, closer together where more happens: at the beginning."""
    return tuple(sorted({round(steps * (number / (count - 1)) ** 2) for number in range(count)}))


def same_end(training: Training, parameters: Mapping[str, Array], trained: int) -> bool:
    """Whether a replay came to the parameters of the model: in bits, or as other versions of NumPy may round them.

    Of parameters that have not been trained (`trained` is 0) nothing is asked.
    """
    return not trained or all(
        value.shape == parameters[path].shape
        and bool(np.allclose(value, parameters[path], rtol=0, atol=CLOSE * float(np.max(np.abs(value), initial=0.0))))
        for path, value in training.trainer.held.items()
        if path in parameters
    )
