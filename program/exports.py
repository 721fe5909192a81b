"""A program as a file that others run: what is put into it, and how it is written."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np

from ..compiler.targets.python.file import Loop, Subject, python_file
from ..compiler.targets.python.schedules import schedule_text
from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from ..runtime.arrays import Array
from ..runtime.data.random_streams import REPLACEMENT, SHUFFLE
from ..runtime.data.stored import StoredArray
from ..runtime.runs.whole_file import whole_file
from .export_faults import NEEDS_FILE, NO_ROWS, UNKNOWN_TARGET
from .flat_text import flat_text

if TYPE_CHECKING:
    from ..runtime.data.binding import Dataset
    from ..runtime.training.job import Job
    from .program import Program

INLINE = 2000
"""Numbers up to which arrays stand in a file itself."""

MOST_BYTES = 256 << 20
"""Of the rows of data that are written beside a file."""


@dataclass(frozen=True)
class Export:
    """A text, and the arrays that belong into a file beside it."""

    text: str
    arrays: Mapping[str, Array] = field(default_factory=dict)
    beside: str = ""

    def write(self, path: Path) -> list[Path]:
        """Writes both; gives their paths. Raises SpecError."""
        written = [path]
        if self.arrays:
            written.insert(0, path.with_name(self.beside))
            with whole_file(written[0]) as stream:
                _write_arrays(stream, self.arrays)
        with whole_file(path) as stream:
            stream.write(self.text.encode("utf-8"))
        return written


MakeJob: TypeAlias = Callable[[], "Job"]


def exported(program: Program, job: MakeJob, target: str, path: Path | None) -> Export:
    """What a program is for a target; without a path it must do without a file beside it. Raises SpecError.

    `job` is its training in float64.
    """
    return TARGETS[target](program, job, path)


def target_of(path: Path) -> str:
    """The target that a name asks for. Raises SpecError where none has its ending."""
    found = ENDINGS.get(path.suffix.lower())
    if found is None:
        raise SpecError([UNKNOWN_TARGET.at(None, path=shown(str(path)), endings=", ".join(ENDINGS))])
    return found


def _python(program: Program, make_job: MakeJob, path: Path | None) -> Export:
    spec = program.written
    weights = {name: np.asarray(value, np.float64) for name, value in program.held.items()}
    job = _job(program, make_job)
    data, held_out = (_rows(program, each) for each in ((job.data, job.test) if job else (None, None)))
    beside = f"{path.stem}.npz" if path is not None else ""
    rooms = {"weights": weights, "rows": data, "held_out": held_out}
    arrays = {
        f"{room}/{name}": value
        for room, held in rooms.items()
        if sum(each.size for each in held.values()) > INLINE
        for name, value in held.items()
    }
    if arrays and path is None:
        raise SpecError([NEEDS_FILE.at(None, numbers=sum(each.size for each in arrays.values()))])
    classes = {name: names for name, names in program.classes.items() if name in data}
    subject = Subject(
        spec, Path(spec.source.name).name, weights, data, held_out, classes, _loop(job, data), frozenset(arrays), beside
    )
    return Export(python_file(subject), arrays, beside)


def _job(program: Program, make_job: MakeJob) -> Job | None:
    """The training with its data; None without one, or where its data can't be read, which is told."""
    if program.written.train is None:
        return None
    try:
        return make_job()
    except SpecError as error:
        program.notify(NO_ROWS.at(None, reason=error.diagnostics[0].message))
        return None


def _rows(program: Program, rows: Dataset | None) -> dict[str, Array]:
    """The rows of data; none where they are too many."""
    if rows is None:
        return {}
    size = sum(each.nbytes for each in rows.inputs.values())
    if size > MOST_BYTES or any(isinstance(each, StoredArray) for each in rows.inputs.values()):
        program.notify(NO_ROWS.at(None, reason=f"they take {size >> 20} MiB"))
        return {}
    return {name: np.asarray(each) for name, each in rows.inputs.items()}


def _loop(job: Job | None, data: Mapping[str, Array]) -> Loop | None:
    """How the training goes; None where its rows are not there."""
    if job is None or (job.data is not None and not data):
        return None
    factor = schedule_text(job.section.schedule, job.epoch_steps)
    return Loop(job.steps, job.report_steps, factor, _order(job))


def _order(job: Job) -> str:
    """The function that says which rows go into a step, to those that chainrule takes."""
    batches = job.minibatches
    if batches is None or batches.whole:
        return ""
    size, seed = batches.size, batches.seed
    lines = [f"    epoch, place = divmod(step, -(-rows // {size}))"]
    purpose = SHUFFLE if batches.sampling == "shuffle" else REPLACEMENT
    if batches.sampling == "ordered":
        lines = [f"    place = step % -(-rows // {size})", "    drawn = np.arange(rows)"]
    else:
        draw = (
            "permutation(rows)"
            if batches.sampling == "shuffle"
            else f"integers(rows, size=-(-rows // {size}) * {size})"
        )
        lines.append(f"    seed = np.random.SeedSequence({seed}, spawn_key=({purpose}, epoch))")
        lines.append(f"    drawn = np.random.Generator(np.random.PCG64(seed)).{draw}")
    lines.append(f"    return drawn[place * {size} : (place + 1) * {size}]")
    return "\n".join(["def order(step: int, rows: int) -> Array:", '    """The rows that a step takes."""', *lines])


def _graph(program: Program, make_job: MakeJob, path: Path | None) -> Export:
    return Export(flat_text(program))


def _write_arrays(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """An .npz file, the same one for the same arrays."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(value), allow_pickle=False)


TARGETS: Mapping[str, Callable[[Program, MakeJob, Path | None], Export]] = MappingProxyType(
    {"python": _python, "graph": _graph}
)
ENDINGS: Mapping[str, str] = MappingProxyType({".py": "python", ".graph": "graph"})
