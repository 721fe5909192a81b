"""A learning rate by trial: the rate rises from step to step, and the loss says where it is good (Smith 2017)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ...compiler.derive.training import LEARNING_RATE
from ...grammar.spec_error import SpecError
from ..data.minibatches import Minibatches
from ..evaluate.parameters import initial_parameters
from ..steps.threads import threads_for
from ..steps.trainer import Trainer
from ..steps.windows import Windows
from .batch import Batch
from .job import Job

LOWEST, HIGHEST = 1e-7, 10.0
STEPS = 100
SMOOTHING = 0.8
"""The share of the running loss that a new one leaves as it is."""

REACH = 6
"""Steps on either side, together a decade, over which the fall is measured: from one to the next it is noise."""

FALL = 0.01
"""The share that the loss must fall by at some rate."""

BLOWN_UP = 4.0
"""Times its best value at which the loss ends the sweep."""


class Sweep(NamedTuple):
    """Rates, the loss before each step, the same smoothed, and the rate to take; None where the loss never fell."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float | None

    def __repr__(self) -> str:
        best = self.rates[self.losses.index(min(self.losses))]
        taken = f"suggested: {self.suggestion:g}" if self.suggestion is not None else "none to suggest"
        return (
            f"<{len(self.rates)} rates from {self.rates[0]:.3g} to {self.rates[-1]:.3g}: the loss was "
            f"{self.losses[0]:.6g} at first, {min(self.losses):.6g} at {best:.3g}; {taken}>"
        )


def find_rate(job: Job, steps: int = STEPS) -> Sweep:
    """Makes updates with rates from 1e-7 to 10, on the job's own minibatches and initial parameters.

    Groups with a rate of their own keep their proportion to the optimiser's. The rate that is suggested is where the
    smoothed loss falls fastest, rounded down to one digit. Raises SpecError where not even the first steps have a
    finite loss.
    """
    section = job.section
    rates = [LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1)) for step in range(steps)]
    initial = job.initial
    if initial is None:
        initial = initial_parameters(job.training.graph, job.dims, section.seed, section.precision)
    each = section.accumulate
    windows = Windows(each, None) if each > 1 else None
    trainer = Trainer(
        replace(job.training, rates=_units(job.training.rates)),
        section.optimizer,
        initial,
        section.precision,
        job.dims,
        rates.__getitem__,
        exact=section.exact,
        optimise=job.optimise,
        windows=windows,
        backend=job.backend,
    )
    minibatches = job.minibatches
    batch = Batch(job.data.inputs, minibatches) if job.data and minibatches else None
    losses: list[float] = []
    with threads_for(job.largest_product):
        for update in range(steps):
            try:
                losses.append(_loss_of(trainer, batch, minibatches, range(update * each, (update + 1) * each)))
            except SpecError:
                if len(losses) < 3:
                    raise
                break
            smoothed = _smoothed(losses)[2 * REACH :]
            if smoothed and smoothed[-1] > BLOWN_UP * abs(min(smoothed)):
                break
    smoothed = _smoothed(losses)
    return Sweep(tuple(rates[: len(losses)]), tuple(losses), tuple(smoothed), _suggestion(rates, smoothed))


def _loss_of(trainer: Trainer, batch: Batch | None, minibatches: Minibatches | None, steps: range) -> float:
    """The mean loss of the steps of one update."""
    losses = []
    for step in steps:
        feeds = batch.gathered(minibatches.at(step)) if batch and minibatches else {}
        losses.append(trainer.step_on(feeds))
    return sum(losses) / len(losses)


def _units(rates: Mapping[str, float]) -> dict[str, float]:
    """What the optimiser's own rate is to be multiplied by for each rate; 1 for itself."""
    own = rates[LEARNING_RATE] or 1.0
    return {path: rate / own for path, rate in rates.items()} | {LEARNING_RATE: 1.0}


def _smoothed(losses: Sequence[float]) -> list[float]:
    """The running mean, without its bias towards the first values."""
    smoothed: list[float] = []
    mean = 0.0
    for number, loss in enumerate(losses, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        smoothed.append(mean / (1 - SMOOTHING**number))
    return smoothed


def _suggestion(rates: Sequence[float], smoothed: Sequence[float]) -> float | None:
    begin = 2 * REACH  # before that rates are too small to matter, and the running mean still wavers
    if len(smoothed) <= begin:
        return None
    lowest = begin + int(np.argmin(smoothed[begin:]))
    if smoothed[begin] - smoothed[lowest] <= FALL * abs(smoothed[begin]):
        return None
    curve = np.asarray(smoothed[REACH : lowest + 1])  # rates are evenly spaced by their logarithms
    reach = min(REACH, (len(curve) - 1) // 2)
    falls = curve[: -2 * reach] - curve[2 * reach :]
    return _rounded_down(rates[REACH + reach + int(np.argmax(falls))])


def _rounded_down(rate: float) -> float:
    power = math.floor(math.log10(rate))
    return float(f"{math.floor(rate / 10.0**power * (1 + 1e-12))}e{power}")
