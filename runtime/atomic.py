"""Files that are either the old ones or the new ones, whole, whenever the power goes."""

import errno
import os
from pathlib import Path

from ..grammar.diagnostic import Place, SpecError
from .training_faults import CANNOT_READ, CANNOT_WRITE

TEMPORARY = ".tmp"
"""What the name of a file ends with until it is complete."""

PIECE = 1 << 20
"""Bytes that are read back at a time."""


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file through a temporary one beside it. Raises SpecError, and then the old file is whole."""
    temporary = written_beside(path, data)
    try:
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


def written_beside(path: Path, data: bytes, *, verify: bool = False) -> Path:
    """The temporary file for a path, complete and on the disk, read back and compared where it is to be verified.

    Raises SpecError, and then leaves nothing behind.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if verify and not _holds(temporary, data):
                raise OSError(errno.EIO, "what was written does not read back")
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from None
    return temporary


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file holds exactly these bytes."""
    view, position = memoryview(data), 0
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            if piece != view[position : position + len(piece)]:
                return False
            position += len(piece)
    return position == len(data)


def sync_folder(folder: Path) -> None:
    """Brings a folder's renames to the disk; Windows has no such thing, and does it by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_bytes(path: Path) -> bytes:
    """A whole file. Raises SpecError."""
    try:
        if not path.is_file():
            reason = "is a folder" if path.is_dir() else "there is no such file"
            raise SpecError([CANNOT_READ.at(Place(str(path)), path=path, reason=reason)])
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpecError([CANNOT_READ.at(Place(str(path)), path=path, reason=reason)]) from None


def cannot_write(path: Path, error: OSError) -> SpecError:
    """What is said of a failed write."""
    return SpecError([CANNOT_WRITE.at(Place(str(path)), path=path, reason=error.strerror or str(error))])
