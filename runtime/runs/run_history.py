"""What a training left behind: read from the folder of its run, or by going through it again."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ...compiler.graph.spec import Precision
from ..arrays import Array
from ..training.history import History
from ..training.job import Job
from ..training.replay import replay, same_end
from .run_folder import HEALTH, read_losses, read_rows, read_run


def read_history(folder: Path, precision: Precision, higher: Callable[[str], bool]) -> History:
    """The reports, looks and losses of a run, as far as it has come. Raises SpecError where a file is damaged."""
    history = History(precision, higher)
    history.restore(read_rows(folder), read_losses(folder), read_rows(folder, HEALTH))
    kept = (read_run(folder) or {}).get("kept_step")
    history.kept_step = kept if type(kept) is int and 0 <= kept <= history.steps else history.steps
    return history


def replayed(job: Job, parameters: Mapping[str, Array], trained: int) -> tuple[History, bool]:
    """The history of a model's training, or of a whole one, gone through again; whether it came to its parameters."""
    training = replay(job, trained)
    return training.history, same_end(training, parameters, trained)
