"""One writer for a folder: a lock that the system gives back when its process dies."""

import contextlib
import errno
import json
import os
import stat
import sys
from pathlib import Path
from types import TracebackType

from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..training_faults import NO_LOCK, RUN_IN_USE
from .atomic import cannot_write

HEAD = b'{"process": '
"""How the text of a lock begins."""

LONGEST = 1024
"""Bytes of a lock that are looked at."""

NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A link is an error, and a pipe does not wait."""

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

    A file that nobody holds any more is taken over: `left` says that one was there, of a run that was killed. Raises
    SpecError where another process, or another run of this one, holds it, and where the file is none of a lock,
    unless by `force`; what a link leads to is left alone in any case.
    """

    def __init__(self, path: Path, run: str, *, force: bool = False) -> None:
        self.left = False
        self._path = path
        self._run = run
        self._force = force
        self._descriptor = -1

    def __enter__(self) -> "Lock":
        try:
            self._descriptor = self._acquired()
            self._write()
        except OSError as error:
            self.leave()
            raise cannot_write(self._path, error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Gives it back, by whichever thread; nothing where that was done."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor < 0:
            return
        # A file that stays is taken over by the next run.
        if os.name != "nt":
            self._remove()
        with contextlib.suppress(OSError):  # it is closed in any case, and nothing that is kept was in it
            os.close(descriptor)
        if os.name == "nt":
            self._remove()

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _write(self) -> None:
        """Writes over what is there, and then cuts off the rest: at no time the text begins otherwise."""
        text = json.dumps({"process": os.getpid(), "run": self._run}).encode("ascii")
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, text)
        os.ftruncate(self._descriptor, len(text))

    def _acquired(self) -> int:
        while True:
            descriptor = self._opened()
            try:
                if not _locked(descriptor):
                    raise self._in_use()
                self._look_at(os.read(descriptor, LONGEST))
                if os.name == "nt" or self._still_there(descriptor):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _opened(self) -> int:
        """The file, opened and found to be one."""
        if self._path.is_symlink():
            self._refuse("it is a link")
            self._path.unlink()
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | NOT_FOLLOWED, 0o666)
        except OSError as error:
            if error.errno != errno.ELOOP:  # a link that came in this moment
                raise
            raise self._no_lock("it is a link") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._no_lock("it is a pipe or a device")
        return descriptor

    def _look_at(self, text: bytes) -> None:
        """Takes note of what the last holder left."""
        if text[: len(HEAD)] != HEAD[: len(text)]:
            self._refuse("it holds something else")
        self.left = text.startswith(HEAD)

    def _refuse(self, reason: str) -> None:
        if not self._force:
            raise self._no_lock(reason)

    def _no_lock(self, reason: str) -> SpecError:
        hint = "choose another folder, or move it away"
        return SpecError([NO_LOCK.at(Place(str(self._path)), path=self._path, reason=reason, hint=hint)])

    def _in_use(self) -> SpecError:
        folder = self._path.parent
        return SpecError([RUN_IN_USE.at(Place(str(self._path)), path=folder, process=self._holder())])

    def _still_there(self, descriptor: int) -> bool:
        """Whether the locked file is the one of that name: its last holder may have removed it in between."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self._path))
        except FileNotFoundError:
            return False

    def _holder(self) -> str:
        try:
            with open(self._path, "rb") as file:
                process = json.loads(file.read(LONGEST))["process"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return "unknown"
        return str(process) if type(process) is int else "unknown"
