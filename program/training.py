"""A training as scripts ask for it: on which rows, in which folder, which way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..compiler.graph.spec import BackendName, Precision
from ..grammar.diagnostic import Diagnostic
from ..runtime.steps.backends import need_jax

if TYPE_CHECKING:
    from ..runtime.data.columns import Table
    from ..runtime.runs.interval import Interval
    from ..runtime.runs.model_file import SpecRecord
    from ..runtime.runs.trainings import Trainings
    from ..runtime.steps.jax_devices import Sharing
    from ..runtime.steps.processes import Processes
    from ..runtime.training.history import History, Row
    from ..runtime.training.job import Job
    from ..runtime.training.train import Callback


class Way(NamedTuple):
    """How a training is carried out, as `Program.train` says."""

    force: bool
    callbacks: Sequence[Callback | Callable[[Row], object]]
    precision: Precision | None
    optimise: bool
    backend: BackendName | None
    checkpoint_every: int | str | Interval
    sharing: Sharing | None = None
    """Over which devices it is shared out; None for the one that the backend takes by itself."""
    processes: Processes | None = None
    """Which process this is, of how many."""


def shared_way(
    way: Way, trainings: Trainings, devices: int | None, columns: Sequence[str], processes: Processes | None
) -> Way:
    """The same over several devices or processes; ValueError where that is not JAX's training."""
    if (way.backend or trainings.section().backend) != "jax" or not way.optimise:
        raise ValueError("devices, columns and processes are about a training on JAX: give backend = 'jax'")
    if devices is not None and devices < 1:
        raise ValueError(f"devices is {devices}; a training takes one at least")
    from ..runtime.steps.jax_devices import Sharing  # few trainings are shared

    sharing = Sharing(devices, tuple(columns), 1 if processes is None else processes.count)
    return way._replace(sharing=sharing, processes=processes)


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
        if way.sharing is not None:
            with _shared(job, way, folder, record) as shared:
                return _carried_out(trainings, shared, watching, folder, way, record, resume=resume)
        return _carried_out(trainings, Shared(job), watching, folder, way, record, resume=resume)


def _carried_out(
    trainings: Trainings,
    shared: Shared,
    watching: Sequence[Callback],
    folder: str | Path | None,
    way: Way,
    record: Callable[[], SpecRecord],
    *,
    resume: str | Path | None,
) -> History:
    if folder is None or (shared.follows and resume is None):
        return trainings.train(shared.job, watching)
    return trainings.train_in(
        Path(folder),
        shared.job,
        record(),
        watching,
        resume=resume is not None,
        force=way.force,
        every=way.checkpoint_every,
        follows=shared.follows,
        sudden=shared.sudden,
    )


class Shared(NamedTuple):
    """A training, which other processes may have a part in.

    `follows`: another process writes the run's folder, which this one only reads. `sudden` is closed where the process
    ends because another is lost.
    """

    job: Job
    follows: bool = False
    sudden: ExitStack | None = None


@contextmanager
def _shared(
    job: Job,
    way: Way,
    folder: str | Path | None,
    record: Callable[[], SpecRecord],
) -> Iterator[Shared]:
    """Within it the job is shared out."""
    from ..runtime.runs.run_record import identity  # most trainings are one process's
    from ..runtime.steps.sharing import shared_backend, together

    assert way.sharing is not None
    batch = job.minibatches.size if job.minibatches else None
    if way.processes is None:
        yield Shared(replace(job, backend=shared_backend(job.section, way.sharing, batch)))
        return
    need_jax(None)
    said = identity(job, record(), None if folder is None else Path(folder))
    with together(way.processes, said) as sudden:
        made = replace(job, backend=shared_backend(job.section, way.sharing, batch))
        yield Shared(made, not way.processes.writes, sudden)
