"""Arrays that are larger than memory should hold: their rows lie in a temporary file, and any of them can be had.

The file has no name (where the system allows that), so nothing is left behind however the process ends. It lies in the
system's folder for temporary files, which TMPDIR moves.
"""

import copy
import mmap
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from ...grammar.diagnostic import Place, SpecError
from ..execute import Array
from .faults import CANNOT_STORE

PIECE_BYTES = 8 << 20
"""What is read at a time when it goes through all rows."""

RELEASE_BYTES = 128 << 20
"""Once rows drawn here and there have mapped so much of the file, the pages are given back."""

MAPPED_AROUND = 64 << 10
"""What a system may map at the first touch of a page."""


class _File:
    """A temporary file that is closed when the last array in it is gone."""

    def __init__(self) -> None:
        try:
            self.file = tempfile.TemporaryFile(prefix="chainrule-")  # noqa: SIM115  # it lives as long as its arrays
        except OSError as error:
            raise _cannot_store(error) from None

    def __del__(self) -> None:
        if opened := getattr(self, "file", None):
            opened.close()


class StoredArray:
    """An array of at least one row in a file, filled by `append`; reading gives arrays in memory, copies.

    It is indexed along its first axis alone: by a slice without a step, or by an array of row numbers.
    """

    def __init__(self, dtype: "np.dtype[Any]", row_shape: tuple[int, ...]) -> None:
        self.dtype = dtype
        self.row_shape = row_shape
        self._rows = 0
        self._map: mmap.mmap | None = None
        self._mapped = 0
        self._opened = _File()
        self._file = self._opened.file

    @classmethod
    def of(cls, parts: Iterable[Array]) -> "StoredArray":
        """The array that parts make up, one after the other. Raises SpecError where the disk is full."""
        stored: StoredArray | None = None
        for part in parts:
            if stored is None:
                stored = cls(part.dtype, part.shape[1:])
            stored.append(part)
        if stored is None:
            raise ValueError("an array in a file has at least one row")
        return stored

    def append(self, part: Array) -> None:
        """Adds rows at the end. Raises SpecError where the disk is full."""
        try:
            self._file.write(np.ascontiguousarray(part, self.dtype).data.cast("B"))
            self._file.flush()
        except OSError as error:
            raise _cannot_store(error) from None
        self._rows += len(part)
        self._map = None

    def __len__(self) -> int:
        return self._rows

    @property
    def shape(self) -> tuple[int, ...]:
        return (self._rows, *self.row_shape)

    @property
    def ndim(self) -> int:
        return 1 + len(self.row_shape)

    @property
    def size(self) -> int:
        return self._rows * self._row_size

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @property
    def _row_size(self) -> int:
        return int(np.prod(self.row_shape, dtype=np.int64))

    def __getitem__(self, rows: slice | Array) -> Array:
        if isinstance(rows, slice):
            start, stop, step = rows.indices(self._rows)
            if step != 1:
                raise IndexError("rows of an array in a file are taken one after the other")
            return self._read(start, max(start, stop))
        taken = self._whole_map()[rows]
        self._release(taken)
        return taken

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """All of it, in memory."""
        return np.asarray(self[:], dtype)

    def pieces(self, nbytes: int = PIECE_BYTES) -> Iterator[Array]:
        """All rows, some at a time."""
        rows = max(1, nbytes // max(1, self._row_size * self.dtype.itemsize))
        for start in range(0, self._rows, rows):
            yield self[start : start + rows]

    def mapped(self, function: Callable[[Array], Array]) -> "StoredArray":
        """What a function makes of the rows, some at a time."""
        return StoredArray.of(map(function, self.pieces()))

    def reshaped(self, row_shape: tuple[int, ...]) -> "StoredArray":
        """The same rows in another shape, in the same file."""
        other = copy.copy(self)
        other.row_shape = row_shape
        other._map = None
        return other

    def take(self, rows: Array) -> "StoredArray":
        """The rows of these numbers, in that order."""
        at_once = max(1, PIECE_BYTES // max(1, self._row_size * self.dtype.itemsize))
        return StoredArray.of(self[rows[start : start + at_once]] for start in range(0, len(rows), at_once))

    def _read(self, start: int, stop: int) -> Array:
        result = np.empty((stop - start, *self.row_shape), self.dtype)
        if result.nbytes:
            view = result.reshape(-1).view(np.uint8).data
            self._file.seek(start * self._row_size * self.dtype.itemsize)
            while view:
                count = self._file.readinto(view)
                if not count:
                    raise EOFError("a temporary file was cut short")
                view = view[count:]
            self._file.seek(0, 2)
        return result

    def _whole_map(self) -> Array:
        if self._map is None:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._mapped = 0
        return np.frombuffer(self._map, self.dtype).reshape(self.shape)

    def _release(self, taken: Array) -> None:
        """Gives pages back, so that rows drawn at random do not bring the whole file into memory."""
        self._mapped += len(taken) * MAPPED_AROUND + taken.nbytes
        if self._mapped >= RELEASE_BYTES and self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._mapped = 0


Rows: TypeAlias = Array | StoredArray
"""Rows of data: in memory, or in a file."""


def pieces_of(array: Rows) -> Iterator[Array]:
    """All rows of an array, all at once where they lie in memory."""
    if isinstance(array, StoredArray):
        yield from array.pieces()
    else:
        yield array


def mapped(array: Rows, function: Callable[[Array], Array]) -> Rows:
    """What a function of rows makes of an array; it stays where it is, in memory or in a file."""
    return array.mapped(function) if isinstance(array, StoredArray) else function(array)


def _cannot_store(error: OSError) -> SpecError:
    folder = tempfile.gettempdir()
    reason = error.strerror or str(error)
    return SpecError([CANNOT_STORE.at(Place(folder), folder=folder, reason=reason)])
