"""One writer for a folder: a lock that the system gives back when its process dies."""

import contextlib
import json
import os
import sys
from pathlib import Path
from types import TracebackType

from ..grammar.diagnostic import Place, SpecError
from .atomic import cannot_write
from .training_faults import RUN_IN_USE

if sys.platform == "win32":
    import msvcrt

    # Far behind the text, which stays readable.
    _BYTE = 1 << 30

    def _locked(descriptor: int) -> bool:
        os.lseek(descriptor, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    try:
        import fcntl
    except ImportError:  # in a browser, where no other process could hold it
        HAS_LOCKS = False
    else:
        HAS_LOCKS = True

    def _locked(descriptor: int) -> bool:
        if not HAS_LOCKS:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class Lock:
    """Holds a lock file while it is open; the file names the process and the run.

    A file that nobody holds any more is taken over. Raises SpecError where another process, or another run of this
    one, holds it.
    """

    def __init__(self, path: Path, run: str) -> None:
        self._path = path
        self._run = run
        self._descriptor = -1

    def __enter__(self) -> "Lock":
        try:
            self._descriptor = self._acquired()
            text = json.dumps({"process": os.getpid(), "run": self._run})
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, text.encode("ascii"))
        except OSError as error:
            if self._descriptor >= 0:
                self.__exit__(None, None, None)
            raise cannot_write(self._path, error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A file that stays is taken over by the next run.
        if os.name != "nt":
            self._remove()
        with contextlib.suppress(OSError):  # it is closed in any case, and nothing that is kept was in it
            os.close(self._descriptor)
        if os.name == "nt":
            self._remove()

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _acquired(self) -> int:
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            if not _locked(descriptor):
                os.close(descriptor)
                raise SpecError([RUN_IN_USE.at(Place(str(self._path)), path=self._path.parent, process=self._holder())])
            if os.name == "nt" or self._still_there(descriptor):
                return descriptor
            os.close(descriptor)

    def _still_there(self, descriptor: int) -> bool:
        """Whether the locked file is the one of that name: its last holder may have removed it in between."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self._path))
        except FileNotFoundError:
            return False

    def _holder(self) -> str:
        try:
            return str(json.loads(self._path.read_text("ascii"))["process"])
        except (OSError, ValueError, KeyError, TypeError):
            return "unknown"
