"""The folder of a run: its files, and how they are read back. Each is held to its checksum.

Folders of chainrule 0.1.0 have none in their logs and in run.json: those of a folder are needed once its checkpoint
says so, which has a checksum in either format.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..fields import Fields, Unfit, parsed
from ..training.history import Row
from .atomic import read_bytes
from .checkpoint import FORMATS, SEALED
from .checksum import KEY, unsealed
from .logs import losses_of, rows_of
from .model_file import MODEL
from .tensor_file import Record, TensorFile, damaged, decode, read_record

SPEC = "spec.graph"
RUN = "run.json"
METRICS = "metrics.jsonl"
HEALTH = "health.jsonl"
LOSSES = "loss.npy"
CHECKPOINT = "checkpoint.safetensors"
PREVIOUS = "checkpoint.previous.safetensors"
LOCK = "run.lock"

FILES = (SPEC, RUN, METRICS, HEALTH, LOSSES, CHECKPOINT, PREVIOUS, MODEL)
"""What a run writes and keeps."""

PARAM, STATE, BEST = "param:", "state:", "best:"
"""What the names of a checkpoint's arrays begin with."""

LONGEST_RECORD = 64_000_000
"""Bytes of run.json."""

# --- run.json ---------------------------------------------------------------------------------------------------


def read_run(path: Path) -> Record | None:
    """What run.json of a folder says; None where there is none. Raises SpecError where it is damaged."""
    file = path / RUN
    if not file.exists():
        return None
    try:
        record = parsed(read_bytes(file, LONGEST_RECORD))
        return unsealed(record, needed=has_checkpoint(path) and known(path).sealed)
    except Unfit:
        hint = "`--resume` writes it anew" if has_checkpoint(path) else None
        raise damaged(file, "its checksum does not match its content", hint) from None


def run_id(path: Path) -> str | None:
    """The id of the run that a folder holds; None where it holds none, or none that can be read."""
    for name in (CHECKPOINT, PREVIOUS):
        try:
            return Fields(read_record(path / name, *FORMATS)).text("run")
        except (SpecError, Unfit):
            continue
    try:
        fields = Fields(read_run(path))
        return fields.text("run") if "state" in fields else None
    except (SpecError, Unfit):
        return None


def holds_run(path: Path) -> bool:
    """Whether a folder holds a run, whatever else it holds."""
    return run_id(path) is not None


# --- checkpoints ------------------------------------------------------------------------------------------------


def has_checkpoint(path: Path) -> bool:
    """Whether a folder has a checkpoint."""
    return (path / CHECKPOINT).exists() or (path / PREVIOUS).exists()


def read_checkpoint(path: Path) -> TensorFile:
    """The latest checkpoint of a folder; the one before it where a kill came between the two.

    Raises SpecError where it is damaged; the hint then names the one before it, if that is whole.
    """
    latest, previous = path / CHECKPOINT, path / PREVIOUS
    if not latest.exists() and previous.exists():
        return decode(previous, *FORMATS)
    try:
        return decode(latest, *FORMATS)
    except SpecError as error:
        try:
            step = decode(previous, *FORMATS).record["step"]
        except (SpecError, KeyError):
            raise error from None
        hint = f"`{previous}` is whole, from step {step}: remove the damaged file to go on from there"
        raise SpecError([diagnostic._replace(hint=hint) for diagnostic in error.diagnostics]) from None


def with_prefix(tensors: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays of a checkpoint whose names begin so, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


# --- logs -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What the latest checkpoint says of a folder's logs: what they hold at the least, and if they have checksums."""

    step: int
    rows: Mapping[str, int]
    """By the name of the log."""
    sealed: bool


def known(path: Path) -> Known:
    """What must be in the logs of a folder. Raises SpecError where its checkpoint is damaged."""
    if not has_checkpoint(path):
        return Known(0, {}, sealed=not _is_old(path))
    file = path / CHECKPOINT if (path / CHECKPOINT).exists() else path / PREVIOUS
    fields = Fields(read_record(file, *FORMATS))
    try:
        rows = {METRICS: fields.whole("rows"), HEALTH: fields.whole("looks")}
        return Known(fields.whole("step"), rows, sealed=fields.text("format") in SEALED)
    except Unfit:
        raise damaged(file, "its record lacks something") from None


def read_rows(path: Path, name: str = METRICS, *, only_known: bool = False) -> list[Row]:
    """The reports, or looks, of a folder: all, or only those up to its checkpoint. Raises SpecError.

    What was cut off by a kill is left out.
    """
    file, needed = path / name, known(path)
    least = needed.rows.get(name, 0)
    rows: list[Row] = []
    try:
        data = read_bytes(file) if file.exists() else b""
        rows.extend(islice(rows_of(data, needs_sums=needed.sealed), least if only_known else None))
    except Unfit:
        raise damaged(file, f"row {len(rows) + 1} is not what was written") from None
    if len(rows) < least:
        raise damaged(file, f"it lacks rows up to step {needed.step}")
    return rows


def read_losses(path: Path, *, only_known: bool = False) -> Array:
    """The loss of each step of a folder: all, or only those up to its checkpoint. Raises SpecError."""
    file, needed = path / LOSSES, known(path)
    if not (needed.step or file.exists()):
        return np.zeros(0)
    try:
        losses = losses_of(read_bytes(file), needs_sum=needed.sealed)
    except Unfit:
        raise damaged(file, "it is not what was written") from None
    if losses.size < needed.step:
        raise damaged(file, f"it lacks losses of {needed.step} steps")
    return losses[: needed.step] if only_known else losses


def _is_old(path: Path) -> bool:
    """Whether run.json was written by chainrule 0.1.0, and its folder then."""
    try:
        return KEY not in parsed(read_bytes(path / RUN, LONGEST_RECORD))
    except (SpecError, Unfit):
        return False
