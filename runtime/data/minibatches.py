"""Which rows go into which step: minibatches by shuffle or with replacement.

Rows follow from the seed and the number of the step alone, so a resumed run continues with the same ones.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Span
from .column import Array
from .faults import LARGE_BATCH
from .random_streams import REPLACEMENT, SHUFFLE, stream

Sampling = Literal["shuffle", "replacement", "ordered"]


@dataclass(frozen=True, slots=True)
class Minibatches:
    """Batches of `batch` rows out of `rows`, None for all rows at once.

    `shuffle`: each epoch goes once through all rows in an order of its own; its last batch may be smaller. All rows
    at once keep their order. `ordered`: the same in the order of the data. `replacement`: each step draws full batches
    anew, a row may come twice; an epoch is as many steps as with `shuffle`.
    """

    rows: int
    batch: int | None
    sampling: Sampling
    seed: int

    @property
    def size(self) -> int:
        """Rows of a full batch."""
        return self.rows if self.batch is None else min(self.batch, self.rows)

    @property
    def whole(self) -> bool:
        """Whether each step takes all rows, in their order."""
        return self.sampling != "replacement" and self.size == self.rows

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.rows // self.size)

    @property
    def rows_of_epoch(self) -> int:
        """Rows that the steps of an epoch take together."""
        return self.steps_per_epoch * self.size if self.sampling == "replacement" else self.rows

    def of_epoch(self, epoch: int) -> Array:
        """Indices of the rows of an epoch, one batch after the other."""
        return np.arange(self.rows) if self.whole or self.sampling == "ordered" else _drawn(self, epoch)

    def at(self, step: int) -> Array:
        """Indices of the rows of a step; steps are counted from 0 through all epochs."""
        if self.whole:
            return np.arange(self.rows)
        epoch, position = divmod(step, self.steps_per_epoch)
        if self.sampling == "ordered":
            return np.arange(position * self.size, min((position + 1) * self.size, self.rows))
        return self.of_epoch(epoch)[position * self.size : (position + 1) * self.size]


@lru_cache(maxsize=2)
def _drawn(batches: Minibatches, epoch: int) -> Array:
    """The rows of an epoch, one batch after the other."""
    if batches.sampling == "shuffle":
        drawn = stream(batches.seed, SHUFFLE, epoch).permutation(batches.rows)
    else:
        count = batches.steps_per_epoch * batches.size
        drawn = stream(batches.seed, REPLACEMENT, epoch).integers(batches.rows, size=count)
    drawn = drawn.astype(np.intp, copy=False)  # `take` casts no index that could be too large
    drawn.setflags(write=False)
    return drawn


def batch_warning(batch: int | None, rows: int, span: Span | None) -> Diagnostic | None:
    """A warning where a batch is larger than the data."""
    if batch is None or batch <= rows:
        return None
    return LARGE_BATCH.at(span, batch=batch, rows=rows)
