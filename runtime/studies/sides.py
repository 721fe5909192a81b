"""Which rows are looked at: those to train on, to validate on, or to test on."""

from typing import Literal

from ...grammar.spec_error import SpecError
from ..plot_faults import NOTHING_TO_PLOT
from ..training.job import Job

Side = Literal["train", "validate", "test"]

LACKING = {
    "test": ("`hold_out = 0.2` holds a fifth of the rows back", "there are no test rows"),
    "validate": ("`validate = 0.1` takes a tenth of the rows for that", "there are no rows to validate on"),
}
"""What to write where rows are asked for that there are none of, and what is said of it."""


def side_of(job: Job, kind: str, asked: Side | None) -> Side:
    """The rows that are asked for; else the test rows if there are any, else those to validate on, else the train rows.

    Raises SpecError, which names the kind of plot, where there are none of those that are asked for.
    """
    sides = job.sides
    if asked is not None and asked not in sides:
        hint, reason = LACKING[asked]
        raise SpecError([NOTHING_TO_PLOT.at(job.section.spans.get("train"), kind=kind, reason=reason, hint=hint)])
    return asked or ("test" if "test" in sides else "validate" if "validate" in sides else "train")
