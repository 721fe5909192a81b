"""The folder of a run: its files, how they are written, and how they are read back."""

import io
import json
import math
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..grammar.diagnostic import Place, SpecError
from .atomic import TEMPORARY, cannot_write, read_bytes, sync_folder, write_atomically, written_beside
from .execute import Array
from .history import Row
from .lock import Lock
from .tensor_file import Record, TensorFile, decode, encode
from .training_faults import DAMAGED, RUN_EXISTS

CHECKPOINT_FORMATS = ("chainrule checkpoint 2", "chainrule checkpoint 1")
"""What is written, and what is read as well: the first lacks the texts of used files."""

SPEC = "spec.graph"
RUN = "run.json"
METRICS = "metrics.jsonl"
HEALTH = "health.jsonl"
LOSSES = "loss.npy"
CHECKPOINT = "checkpoint.safetensors"
PREVIOUS = "checkpoint.previous.safetensors"
LOCK = "run.lock"

PARAM, STATE, BEST = "param:", "state:", "best:"
"""What the names of a checkpoint's arrays begin with."""


@dataclass(frozen=True)
class RunFolder:
    """A run folder. Every write leaves the file whole, the old one or the new one; all raise SpecError."""

    path: Path
    run: str
    """The id of the run."""

    def write_spec(self, text: str) -> None:
        """Keeps the text of the spec, as it is."""
        write_atomically(self.path / SPEC, text.encode("utf-8"))

    def write_run(self, record: Mapping[str, object]) -> None:
        """Writes run.json."""
        text = json.dumps({"run": self.run, **record}, ensure_ascii=False, indent=2, allow_nan=False)
        write_atomically(self.path / RUN, f"{text}\n".encode())

    def append_row(self, row: Row, name: str = METRICS) -> None:
        """Adds a report to metrics.jsonl, or a look to health.jsonl; `sync_rows` brings it to the disk."""
        path = self.path / name
        try:
            with open(path, "ab") as file:
                file.write(_line(row))
        except OSError as error:
            raise cannot_write(path, error) from None

    def sync_rows(self, name: str = METRICS) -> None:
        """Brings the rows of metrics.jsonl, or of health.jsonl, to the disk."""
        path = self.path / name
        try:
            with open(path, "ab") as file:
                os.fsync(file.fileno())
        except OSError as error:
            raise cannot_write(path, error) from None

    def write_rows(self, rows: Iterable[Row], name: str = METRICS) -> None:
        """Replaces metrics.jsonl, or health.jsonl."""
        write_atomically(self.path / name, b"".join(map(_line, rows)))

    def write_losses(self, losses: Array) -> None:
        """Replaces loss.npy."""
        buffer = io.BytesIO()
        np.save(buffer, losses, allow_pickle=False)
        write_atomically(self.path / LOSSES, buffer.getvalue())

    def write_checkpoint(self, tensors: Mapping[str, Array], record: Mapping[str, object]) -> None:
        """Writes the latest checkpoint, verifies it, and keeps the one before it.

        At any moment one of the two names leads to a whole checkpoint.
        """
        path = self.path / CHECKPOINT
        data = encode(tensors, {"format": CHECKPOINT_FORMATS[0], "run": self.run, **record})
        temporary = written_beside(path, data, verify=True)
        try:
            if path.exists():
                os.replace(path, self.path / PREVIOUS)
            os.replace(temporary, path)
            sync_folder(self.path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise cannot_write(path, error) from None


@contextmanager
def opened(path: Path, *, resume: bool) -> Iterator[RunFolder]:
    """A run folder to write into, held by this process alone; it is made where there is none.

    Raises SpecError where it cannot be written to, another process holds it, or, unless a run is to be resumed, it
    holds one already. A folder that was made and into which nothing came is removed again.
    """
    made = not path.exists()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from None
    run = _run_id(path) or uuid.uuid4().hex
    try:
        with Lock(path / LOCK, run):
            if not resume and (_run_id(path) or has_checkpoint(path)):
                hint = f"choose another folder, or go on with it: `--resume {path}`"
                raise SpecError([RUN_EXISTS.at(Place(str(path)), path=path, hint=hint)])
            _remove_litter(path)
            yield RunFolder(path, run)
    finally:
        if made:
            with suppress(OSError):  # not empty: it is a run
                path.rmdir()


def _remove_litter(path: Path) -> None:
    """Removes what a killed run was writing. Raises SpecError."""
    try:
        for litter in path.glob(f"*{TEMPORARY}"):
            litter.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from None


def _run_id(path: Path) -> str | None:
    record = read_run(path)
    return str(record["run"]) if record and "run" in record else None


def read_run(path: Path) -> Record | None:
    """What run.json of a folder says; None where there is none, or none that can be read."""
    try:
        record = json.loads((path / RUN).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def has_checkpoint(path: Path) -> bool:
    """Whether a folder has a checkpoint."""
    return (path / CHECKPOINT).exists() or (path / PREVIOUS).exists()


def read_checkpoint(path: Path) -> TensorFile:
    """The latest checkpoint of a folder; the one before it where a kill came between the two.

    Raises SpecError where it is damaged; the hint then names the one before it, if that is whole.
    """
    latest, previous = path / CHECKPOINT, path / PREVIOUS
    if not latest.exists() and previous.exists():
        return decode(previous, *CHECKPOINT_FORMATS)
    try:
        return decode(latest, *CHECKPOINT_FORMATS)
    except SpecError as error:
        try:
            step = decode(previous, *CHECKPOINT_FORMATS).record["step"]
        except (SpecError, KeyError):
            raise error from None
        hint = f"`{previous}` is whole, from step {step}: remove the damaged file to go on from there"
        raise SpecError([replace(diagnostic, hint=hint) for diagnostic in error.diagnostics]) from None


def with_prefix(tensors: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays of a checkpoint whose names begin so, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def read_rows(path: Path, until: int | None = None, name: str = METRICS) -> list[Row]:
    """The reports, or looks, of a folder up to a step; what was cut off by a kill is left out. Raises SpecError."""
    if not (path / name).exists():
        return []
    rows: list[Row] = []
    for line in read_bytes(path / name).splitlines():
        try:
            row = {str(name): _number(value) for name, value in json.loads(line).items()}
            step = row["step"]
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            break
        if until is not None and step > until:
            break
        rows.append(row)
    return rows


def read_losses(path: Path, until: int | None = None) -> Array:
    """The loss of each step of a folder, up to a step. Raises SpecError where some are missing."""
    file = path / LOSSES
    try:
        losses = np.load(io.BytesIO(read_bytes(file)), allow_pickle=False)
    except (ValueError, EOFError, OSError):
        raise SpecError([DAMAGED.at(Place(str(file)), path=file, reason="it is not a whole .npy file")]) from None
    if losses.ndim != 1 or losses.dtype.kind != "f" or (until is not None and losses.size < until):
        reason = f"it lacks losses of {until} steps"
        raise SpecError([DAMAGED.at(Place(str(file)), path=file, reason=reason)])
    return np.asarray(losses[:until])


def _line(row: Row) -> bytes:
    """A row as JSON: numbers as the shortest text that reads back to the same bits, others as texts."""
    values = {name: value if math.isfinite(value) else str(value) for name, value in row.items()}
    return f"{json.dumps(values, ensure_ascii=False, allow_nan=False)}\n".encode()


def _number(value: object) -> float | int:
    if isinstance(value, int | float):
        return value
    if value in ("nan", "inf", "-inf"):
        return float(str(value))
    raise ValueError(value)
