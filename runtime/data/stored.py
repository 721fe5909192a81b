"""Arrays that are larger than memory should hold: their rows lie in a file, and any of them can be had.

It is the user's own file, where its bytes are the array's rows one after the other, else a temporary one. That has no
name (where the system allows it), so nothing is left behind however the process ends. It lies in the system's folder
for temporary files, which TMPDIR moves.
"""

import copy
import math
import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, TypeAlias

import numpy as np

from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..arrays import Array
from .faults import CANNOT_STORE

PIECE_BYTES = 8 << 20
"""What is read at a time when it goes through all rows."""

TAKEN_BYTES = 64 << 20
"""What is put together at a time when rows are brought into another order."""

ROW_COST = 8 << 10
"""Bytes that can be read one after the other in the time that one row apart takes."""

if hasattr(os, "preadv"):

    def _read_at(file: IO[bytes], view: memoryview, offset: int) -> int:
        return os.preadv(file.fileno(), [view], offset)

else:  # Windows

    def _read_at(file: IO[bytes], view: memoryview, offset: int) -> int:
        file.seek(offset)
        piece = file.read(len(view))
        view[: len(piece)] = piece
        return len(piece)


class OpenedFile:
    """A file that is closed when the last array in it is gone."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        weakref.finalize(self, file.close)  # unlike __del__, it comes before the file's own end in a circle, too

    @classmethod
    def temporary(cls) -> "OpenedFile":
        """An empty file without a name. Raises SpecError where there can be none."""
        try:
            return cls(tempfile.TemporaryFile(prefix="chainrule-"))
        except OSError as error:
            raise _cannot_store(error) from None

    def check(self) -> None:
        """Raises SpecError where the file is no longer what it was; nobody else has a temporary one."""

    def cut_short(self) -> Exception:
        """What to raise where it ends before an array in it does."""
        return EOFError("a temporary file was cut short")

    def unreadable(self, error: OSError) -> Exception:
        """What to raise where the system does not give its bytes."""
        return _cannot_store(error)


class StoredArray:
    """An array of at least one row in a file, filled by `append`; reading gives arrays in memory, copies.

    It is indexed along its first axis alone: by a slice without a step, or by an array of row numbers. Where `opened`
    is given, `rows` rows lie in that file already, from `offset` on.
    """

    def __init__(
        self,
        dtype: "np.dtype[Any]",
        row_shape: tuple[int, ...],
        opened: OpenedFile | None = None,
        *,
        rows: int = 0,
        offset: int = 0,
    ) -> None:
        self.dtype = dtype
        self.row_shape = row_shape
        self._rows = rows
        self._offset = offset
        self._opened = opened or OpenedFile.temporary()
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
            self._file.seek(0, os.SEEK_END)
            self._file.write(np.ascontiguousarray(part, self.dtype).data.cast("B"))
            self._file.flush()
        except OSError as error:
            raise _cannot_store(error) from None
        self._rows += len(part)

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
        self._opened.check()
        taken = np.empty((len(rows), *self.row_shape), self.dtype)
        size = self._row_size * self.dtype.itemsize
        if len(rows) * ROW_COST > self.nbytes:
            self._scan(rows, taken)
        elif size:
            view = taken.reshape(-1).view(np.uint8).data
            for position, row in enumerate(rows.tolist()):
                self._fill(view[position * size : (position + 1) * size], row * size)
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

    def converted(self, dtype: "np.dtype[Any]") -> "StoredArray":
        """The same values in another type; itself where they have it."""
        return self if self.dtype == dtype else self.mapped(lambda part: part.astype(dtype))

    def reshaped(self, row_shape: tuple[int, ...], rows: int | None = None) -> "StoredArray":
        """The same values in the same order, in the same file: rows of another shape, or other rows altogether."""
        other = copy.copy(self)
        other.row_shape = row_shape
        other._rows = self._rows if rows is None else rows
        return other

    def part(self, start: int, rows: int) -> "StoredArray":
        """So many rows from one on, in the same file."""
        other = self.reshaped(self.row_shape, rows)
        other._offset += start * self._row_size * self.dtype.itemsize
        return other

    def from_columns(self, shape: tuple[int, ...]) -> "StoredArray":
        """The array of a shape whose values this one has with the first axis running fastest, a number a row."""
        rows, *others = shape
        columns = math.prod(others)
        at_once = max(1, PIECE_BYTES // max(1, columns * self.dtype.itemsize))

        def part(start: int) -> Array:
            stop = min(start + at_once, rows)
            values = np.stack([self[column * rows + start : column * rows + stop] for column in range(columns)])
            return values.reshape(*reversed(others), stop - start).T

        return StoredArray.of(map(part, range(0, rows, at_once)))

    def take(self, rows: Array) -> "StoredArray":
        """The rows of these numbers, in that order."""
        at_once = max(1, TAKEN_BYTES // max(1, self._row_size * self.dtype.itemsize))
        return StoredArray.of(self[rows[start : start + at_once]] for start in range(0, len(rows), at_once))

    def _scan(self, rows: Array, taken: Array) -> None:
        """Fills in rows in one pass over the file: quicker where they are many."""
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        start = 0
        for piece in self.pieces():
            first, last = np.searchsorted(ascending, [start, start + len(piece)])
            taken[order[first:last]] = piece[ascending[first:last] - start]
            start += len(piece)

    def _read(self, start: int, stop: int) -> Array:
        self._opened.check()
        result = np.empty((stop - start, *self.row_shape), self.dtype)
        if result.nbytes:
            self._fill(result.reshape(-1).view(np.uint8).data, start * self._row_size * self.dtype.itemsize)
        return result

    def _fill(self, view: memoryview, offset: int) -> None:
        """Reads from there, counted from the first row on, until the view is full.

        The file is not mapped into memory: a system may keep far more of it there than the rows that were asked for.
        """
        offset += self._offset
        while view:
            try:
                count = _read_at(self._file, view, offset)
            except OSError as error:
                raise self._opened.unreadable(error) from None
            if count <= 0:
                raise self._opened.cut_short()
            view, offset = view[count:], offset + count


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
