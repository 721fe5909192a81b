"""A file that a spec reads: opening it, reading declared amounts of it, and saying what is wrong with it."""

import math
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, NamedTuple, Protocol

import numpy as np

from ....grammar.diagnostic import Fault, Note, Place
from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from .. import budget
from ..column import Array, Origin, Rows
from ..faults import DAMAGED, EXPANDS, FILE_CHANGED, TOO_LARGE, UNREADABLE
from ..stored import OpenedFile, StoredArray

PIECE = 1 << 20
"""Bytes that are read at a time: few enough to stay in the cache until they are copied."""


def composed(name: str) -> str:
    """A name in the form in which specs have theirs (NFC): letters and their marks in one, as far as Unicode has it."""
    return unicodedata.normalize("NFC", name)


class Stream(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Plain(NamedTuple):
    """Where values lie in a file as they are."""

    file: BinaryIO
    offset: int


class DataFile(NamedTuple):
    """A path as users know it, and where the spec asks for it."""

    path: str
    span: Span | None = None

    @classmethod
    def of(cls, path: str, folder: str, span: Span | None) -> "DataFile":
        """The file of a path that is relative to a folder."""
        return cls(os.path.normpath(os.path.join(folder, path)) if path else path, span)

    @property
    def origin(self) -> Origin:
        """The origin of an array whose rows have no lines of their own."""
        return Origin(self.span, self.path)

    def error(
        self,
        fault: Fault,
        line: int = 0,
        column: int = 0,
        *,
        hint: str | None = None,
        notes: Iterable[Note] = (),
        **facts: object,
    ) -> SpecError:
        """A fault of this file: at the line where there is one, else where the spec asks for the file."""
        place = Place(self.path, line, column) if line else self.span or Place(self.path)
        asked = [Note("the file is read here", self.span)] if line and self.span else []
        notes = [*notes, *asked]
        return SpecError([fault.at(place, hint=hint, notes=notes, **fault.asked_for(path=self.path), **facts)])

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file, opened for reading bytes, and the same until it is closed.

        Raises SpecError where it is missing, is not a regular file, can't be read, or has changed in the meantime.
        """
        with self._opened() as stream:
            before = _state(stream)
            try:
                yield stream
            except OSError as error:
                raise self.unreadable(error) from None
            except SpecError:  # what is wrong may have been written just now
                if _state(stream) != before:
                    raise self.error(FILE_CHANGED) from None
                raise
            if _state(stream) != before:
                raise self.error(FILE_CHANGED)

    def unreadable(self, error: OSError) -> SpecError:
        """What is said where the system does not give the bytes."""
        return self.error(UNREADABLE, reason=(error.strerror or str(error)).lower())

    def _opened(self) -> BinaryIO:
        try:
            if not stat.S_ISREG(os.stat(self.path).st_mode):  # a pipe or a device may never end
                raise self.error(UNREADABLE, reason="it is a folder, a pipe or a device, not a file")
            return open(self.path, "rb")
        except FileNotFoundError:
            raise self.error(UNREADABLE, reason="there is no such file", hint=_near(self.path)) from None
        except OSError as error:
            raise self.unreadable(error) from None
        except ValueError as error:  # a NUL in the path
            raise self.error(UNREADABLE, reason=str(error)) from None

    def read_array(
        self,
        stream: Stream,
        dtype: "np.dtype[np.generic]",
        shape: tuple[int, ...],
        *,
        stored: int,
        packed: bool,
        columns_first: bool = False,
        plain: Plain | None = None,
    ) -> Rows:
        """An array of a declared type and shape, all that is left of a stream.

        `stored` is how many bytes of the file hold it, `packed` whether they are compressed, `columns_first` whether
        the first axis runs fastest; `plain` says where the values are, if they lie there as they are. What is larger
        than memory should hold is left there, or goes into a temporary file. Raises SpecError where declared and
        stored do not go together, before memory is taken.
        """
        declared = math.prod(shape) * dtype.itemsize
        if not packed and declared != stored:
            what = "cut off" if declared > stored else "too long"
            declares, holds = budget.size_text(declared), budget.size_text(stored)
            raise self.error(DAMAGED, reason=f"it is {what}: it declares {declares} of values and holds {holds}")
        if declared > budget.limit():
            raise self.oversize(f"`{self.path}`", declared)
        if packed and budget.suspicious(stored, declared):
            raise self.error(EXPANDS, stored=budget.size_text(stored), size=budget.size_text(declared))
        if shape and declared > budget.memory():
            values = self._left(stream, dtype, math.prod(shape), plain)
            return values.from_columns(shape) if columns_first else values.reshaped(shape[1:], shape[0])
        array = self._taken(stream, dtype, shape[::-1] if columns_first else shape)
        return array.T if columns_first else array

    def _taken(self, stream: Stream, dtype: "np.dtype[np.generic]", shape: tuple[int, ...]) -> Array:
        """An array in memory. Raises SpecError where the stream is shorter or longer."""
        try:
            array = np.empty(shape, dtype)
        except (ValueError, OverflowError, MemoryError):  # too many axes, one too long beside an empty one, no memory
            raise self.error(DAMAGED, reason=f"no array of shape {shape} can be made") from None
        buffer = array.reshape(-1).view(np.uint8).data if array.nbytes else memoryview(b"")
        filled = 0
        for piece in self._pieces(stream, array.nbytes):
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
        return array

    def _left(self, stream: Stream, dtype: "np.dtype[np.generic]", count: int, plain: Plain | None) -> StoredArray:
        """Values that are not all in memory at a time, one a row. Raises SpecError."""
        pieces = self._pieces(stream, count * dtype.itemsize)
        if plain is None:
            values = StoredArray(dtype, ())
            for piece in _whole(pieces, dtype.itemsize):
                values.append(np.frombuffer(piece, dtype))
            return values
        for _ in pieces:  # an archive verifies its checksum on the way
            pass
        return StoredArray(dtype, (), UsersFile(self, plain.file), rows=count, offset=plain.offset)

    def _pieces(self, stream: Stream, declared: int) -> Iterator[bytes]:
        """So many bytes and no more. Raises SpecError where there are fewer or more."""
        read = 0
        while read < declared and (piece := stream.read(min(PIECE, declared - read))):
            read += len(piece)
            yield piece
        if read < declared:
            raise self.error(DAMAGED, reason=f"it is cut off after {read} of {declared} bytes of values")
        if stream.read(1):  # also makes compressed streams verify their checksum
            raise self.error(DAMAGED, reason="it is too long: bytes follow after the last value")

    def oversize(self, what: str, size: int) -> SpecError:
        """The fault of something that takes more memory than data may."""
        return self.error(
            TOO_LARGE,
            what=what,
            size=budget.size_text(size),
            limit=budget.size_text(budget.limit()),
            hint=f"set {budget.LIMIT_VARIABLE} to more mebibytes to allow it",
        )


class UsersFile(OpenedFile):
    """A file that a spec reads, kept open for the rows that lie in it."""

    def __init__(self, known: DataFile, file: BinaryIO) -> None:
        super().__init__(os.fdopen(os.dup(file.fileno()), "rb", buffering=0))
        self._known = known
        self._before = self._state()

    def _state(self) -> tuple[int, int]:
        return _state(self.file)

    def check(self) -> None:
        """Raises SpecError where somebody has written into the file since it was opened."""
        if self._state() != self._before:
            raise self.cut_short()

    def cut_short(self) -> SpecError:
        """The same where it has become too short."""
        return self._known.error(FILE_CHANGED)

    def unreadable(self, error: OSError) -> SpecError:
        return self._known.unreadable(error)


def _state(file: IO[bytes]) -> tuple[int, int]:
    """What is another once somebody has written into a file."""
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns


def _whole(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes, in pieces that hold whole values of some bytes each."""
    rest = b""
    for piece in pieces:
        held = rest + piece
        cut = len(held) - len(held) % size
        rest = held[cut:]
        if cut:
            yield held[:cut]


def _near(path: str) -> str | None:
    """A hint that names the file that may have been meant, or where it was looked for."""
    folder, name = os.path.split(path)
    try:
        present = {composed(entry).lower(): entry for entry in sorted(os.listdir(folder or "."))[:5000]}
    except (OSError, ValueError):
        return "its folder is not there either; paths are relative to the folder of the spec"
    stem = composed(name).lower()
    if (found := present.get(stem)) and composed(found) == composed(name):
        return "there is one whose letters and marks are written otherwise (NFC, NFD): rename it as the spec has it"
    for candidate in (f"{stem}.gz", stem.removesuffix(".gz"), stem):
        if candidate in present:
            return f"there is `{present[candidate]}` in that folder"
    return "paths are relative to the folder of the spec"
