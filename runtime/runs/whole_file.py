"""A file that grows piece by piece, and takes its name when it is whole."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .atomic import TEMPORARY, cannot_write, sync_folder


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream into a file of that name, which is the old one until all is written.

    Raises SpecError, and then the old file is whole and nothing is left behind, as after any other exception.
    """
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}{TEMPORARY}")
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "it is a folder, a pipe or a device")
        try:
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            sync_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from None
