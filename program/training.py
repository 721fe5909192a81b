"""A training as scripts ask for it: on which rows, in which folder, which way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..compiler.graph.spec import BackendName, Precision
from ..grammar.diagnostic import Diagnostic

if TYPE_CHECKING:
    from ..runtime.data.columns import Table
    from ..runtime.runs.interval import Interval
    from ..runtime.runs.model_file import SpecRecord
    from ..runtime.runs.trainings import Trainings
    from ..runtime.training.history import History, Row
    from ..runtime.training.train import Callback


class Way(NamedTuple):
    """How a training is carried out, as `Program.train` says."""

    force: bool
    callbacks: Sequence[Callback | Callable[[Row], object]]
    precision: Precision | None
    optimise: bool
    backend: BackendName | None
    checkpoint_every: int | str | Interval


def trained(
    trainings: Trainings,
    given: Mapping[str, Table],
    run: str | Path | None,
    resume: str | Path | None,
    way: Way,
    initial: Mapping[str, object] | None,
    record: Callable[[], SpecRecord],
    note: Callable[[Diagnostic], None],
) -> History:
    """What a training leaves behind: on rows that a script gave, on the spec's own where it gave none.

    `run` is a new folder, `resume` one whose run goes on; `record` gives what a run remembers of the spec, `note` takes
    what is found on the way. Raises SpecError.
    """
    watching = trainings.watching(way.callbacks, note)
    folder = resume if resume is not None else run
    fitting = trainings.fitting(Path(resume) if resume is not None else None, scripted=bool(given))
    with trainings.on(given, anew=initial is None), fitting:
        job = trainings.job(way.precision, initial, way.backend)
        if not way.optimise:
            job = job.plain()
        if folder is None:
            return trainings.train(job, watching)
        going_on, said = resume is not None, record()
        return trainings.train_in(
            Path(folder), job, said, watching, resume=going_on, force=way.force, every=way.checkpoint_every
        )
