"""A program as a file that others run: what is put into it, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..compiler.targets.jax_file.file import jax_file
from ..compiler.targets.preparation import Preparation
from ..compiler.targets.python.file import python_file
from ..compiler.targets.python.schedules import schedule_text
from ..compiler.targets.python.subject import Loop, Subject
from ..compiler.targets.torch_file.file import torch_file
from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from ..runtime.arrays import Array
from ..runtime.data.binding import Dataset
from ..runtime.data.minibatches import Minibatches
from ..runtime.data.random_streams import REPLACEMENT, SHUFFLE
from ..runtime.data.stored import StoredArray
from ..runtime.training.job import Job
from .export_faults import GATHERS, NEEDS_FILE, NO_ROWS, UNKNOWN_TARGET, UNUSED_OPTION
from .exported import Exported, Given, Options
from .flat_text import flat_text
from .lazy_updates import refuse_lazy
from .preparing import prepared

INLINE = 2000
"""Numbers up to which the weights, or rows, stand in a file itself."""

MOST_BYTES = 256 << 20
"""Of the rows of data that are written beside a file."""


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
        option = beyond[0].replace("_", "-")
        raise SpecError([UNUSED_OPTION.at(None, option=option, target=target, hint=f"it is for `--to` {taken}")])
    return made.write(given, path, options)


def target_of(path: Path) -> str:
    """The target that a name asks for. Raises SpecError where none has its ending."""
    found = ENDINGS.get(path.suffix.lower())
    if found is None:
        raise SpecError([UNKNOWN_TARGET.at(None, path=shown(str(path)), endings=", ".join(ENDINGS))])
    return found


def _python(given: Given, path: Path | None, options: Options) -> Exported:
    subject, arrays = _subject(given, path)
    return Exported(python_file(subject), arrays, subject.beside)


def _jax(given: Given, path: Path | None, options: Options) -> Exported:
    subject, arrays = _subject(given, path)
    return Exported(jax_file(subject, given.precision or "float32"), arrays, subject.beside)


def _torch(given: Given, path: Path | None, options: Options) -> Exported:
    subject, arrays = _subject(given, path)
    return Exported(torch_file(subject, given.precision or "float32"), arrays, subject.beside)


def _subject(given: Given, path: Path | None) -> tuple[Subject, dict[str, Array]]:
    """What a file of Python is written of, and the arrays that go beside it."""
    train = given.spec.train
    if train is not None and train.accumulate > 1:
        raise SpecError([GATHERS.at(train.spans.get("accumulate"), count=train.accumulate)])
    weights = {name: np.asarray(value, np.float64) for name, value in given.held.items()}
    if train is not None:
        refuse_lazy(given.spec, train)
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
    return subject, arrays


def _prepared(given: Given, paths: Sequence[str]) -> Preparation | None:
    """How raw rows become the inputs of these paths; None where the spec's columns do not say it."""
    found = prepared(given, paths)
    return found if isinstance(found, Preparation) else None


def _graph(given: Given, path: Path | None, options: Options) -> Exported:
    return Exported(flat_text(given.spec, given.held, trained=given.trained))


def _c(given: Given, path: Path | None, options: Options) -> Exported:
    from .c_export import c_export  # most exports are not C

    return c_export(given, path, options)


def _onnx(given: Given, path: Path | None, options: Options) -> Exported:
    from .onnx_export import onnx_export  # most exports are not ONNX

    return onnx_export(given, path, options)


class Target(NamedTuple):
    """What writes a file, and the options that it takes."""

    write: Callable[[Given, Path | None, Options], Exported]
    options: tuple[str, ...] = ()


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "python": Target(_python),
        "torch": Target(_torch),
        "jax": Target(_jax),
        "graph": Target(_graph),
        "onnx": Target(_onnx, ("train_step", "raw", "state_apart")),
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
