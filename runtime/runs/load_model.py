"""A trained model from wherever it lies: a model file, or the folder of a run that may still be going on."""

from pathlib import Path

from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..fields import Fields, Unfit
from ..training_faults import CANNOT_READ, OTHER_FORMAT
from .checkpoint import Checkpoint
from .model_file import MODEL, SavedModel, check_numbers, read_model
from .run_folder import BEST, PARAM, has_checkpoint, read_checkpoint, with_prefix


def load_model(path: Path) -> SavedModel:
    """The model of a file or of a run folder; of a run that has not ended, that of its latest checkpoint.

    Raises SpecError where there is none, or where it is damaged.
    """
    if not path.is_dir():
        return read_model(path)
    if (path / MODEL).exists():
        return read_model(path / MODEL)
    if has_checkpoint(path):
        return _from_checkpoint(path)
    reason = "the folder holds neither a model nor a run"
    raise SpecError([CANNOT_READ.at(Place(str(path)), path=path, reason=reason)])


def _from_checkpoint(path: Path) -> SavedModel:
    tensors, record = read_checkpoint(path)
    best = with_prefix(tensors, BEST)
    try:
        check_numbers(tensors)
        saved = Checkpoint.of(record)
        step = Fields(saved.watch).whole("best_step") if best else saved.step
        return SavedModel(best or with_prefix(tensors, PARAM), saved.spec, saved.precision, step)
    except Unfit:
        reason = "the record of its checkpoint lacks something, or has something else there"
        raise SpecError([OTHER_FORMAT.at(Place(str(path)), path=path, reason=reason)]) from None
