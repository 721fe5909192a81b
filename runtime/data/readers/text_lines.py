"""The lines of a text file, taken in blocks; their length is bounded and they are counted."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from ....grammar.spec_error import SpecError
from ..faults import LONG_LINE, NOT_UTF8
from .data_file import DataFile

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
            self._split(self._piece())
        block = self._ready[self._position : self._position + count]
        self._position += len(block)
        self.taken += len(block)
        return block

    def skip_blank(self) -> None:
        """Passes over blank lines while nothing else is in sight, however many; they count as handed out."""
        while not self._in_sight():
            self.taken += len(self._ready) - self._position
            self._ready, self._position = [], 0
            if self._ended:
                return
            piece = self._piece()
            if piece and not piece.strip():
                self.taken += piece.count("\n")
                self._rest = piece[piece.rfind("\n") + 1 :]
            else:
                self._split(piece)

    def _in_sight(self) -> bool:
        """Whether something that was read and not handed out is more than blank lines."""
        following = self._ready[self._position : self._position + 1]
        return any(map(str.strip, following)) or any(map(str.strip, (*self._ready[self._position :], self._rest)))

    def singly(self) -> Iterator[str]:
        """The remaining lines one by one, each taken when it is asked for."""
        while block := self.block(1):
            yield from block

    def _piece(self) -> str:
        try:
            return self._stream.read(PIECE)
        except UnicodeDecodeError:
            raise bad_bytes(self.file) from None

    def _split(self, piece: str) -> None:
        """Makes lines of what was read; of nothing at the end of the file."""
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
