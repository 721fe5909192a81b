"""A file that a spec reads: opening it, reading declared amounts of it, and saying what is wrong with it."""

import math
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np

from ...grammar.diagnostic import Fault, Note, Place, SpecError
from ...grammar.source import Span
from . import budget
from .faults import DAMAGED, EXPANDS, TOO_LARGE, UNREADABLE
from .reading import Array, Origin

PIECE = 16 << 20
"""Bytes that are read at a time."""


class Stream(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class DataFile:
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
        facts.setdefault("path", self.path)
        if not line:
            return SpecError([fault.at(self.span or Place(self.path), hint=hint, notes=notes, **facts)])
        asked = [Note("the file is read here", self.span)] if self.span else []
        return SpecError([fault.at(Place(self.path, line, column), hint=hint, notes=[*notes, *asked], **facts)])

    def open(self) -> BinaryIO:
        """The file, opened for reading bytes. Raises SpecError where it is missing or not a regular file."""
        try:
            if not stat.S_ISREG(os.stat(self.path).st_mode):  # a pipe or a device may never end
                raise self.error(UNREADABLE, reason="it is a folder, a pipe or a device, not a file")
            return open(self.path, "rb")
        except FileNotFoundError:
            raise self.error(UNREADABLE, reason="there is no such file", hint=_near(self.path)) from None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self.error(UNREADABLE, reason=(reason or "it cannot be opened").lower()) from None

    def read_array(
        self, stream: Stream, dtype: "np.dtype[np.generic]", shape: tuple[int, ...], *, stored: int, packed: bool
    ) -> Array:
        """An array of a declared type and shape, all that is left of a stream.

        `stored` is how many bytes of the file hold it, `packed` whether they are compressed. Raises SpecError where
        declared and stored do not go together, before memory is taken.
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
        try:
            array = np.empty(shape, dtype)
        except (ValueError, OverflowError, MemoryError):  # too many axes, one too long beside an empty one, no memory
            raise self.error(DAMAGED, reason=f"no array of shape {shape} can be made") from None
        buffer = array.reshape(-1).view(np.uint8).data if declared else memoryview(b"")
        filled = 0
        while filled < declared and (piece := stream.read(min(PIECE, declared - filled))):
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
        if filled < declared:
            raise self.error(DAMAGED, reason=f"it is cut off after {filled} of {declared} bytes of values")
        if stream.read(1):  # also makes compressed streams verify their checksum
            raise self.error(DAMAGED, reason="it is too long: bytes follow after the last value")
        return array

    def oversize(self, what: str, size: int) -> SpecError:
        """The fault of something that takes more memory than data may."""
        return self.error(
            TOO_LARGE,
            what=what,
            size=budget.size_text(size),
            limit=budget.size_text(budget.limit()),
            hint=f"set {budget.LIMIT_VARIABLE} to more mebibytes to allow it",
        )


def _near(path: str) -> str | None:
    """A hint that names the file that may have been meant, or where it was looked for."""
    folder, name = os.path.split(path)
    try:
        present = {entry.lower(): entry for entry in sorted(os.listdir(folder or "."))[:5000]}
    except (OSError, ValueError):
        return "its folder is not there either; paths are relative to the folder of the spec"
    stem = name.lower()
    for candidate in (f"{stem}.gz", stem.removesuffix(".gz"), stem):
        if candidate in present:
            return f"there is `{present[candidate]}` in that folder"
    return "paths are relative to the folder of the spec"
