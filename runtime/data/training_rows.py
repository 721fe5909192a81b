"""Which rows of a data section are trained on: what fitted columns take their numbers from."""

from collections.abc import Callable

from ...compiler.graph.spec import TrainSection
from ..arrays import Array
from .column import Rows
from .splits import split


def trained_on(section: TrainSection | None, rows: int, values: Callable[[str], Rows]) -> Array | None:
    """The numbers of the rows to train on, of so many; None for all. Raises SpecError where none would be left.

    `values` gives the column of an input, by which rows may be stratified.
    """
    parts = None if section is None else split(section, rows, values)
    return None if parts is None else parts.train
