"""Texts and the places in them."""

from array import array
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple


class Source:
    """A text with the name under which its faults are reported."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {len(self.text)} characters)"

    @cached_property
    def line_starts(self) -> "array[int]":
        """Offsets at which lines begin; a line ends with LF alone (CR LF ends with its LF)."""
        starts = array("q", [0])
        find = self.text.find
        while (newline := find("\n", starts[-1])) >= 0:
            starts.append(newline + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1, columns in code points."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line end."""
        start = self.line_starts[number - 1]
        stop = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:stop].rstrip("\r\n")


class Span(NamedTuple):
    """A stretch of a source: offsets `start` (inclusive) to `stop` (exclusive).

    `call` is where the compiled file calls the block of another file that the stretch lies in.
    """

    source: Source
    start: int
    stop: int
    call: "Span | None" = None

    @property
    def own(self) -> "Span":
        """The place in the compiled file: the call, the stretch itself where there is none."""
        return self.call or self

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.stop)[0]

    @property
    def end_column(self) -> int:
        return self.source.position(self.stop)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.stop]
