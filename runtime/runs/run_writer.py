"""The folder of a run as it is written: by one process, whole files, and never over what others have put there."""

import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..fields import Unfit, written
from ..training.history import Row
from ..training_faults import OCCUPIED, RUN_EXISTS
from .atomic import TEMPORARY, cannot_write, read_bytes, sync_folder, write_atomically, written_beside
from .checkpoint import Checkpoint
from .checksum import sealed
from .lock import Lock
from .logs import losses_file, losses_of, row_line
from .run_folder import (
    CHECKPOINT,
    FILES,
    HEALTH,
    LOCK,
    LOSSES,
    METRICS,
    PREVIOUS,
    RUN,
    SPEC,
    has_checkpoint,
    holds_run,
    run_id,
)
from .tensor_file import encode


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
        """Writes run.json, its checksum last."""
        text = written(sealed({"run": self.run, **record}), indent=2)
        write_atomically(self.path / RUN, f"{text}\n".encode())

    def append_row(self, row: Row, name: str = METRICS) -> None:
        """Adds a report to metrics.jsonl, or a look to health.jsonl; `sync_rows` brings it to the disk."""
        path = self.path / name
        try:
            with open(path, "ab") as file:
                file.write(row_line(row))
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
        write_atomically(self.path / name, b"".join(map(row_line, rows)))

    def write_losses(self, losses: Array) -> None:
        """Replaces loss.npy."""
        write_atomically(self.path / LOSSES, losses_file(losses))

    def write_checkpoint(self, tensors: Mapping[str, Array], checkpoint: Checkpoint) -> None:
        """Writes the latest checkpoint, verifies it, and keeps the one before it.

        At any moment one of the two names leads to a whole checkpoint.
        """
        path = self.path / CHECKPOINT
        temporary = written_beside(path, encode(tensors, checkpoint.as_json()), verify=True)
        try:
            if path.exists():
                os.replace(path, self.path / PREVIOUS)
            os.replace(temporary, path)
            sync_folder(self.path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise cannot_write(path, error) from None


@contextmanager
def opened(
    path: Path, *, resume: bool, spec: str = "", force: bool = False, sudden: ExitStack | None = None
) -> Iterator[RunFolder]:
    """A run folder to write into, held by this process alone; it is made where there is none.

    Raises SpecError where it cannot be written to, another process holds it, it holds a run already, unless that is to
    be resumed, or files that no run of this `spec` has begun with, unless by `force`. A folder that was made and into
    which nothing came is removed again. `sudden` is closed where the process ends without leaving this.
    """
    made = not path.exists()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from None
    run = run_id(path) or uuid.uuid4().hex
    try:
        with Lock(path / LOCK, run, force=force) as lock:
            if not (resume and has_checkpoint(path)):
                _make_room(path, spec, resume=resume, force=force)
            if lock.left or holds_run(path):
                _remove_litter(path)
            if sudden is not None:
                sudden.callback(lock.leave)
            yield RunFolder(path, run)
    finally:
        if made:
            with suppress(OSError):  # not empty: it is a run
                path.rmdir()


def _make_room(path: Path, spec: str, *, resume: bool, force: bool) -> None:
    """Raises SpecError where a folder is not for a new run; by `force` removes what is in its way."""
    if not resume and holds_run(path):
        hint = f"choose another folder, or go on with it: `--resume {path}`"
        raise SpecError([RUN_EXISTS.at(Place(str(path)), path=path, hint=hint)])
    names = in_the_way(path, spec)
    if names and not force:
        listed = ", ".join(names)
        hint = "choose another folder, or give `--force` if they may be lost"
        raise SpecError([OCCUPIED.at(Place(str(path)), path=path, names=listed, hint=hint)])
    _remove(path, names)


def in_the_way(path: Path, spec: str) -> list[str]:
    """What a new run of a spec would write over: not what one left that was killed before its first checkpoint."""

    def begun(name: str) -> bool:
        try:
            data = read_bytes(path / name)
            if name == LOSSES:
                return not losses_of(data, needs_sum=False).size
            return data == (spec.encode("utf-8") if name == SPEC else b"")
        except (SpecError, Unfit):
            return False

    first = (SPEC, METRICS, HEALTH, LOSSES)
    return [name for name in FILES if os.path.lexists(path / name) and not (name in first and begun(name))]


def _remove_litter(path: Path) -> None:
    """Removes what a killed run was writing. Raises SpecError."""
    names = "|".join(map(re.escape, FILES))
    own = re.compile(f"({names})(\\.[0-9a-f]{{16}})?{re.escape(TEMPORARY)}")
    try:
        litter = [name for name in os.listdir(path) if own.fullmatch(name)]
    except OSError as error:
        raise cannot_write(path, error) from None
    _remove(path, litter)


def _remove(path: Path, names: Iterable[str]) -> None:
    try:
        for name in names:
            (path / name).unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from None
