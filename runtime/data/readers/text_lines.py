"""The lines of a text file, taken in blocks; their length is bounded and they are counted."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from ....grammar.spec_error import SpecError
from ..faults import LONG_LINE, NOT_ENCODED
from .csv_settings import CsvSettings
from .data_file import DataFile
from .encodings import encoding_hint

PIECE = 1 << 20
"""Characters that are read at a time."""

LONGEST_LINE = 16 << 20
"""Characters of a line."""

LINE_ENDS = re.compile(r"\r\n|\n|\r(?!\Z)")
"""Where lines end; a return at the end of what was read may have a line feed behind it."""

BAD = "?"
"""Stands for what can't be read."""

ORDER_MARK = "\ufeff"
"""What a file may begin with, by which the order of its bytes is told."""


class Lines:
    """Lines of an opened file, without their ends (LF, CR LF or CR); `taken` is how many were handed out.

    A byte order mark in front is left out.
    """

    def __init__(self, file: DataFile, raw: BinaryIO, settings: CsvSettings) -> None:
        self.file = file
        self.settings = settings
        self.taken = 0
        self._stream = io.TextIOWrapper(raw, encoding=settings.encoding)
        self._begun = False
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

    def ahead(self, count: int) -> list[str]:
        """The next lines, at most `count`, which are not handed out. Raises SpecError."""
        block = self.block(count)
        self._position -= len(block)
        self.taken -= len(block)
        return block

    def skip_blank(self) -> None:
        """Passes over blank lines while nothing else is in sight, however many; they count as handed out."""
        while not self._in_sight():
            self.taken += len(self._ready) - self._position
            self._ready, self._position = [], 0
            if self._ended:
                return
            piece = self._piece()
            if piece and not self.settings.is_filled(piece):
                self.taken += piece.count("\n")
                self._rest = piece[piece.rfind("\n") + 1 :]
            else:
                self._split(piece)

    def _in_sight(self) -> bool:
        """Whether something that was read and not handed out is more than blank lines."""
        following = self._ready[self._position : self._position + 1]
        filled = self.settings.is_filled
        return any(map(filled, following)) or any(map(filled, (*self._ready[self._position :], self._rest)))

    def singly(self) -> Iterator[str]:
        """The remaining lines one by one, each taken when it is asked for."""
        while block := self.block(1):
            yield from block

    def _piece(self) -> str:
        try:
            piece = self._stream.read(PIECE)
        except UnicodeError:  # of UTF-16 with a wrong mark in front it is no UnicodeDecodeError
            raise bad_bytes(self.file, self.settings.encoding, self.settings.sep) from None
        piece, self._begun = piece if self._begun else piece.removeprefix(ORDER_MARK), True
        return piece

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


def bad_bytes(file: DataFile, named: str, sep: str | None) -> SpecError:
    """The fault of a file with bytes that are not of its encoding, at the first of them.

    `sep` separates fields, which are counted; without one the file is a text, and its characters are.
    """
    encoding, hint = named.upper(), encoding_hint(file, named, "text" if sep is None else "csv")
    decoder = codecs.getincrementaldecoder(named)()
    line, rest = 1, ""
    with file.open() as raw:
        while piece := raw.read(PIECE):
            byte = ""
            try:
                text = decoder.decode(piece, final=len(piece) < PIECE)
            except UnicodeDecodeError as error:
                text = codecs.decode(error.object[: error.start], named, "replace") + BAD
                byte = f"{error.object[error.start]:02x}"
            except UnicodeError:  # no mark in front, where one must be
                text, byte = BAD, f"{piece[0]:02x}"
            *ended, rest = LINE_ENDS.split(rest + text)
            line += len(ended)
            if byte:
                field = len(rest) if sep is None else rest.count(sep) + 1
                return file.error(NOT_ENCODED, line, field, encoding=encoding, byte=byte, hint=hint)
    return file.error(NOT_ENCODED, encoding=encoding, byte="??")  # the file changed meanwhile
