"""Updates of some rows alone, which not every exported training has."""

from ..compiler.graph.spec import Spec, TrainSection
from ..grammar.spec_error import SpecError
from ..runtime.training.job import training_of
from .export_faults import LAZY


def refuse_lazy(spec: Spec, train: TrainSection) -> None:
    """Raises SpecError for a param of which a step changes only the rows that it reads."""
    for path, update in training_of(spec, train).parameters.items():
        if update.rows is not None and update.rows.alone:
            raise SpecError([LAZY.at(train.spans.get("optimizer"), path=path)])
