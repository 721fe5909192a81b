"""Whether a run that is to go on has only been made longer, or goes on with another backend."""

from pathlib import Path

from ...compiler.graph.diff import difference
from ...compiler.graph.signatures import Invocation
from ...compiler.graph.spec import Spec
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from .model_file import SpecRecord

LENGTH = frozenset({"train.epochs", "train.steps"})
"""Keys that say how long a training is."""

BACKEND = frozenset({"train.backend"})
"""What takes the steps: the same ones, but for rounding."""

BOUND = frozenset({"cosine", "one_cycle"})
"""Schedules whose every rate hangs on how long the training is."""


def differ_in(before: SpecRecord, after: SpecRecord) -> frozenset[str] | None:
    """Keys of `train` in which two specs differ that are the same else, names and all; None where they are not."""
    try:
        found = difference(_spec(before), _spec(after))
    except SpecError:
        return None
    same = found.same_graph and not found.renamed and all(one == other for one, other in found.metrics)
    return frozenset(change.what for change in found.settings) if same else None


def bound_to_length(schedule: Invocation) -> bool:
    """Whether a longer training has other rates from its first step on."""
    return schedule.name in BOUND


def _spec(record: SpecRecord) -> Spec:
    from ...compiler.compile import compiled  # only a run whose spec was changed asks for it

    source = Source(record.name, record.text)
    return compiled(source, Path(record.folder), record.settings, record.used).spec
