"""The steps of `partial_fit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...runtime.arrays import Array
from ...runtime.data.minibatches import Minibatches
from ...runtime.steps.trainer import Trainer
from ..program import Program


class Steps:
    """What the optimiser keeps from one call of `partial_fit` to the next, however the estimator is carried about."""

    def __init__(self) -> None:
        self._trainer: Trainer | None = None
        self._kept: dict[str, Array] = {}
        self._count = 0
        self._calls = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_trainer": None}

    def go_over(self, program: Program, rows: Mapping[str, Array]) -> None:
        """One epoch on these rows, in an order of its own."""
        trainer = self._trainer
        section = program.written.train
        assert section is not None  # an estimator's spec has one
        if trainer is None:
            trainer = self._trainer = program.trainer(data=rows)
            trainer.steps = self._count
            trainer.write(self._kept)
        count = len(next(iter(rows.values())))
        batches = Minibatches(count, section.batch, section.sampling, section.seed + self._calls)
        for step in range(batches.steps_per_epoch):
            trainer.step({name: array[batches.at(step)] for name, array in rows.items()})
        self._calls += 1
        self._count = trainer.steps
        self._kept = {path: value.copy() for path, value in trainer.states.items()}
        program.restore({path: value.copy() for path, value in trainer.held.items()}, trainer.steps)
