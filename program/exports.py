"""A program as a file that others run: what is put into it, and how it is written."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

import numpy as np

from ..compiler.graph.spec import Precision, Spec, TrainSection
from ..compiler.targets.preparation import Preparation
from ..compiler.targets.python.file import python_file
from ..compiler.targets.python.schedules import schedule_text
from ..compiler.targets.python.subject import Loop, Subject
from ..grammar.diagnostic import Diagnostic, shown
from ..grammar.spec_error import SpecError
from ..runtime.arrays import Array
from ..runtime.data.binding import Dataset
from ..runtime.data.fitted.held import Held
from ..runtime.data.minibatches import Minibatches
from ..runtime.data.random_streams import REPLACEMENT, SHUFFLE
from ..runtime.data.stored import StoredArray
from ..runtime.runs.whole_file import whole_file
from ..runtime.training.job import Job, training_of
from .export_faults import GATHERS, LAZY, NEEDS_FILE, NO_ROWS, UNKNOWN_TARGET, UNUSED_OPTION
from .flat_text import flat_text
from .preparing import preparation_of

INLINE = 2000
"""Numbers up to which the weights, or rows, stand in a file itself."""

MOST_BYTES = 256 << 20
"""Of the rows of data that are written beside a file."""


@dataclass(frozen=True)
class Exported:
    """A text, and the arrays that belong into a file beside it; or the `content` of a file that is no text."""

    text: str
    arrays: Mapping[str, Array] = field(default_factory=dict)
    beside: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    """Further texts, by the name of their file beside it."""
    content: bytes | None = None
    """What the file holds in place of the text, where it is none."""

    def write(self, path: Path) -> list[Path]:
        """Writes all of them; gives their paths. Raises SpecError."""
        written = [path]
        for name, text in self.others.items():
            written.insert(0, path.with_name(name))
            with whole_file(written[0]) as stream:
                stream.write(text.encode("utf-8"))
        if self.arrays:
            written.insert(0, path.with_name(self.beside))
            with whole_file(written[0]) as stream:
                _write_arrays(stream, self.arrays)
        with whole_file(path) as stream:
            stream.write(self.text.encode("utf-8") if self.content is None else self.content)
        return written


@dataclass(frozen=True)
class Given:
    """What a program gives: its spec as written, all that a model keeps, whether steps of training made that, names of
    classes, its training in float64, what fitted columns hold, the folder of its paths, what is called with findings,
    sizes of dims, as far as they are known, and the precision that was asked for."""

    spec: Spec
    held: Mapping[str, Array]
    trained: bool
    classes: Mapping[str, Sequence[str]]
    job: Callable[[], Job]
    fitted: Callable[[], Held]
    folder: str
    tell: Callable[[Diagnostic], object]
    dims: Mapping[str, int]
    precision: Precision | None


@dataclass(frozen=True)
class Options:
    """What may be said of how a file is written. None, 0 and texts of nothing: what the target takes by itself.

    `batch` are the rows that functions of a compiled file take at once, `prefix` is what all of its names begin with,
    `train_step` and `main` ask for the training and for a test of itself.
    """

    batch: int = 0
    prefix: str = ""
    train_step: bool = False
    main: bool = False

    @property
    def given(self) -> tuple[str, ...]:
        """The names of those that are said."""
        return tuple([each.name for each in fields(self) if getattr(self, each.name)])


def exported(given: Given, target: str, path: Path | None, options: Options) -> Exported:
    """A program for a target; without a path it must do without a file beside it.

    Raises SpecError, ValueError for an unknown target.
    """
    if target not in TARGETS:
        raise ValueError(f"there is no target {target!r}; there are {', '.join(TARGETS)}")
    made = TARGETS[target]
    beyond = [name for name in options.given if name not in made.options]
    if beyond:
        taken = ", ".join(each for each in TARGETS if beyond[0] in TARGETS[each].options)
        raise SpecError([UNUSED_OPTION.at(None, option=beyond[0].replace("_", "-"), target=target, taken=taken)])
    return made.write(given, path, options)


def target_of(path: Path) -> str:
    """The target that a name asks for. Raises SpecError where none has its ending."""
    found = ENDINGS.get(path.suffix.lower())
    if found is None:
        raise SpecError([UNKNOWN_TARGET.at(None, path=shown(str(path)), endings=", ".join(ENDINGS))])
    return found


def _python(given: Given, path: Path | None, options: Options) -> Exported:
    train = given.spec.train
    if train is not None and train.accumulate > 1:
        raise SpecError([GATHERS.at(train.spans.get("accumulate"), count=train.accumulate)])
    weights = {name: np.asarray(value, np.float64) for name, value in given.held.items()}
    if train is not None:
        _look_at_updates(given.spec, train)
    job = _job(given)
    data, held_out = (_rows(given, each) for each in ((job.data, job.test) if job else (None, None)))
    rooms = {"weights": weights, "rows": data, "held_out": held_out}
    arrays = {
        f"{room}/{name}": value
        for room, held in rooms.items()
        if sum(each.size for each in held.values()) > INLINE
        for name, value in held.items()
    }
    if arrays and path is None:
        raise SpecError([NEEDS_FILE.at(None, numbers=sum(each.size for each in arrays.values()), most=INLINE)])
    beside = f"{path.stem}.arrays.npz" if path is not None and arrays else ""
    origin = Path(given.spec.source.name).name
    subject = Subject(
        given.spec,
        origin,
        weights,
        data,
        held_out,
        given.classes,
        _loop(job, data),
        frozenset(arrays),
        beside,
        partial(_prepared, given),
    )
    return Exported(python_file(subject), arrays, beside)


def _look_at_updates(spec: Spec, train: TrainSection) -> None:
    """Raises SpecError for a param of which a step changes only the rows that it reads."""
    for path, update in training_of(spec, train).parameters.items():
        if update.rows is not None and update.rows.alone:
            raise SpecError([LAZY.at(train.spans.get("optimizer"), path=path)])


def _prepared(given: Given, paths: Sequence[str]) -> Preparation | None:
    """How raw rows become the inputs of these paths; None where the spec's columns do not say it."""
    return preparation_of(given.spec, given.folder, given.fitted(), given.classes, paths)


