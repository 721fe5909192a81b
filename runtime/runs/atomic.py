"""Files that are either the old ones or the new ones, whole, whenever the power goes."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..training_faults import CANNOT_READ, CANNOT_WRITE

TEMPORARY = ".tmp"
"""What the name of a file ends with until it is complete."""

PIECE = 1 << 20
"""Bytes that are read back at a time."""


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file through a temporary one beside it. Raises SpecError, and then the old file is whole."""
    temporary = written_beside(path, data)
    try:
        put_in_place(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


def put_in_place(temporary: Path, path: Path) -> None:
    """Gives a file that is whole its name, on the disk too. Raises OSError."""
    os.replace(temporary, path)
    sync_folder(path.parent)


def written_beside(path: Path, data: bytes, *, verify: bool = False) -> Path:
    """A new file beside a path, complete and on the disk, read back and compared where it is to be verified.

    Raises SpecError, and then leaves nothing behind; also where the path leads to a pipe or a device, which a file
    would take the place of.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(errno.EINVAL, "it is a pipe or a device")
        temporary, file = new_beside(path)
        try:
            with file:
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


def new_beside(path: Path) -> tuple[Path, BinaryIO]:
    """A file that was not there, to write into: its name is the path's with `.tmp`, or, where somebody has such a one,
    one of its own. Raises OSError."""
    try:
        temporary = path.with_name(path.name + TEMPORARY)
        return temporary, open(temporary, "xb")
    except FileExistsError:
        temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}{TEMPORARY}")
        return temporary, open(temporary, "xb")


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


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """A whole file, of so many bytes at most. Raises SpecError."""
    try:
        with opened_file(path) as file:
            if most is not None and os.fstat(file.fileno()).st_size > most:
                raise cannot_read(path, f"it is larger than {most:,} bytes")
            return file.read()
    except OSError as error:
        raise cannot_read(path, error.strerror or str(error)) from None


def opened_file(path: Path) -> BinaryIO:
    """A file to be read, from its beginning; never a pipe, which would wait, nor a device. Raises SpecError."""
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  # whoever asked for it closes it
    except IsADirectoryError:
        raise cannot_read(path, "is a folder") from None
    except FileNotFoundError:
        raise cannot_read(path, "there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise cannot_read(path, reason) from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise cannot_read(path, "is a pipe or a device")
    return file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def cannot_read(path: Path, reason: str) -> SpecError:
    """What is said of a file that cannot be read."""
    return SpecError([CANNOT_READ.at(Place(str(path)), path=path, reason=reason)])


def cannot_write(path: Path, error: OSError) -> SpecError:
    """What is said of a failed write."""
    return SpecError([CANNOT_WRITE.at(Place(str(path)), path=path, reason=error.strerror or str(error))])
