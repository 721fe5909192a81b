"""The lines of a text file, taken in blocks; their length is bounded and they are counted."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from ...grammar.diagnostic import SpecError
from .data_file import DataFile
from .faults import LONG_LINE, NOT_UTF8

PIECE = 1 << 20
"""Characters that are read at a time."""

LONGEST_LINE = 16 << 20
"""Characters of a line."""


class Lines:
    """Lines of an opened UTF-8 file, without their ends (LF, CR LF or CR); `taken` is how many were handed out."""

    def __init__(self, file: DataFile, raw: BinaryIO) -> None:
        self.file = file
        self.taken = 0
        self._stream = io.TextIOWrapper(raw, encoding="utf-8-sig")
        self._ready: list[str] = []
        self._position = 0
        self._rest = ""
        """What was read of a line whose end is still to come."""
        self._ended = False

    def block(self, count: int) -> list[str]:
        """The next lines, at most `count`; empty at the end of the file. Raises SpecError."""
        while len(self._ready) - self._position < count and not self._ended:
            self._read()
        block = self._ready[self._position : self._position + count]
        self._position += len(block)
        self.taken += len(block)
        return block

    def singly(self, ahead: int) -> Iterator[str]:
        """All remaining lines, taken `ahead` at a time."""
        while block := self.block(ahead):
            yield from block

    def _read(self) -> None:
        try:
            piece = self._stream.read(PIECE)
        except UnicodeDecodeError:
            raise bad_bytes(self.file) from None
        lines = (self._rest + piece).split("\n")
        self._rest = lines.pop()
        if not piece:
            self._ended = True
            lines += [self._rest] if self._rest else []
        self._ready = self._ready[self._position :] + lines
        self._position = 0
        if len(self._rest) > LONGEST_LINE:
            line = self.taken + len(self._ready) + 1
            raise self.file.error(LONG_LINE, line, 1, limit=f"{LONGEST_LINE} characters")


def bad_bytes(file: DataFile) -> SpecError:
    """The fault of a file with bytes that are not UTF-8, at the first of them."""
    with file.open() as raw:
        for number, line in enumerate(iter(lambda: raw.readline(4 * LONGEST_LINE), b""), start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                column = line[: error.start].count(b",") + 1
                return file.error(NOT_UTF8, number, column, byte=f"{line[error.start]:02x}")
    return file.error(NOT_UTF8, byte="??")  # the file changed meanwhile
