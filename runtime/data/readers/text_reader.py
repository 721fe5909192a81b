"""Texts as numbers: each character or word by its place in the vocabulary, a row each."""

import io
import os
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from ....compiler.graph.signatures import Invocation
from ....grammar.diagnostic import Place
from .. import budget
from ..column import UNKNOWN, Array, Origin, Reading, Rows
from ..faults import EMPTY, LONG_LINE, TOO_LARGE
from ..stored import StoredArray, mapped, pieces_of
from .csv_settings import encoding_called
from .data_file import PIECE, DataFile
from .text_lines import LONGEST_LINE, ORDER_MARK, bad_bytes

_MARKS = (
    r"!-&(-,./:-@\[-^`{-~¡§«¶·»¿\u2010-\u2018\u201a-\u2027\u2030-\u203a"
    r"\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20"
)

WORD = re.compile(rf"[^\s{_MARKS}'’-]+(?:(?:['’-]|(?<=\d)[.,](?=\d))[^\s{_MARKS}'’-]+)*|\S")
"""A word: what is neither white space nor a mark, apostrophes, hyphens and the point of a number inside it; each other
mark is one of its own."""

WORD_BYTES, CHARACTER_BYTES = 16, 4
"""Of memory that a byte of a text may take."""


def read_text(file: DataFile, call: Invocation) -> Reading:
    """The characters or words of a text, with the vocabulary as names. Raises SpecError."""
    encoding = encoding_called(call.text("encoding"), file.span, "text")
    by_word = call.text("unit") == "word"
    with file.open() as raw:
        size = os.fstat(raw.fileno()).st_size
        needed = (WORD_BYTES if by_word else CHARACTER_BYTES) * size
        if needed > budget.limit():
            raise file.oversize(f"`{file.path}`", needed)
        stream = io.TextIOWrapper(raw, encoding, newline=None)
        pieces = _pieces(stream, file, encoding)
        reading = _words(pieces, file) if by_word else _characters(pieces, file, stored=needed > budget.memory())
        stream.detach()
    return _with_unknown(reading) if call.arguments["unknown"] else reading


def _pieces(stream: io.TextIOWrapper, file: DataFile, encoding: str) -> Iterator[str]:
    """The text, a piece at a time, line ends as one character, without the mark of its encoding."""
    first = True
    while True:
        try:
            piece = stream.read(PIECE)
        except UnicodeError:
            raise bad_bytes(file, encoding, None) from None
        if not piece:
            return
        yield piece.removeprefix(ORDER_MARK) if first else piece
        first = False


def _with_unknown(reading: Reading) -> Reading:
    """The same with one more in the vocabulary, for what it lacks."""
    names = reading.classes or ()
    classes = tuple(sorted((*names, UNKNOWN)))
    shift = bisect_right(names, UNKNOWN)
    places = np.arange(len(names), dtype=np.int32)
    places[shift:] += 1
    return reading._replace(array=mapped(reading.array, lambda part: places[part]), classes=classes)


# --- characters -------------------------------------------------------------------------------------------------


def _characters(pieces: Iterator[str], file: DataFile, *, stored: bool) -> Reading:
    found: set[int] = set()

    def codes() -> Iterator[Array]:
        for piece in pieces:
            part = np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), "<u4")
            found.update(np.unique(part).tolist())
            if len(part):
                yield part

    parts = codes()
    first = next(parts, None)
    if first is None:
        raise file.error(EMPTY)
    rows: Rows = StoredArray.of(_chained(first, parts)) if stored else np.concatenate([first, *parts])
    points = np.array(sorted(found), np.uint32)
    numbers = mapped(rows, lambda part: np.searchsorted(points, part).astype(np.int32))
    classes = tuple(map(chr, points.tolist()))
    line_end = classes.index("\n") if "\n" in classes else -1
    origin = Origin(file.span, places=lambda row, element: _place_of_character(file, numbers, line_end, row))
    return Reading(numbers, origin, classes, vocabulary=True)


def _chained(first: Array, others: Iterator[Array]) -> Iterator[Array]:
    yield first
    yield from others


def _place_of_character(file: DataFile, numbers: Rows, line_end: int, row: int) -> Place:
    line, column, before = 1, row + 1, 0
    for piece in pieces_of(numbers):
        ends = np.flatnonzero(piece[: max(0, row - before)] == line_end)
        if len(ends):
            line, column = line + len(ends), row - before - int(ends[-1])
        before += len(piece)
    return Place(file.path, line, column)


# --- words ------------------------------------------------------------------------------------------------------


def _words(pieces: Iterator[str], file: DataFile) -> Reading:
    codes: dict[str, int] = {}
    numbers, lines, columns = array("i"), array("i"), array("i")
    line, column = 1, 0
    for text in _between_words(pieces, file):
        start = 0
        for match in WORD.finditer(text):
            ends = text.count("\n", start, match.start())
            if ends:
                line, column = line + ends, -text.rindex("\n", start, match.start()) - 1
            start = match.start()
            word = match.group()
            if word not in codes and len(codes) == budget.MOST_CLASSES:
                what, size = f"the vocabulary of `{file.path}`", f"more than {budget.MOST_CLASSES} words"
                raise file.error(TOO_LARGE, line, column + start + 1, what=what, size=size, limit=budget.MOST_CLASSES)
            numbers.append(codes.setdefault(word, len(codes)))
            lines.append(line)
            columns.append(column + start + 1)
        ends = text.count("\n", start)
        line, column = (line + ends, len(text) - text.rindex("\n", start) - 1) if ends else (line, column + len(text))
    if not numbers:
        raise file.error(EMPTY)
    classes = tuple(sorted(codes))
    places = np.empty(len(classes), np.int32)
    places[[codes[word] for word in classes]] = np.arange(len(classes))
    origin = Origin(file.span, places=lambda row, element: Place(file.path, lines[row], columns[row]))
    return Reading(places[np.frombuffer(numbers, np.intc)], origin, classes, vocabulary=True)


def _between_words(pieces: Iterator[str], file: DataFile) -> Iterator[str]:
    """The text in parts that end between words."""
    rest = ""
    for piece in pieces:
        rest += piece
        cut = max(rest.rfind(" "), rest.rfind("\n"), rest.rfind("\t")) + 1
        if cut:
            yield rest[:cut]
        rest = rest[cut:]
        if len(rest) > LONGEST_LINE:
            raise file.error(LONG_LINE, limit=f"{LONGEST_LINE} characters")
    if rest:
        yield rest
