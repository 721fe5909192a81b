"""Which rows of a data section are trained on: what fitted columns take their numbers from."""

from ...compiler.graph.spec import TrainSection
from ..arrays import Array
from .minibatches import hold_out


def trained_on(section: TrainSection | None, rows: int) -> Array | None:
    """The numbers of the rows to train on, of so many; None for all. Raises SpecError where none would be left."""
    if section is None or section.hold_out is None:
        return None
    return hold_out(rows, section.hold_out, section.seed, section.spans.get("hold_out"))[0]
