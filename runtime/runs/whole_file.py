"""A file that grows piece by piece, and takes its name when it is whole."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .atomic import cannot_write, new_beside, put_in_place


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream into a file of that name, which is the old one until all is written.

    Raises SpecError, and then the old file is whole and nothing is left behind, as after any other exception.
    """
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "it is a folder, a pipe or a device")
        temporary, file = new_beside(path)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            put_in_place(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from None