def _graph(given: Given, path: Path | None, options: Options) -> Exported:
    return Exported(flat_text(given.spec, given.held, trained=given.trained))


def _c(given: Given, path: Path | None, options: Options) -> Exported:
    from .c_export import c_export  # most exports are not C

    return c_export(given, path, options)


def _onnx(given: Given, path: Path | None, options: Options) -> Exported:
    from .onnx_export import onnx_export  # most exports are not ONNX

    return onnx_export(given, options)


class Target(NamedTuple):
    """What writes a file, and the options that it takes."""

    write: Callable[[Given, Path | None, Options], Exported]
    options: tuple[str, ...] = ()


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "python": Target(_python),
        "graph": Target(_graph),
        "onnx": Target(_onnx, ("train_step",)),
        "c": Target(_c, ("batch", "prefix", "train_step", "main")),
    }
)
ENDINGS: Mapping[str, str] = MappingProxyType({".py": "python", ".graph": "graph", ".onnx": "onnx", ".c": "c"})


# --- data -------------------------------------------------------------------------------------------------------


def _job(given: Given) -> Job | None:
    """The training with its data; None without one, and where its data can't be read, which is told."""
    if given.spec.train is None:
        return None
    try:
        return given.job()
    except SpecError as error:
        given.tell(NO_ROWS.at(None, reason=error.diagnostics[0].message))
        return None


def _rows(given: Given, rows: Dataset | None) -> dict[str, Array]:
    """The rows of data; none where they are too many, which is told."""
    if rows is None:
        return {}
    size = sum(each.nbytes for each in rows.inputs.values())
    if size > MOST_BYTES or any(isinstance(each, StoredArray) for each in rows.inputs.values()):
        given.tell(NO_ROWS.at(None, reason=f"they take {size >> 20} MiB, and {MOST_BYTES >> 20} are the most"))
        return {}
    return {name: np.asarray(each) for name, each in rows.inputs.items()}


def _write_arrays(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """An .npz file, the same one for the same arrays."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # which has no time of its own
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(value), allow_pickle=False)


# --- training ---------------------------------------------------------------------------------------------------


def _loop(job: Job | None, data: Mapping[str, Array]) -> Loop | None:
    """How the training goes; None where its rows are not there."""
    if job is None or (job.data is not None and not data):
        return None
    factor = schedule_text(job.section.schedule, job.epoch_steps)
    batches = job.minibatches
    order = "" if batches is None or batches.whole else order_text(batches)
    return Loop(job.steps, job.report_steps, factor, order)


def order_text(batches: Minibatches) -> str:
    """The function that gives the rows of a step, those that chainrule takes."""
    size, epoch = batches.size, f"-(-rows // {batches.size})"
    if batches.sampling == "ordered":
        lines = [f"place = step % {epoch}", "drawn = np.arange(rows)"]
    else:
        shuffled = batches.sampling == "shuffle"
        draw = "permutation(rows)" if shuffled else f"integers(rows, size={epoch} * {size})"
        purpose = SHUFFLE if shuffled else REPLACEMENT
        lines = [
            f"epoch, place = divmod(step, {epoch})",
            f"seed = np.random.SeedSequence({batches.seed}, spawn_key=({purpose}, epoch))",
            f"drawn = np.random.Generator(np.random.PCG64(seed)).{draw}",
        ]
    lines.append(f"return drawn[place * {size} : (place + 1) * {size}]")
    head = ["def order(step: int, rows: int) -> Array:", '    """The rows that a step takes."""']
    return "\n".join([*head, *(f"    {line}" for line in lines)])
