"""Files that nobody but this user can have written: links are not followed, pipes and devices not opened.

Where the system has no owners and modes (Windows), its own lists say who may write.
"""

import contextlib
import os
import stat
import sys
from pathlib import Path

NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
"""A link is an error, and a pipe does not wait for its writer."""
BINARY = getattr(os, "O_BINARY", 0)

MODE = 0o600


def is_private(folder: Path) -> bool:
    """Whether a folder is this user's, and nobody else may write to it; a link to it must be this user's too."""
    try:
        name, place = os.lstat(folder), os.stat(folder)
    except (OSError, ValueError):
        return False
    led_by_others = stat.S_ISLNK(name.st_mode) and not _is_own(name)
    return stat.S_ISDIR(place.st_mode) and not led_by_others and not _open_to_others(place)


def read_private(path: Path, most: int) -> bytes:
    """A file that this user alone can have written, of so many bytes at most. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | NOT_FOLLOWED | BINARY)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or _open_to_others(status) or status.st_size > most:
            raise PermissionError(path)
        return file.read(most)


def write_private(path: Path, data: bytes) -> None:
    """Writes a file for this user alone, whole or not at all, through a name that nobody can guess. Raises OSError."""
    temporary = path.with_name(f"{path.stem}.{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOT_FOLLOWED | BINARY, MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _open_to_others(status: os.stat_result) -> bool:
    """Whether somebody else owns a file or a folder, or may write to it."""
    writable = sys.platform != "win32" and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return bool(writable) or not _is_own(status)


def _is_own(status: os.stat_result) -> bool:
    return sys.platform == "win32" or status.st_uid == os.geteuid()
