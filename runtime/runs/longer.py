"""Whether a run that is to go on has only been made longer."""

from pathlib import Path

from ...compiler.graph.diff import difference
from ...compiler.graph.signatures import Invocation
from ...compiler.graph.spec import Spec
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from .model_file import SpecRecord

LENGTH = frozenset({"train.epochs", "train.steps"})
"""Keys that say how long a training is."""

BOUND = frozenset({"cosine", "one_cycle"})
"""Schedules whose every rate hangs on how long the training is."""


def differ_in_length(before: SpecRecord, after: SpecRecord) -> bool:
    """Whether two specs are the same, names and all, but for how long they train."""
    try:
        found = difference(_spec(before), _spec(after))
    except SpecError:
        return False
    same = found.same_graph and not found.renamed and all(one == other for one, other in found.metrics)
    return same and {change.what for change in found.settings} <= LENGTH


def bound_to_length(schedule: Invocation) -> bool:
    """Whether a longer training has other rates from its first step on."""
    return schedule.name in BOUND


def _spec(record: SpecRecord) -> Spec:
    from ...compiler.compile import compiled  # only a run whose spec was changed asks for it

    source = Source(record.name, record.text)
    return compiled(source, Path(record.folder), record.settings, record.used).spec
