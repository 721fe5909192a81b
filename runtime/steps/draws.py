"""Random draws of steps, into arrays that are used again."""

from collections.abc import Iterable

import numpy as np

from ...compiler.graph.spec import Precision
from ...compiler.lower.plan import Draw
from ...compiler.ops.draws import FILLS, Source
from ..arrays import Array


class Draws:
    """What each step draws, by path; what it gave for one step is overwritten by the next."""

    def __init__(self, draws: Iterable[Draw], precision: Precision) -> None:
        self._each = [
            (draw.path, FILLS[draw.leaf], Source(draw.seed, draw.path), np.empty(draw.shape, precision))
            for draw in draws
        ]

    def at(self, step: int) -> dict[str, Array]:
        """The draws of a step, from 0."""
        for _, fill, source, array in self._each:
            fill(source, array, step, 0)
        return {path: array for path, _, _, array in self._each}
