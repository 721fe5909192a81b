"""Bytes -> Source: specs are UTF-8."""

from pathlib import Path
from typing import BinaryIO

from .diagnostic import Place
from .faults import NOT_UTF8, OVER_BUDGET, UNREADABLE
from .limits import LIMITS, Limits
from .source import Source, Span
from .spec_error import SpecError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WIDE_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}

PIECE = 1 << 16
"""Bytes that are read at once."""


def read_source(path: str | Path, limits: Limits = LIMITS) -> Source:
    """The text of a file, under the path as given. Raises SpecError."""
    name = str(path)
    try:
        with open(path, "rb") as file:
            data = _up_to(limits.file_bytes + 1, file)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SpecError([UNREADABLE.at(Place(name), reason=reason)]) from None
    if len(data) > limits.file_bytes:
        hint = f"if it is meant, raise the limit: CHAINRULE_LIMITS=file_bytes={2 * limits.file_bytes}"
        fault = OVER_BUDGET.at(Place(name), hint=hint, limit=limits.file_bytes, what="bytes", name="file_bytes")
        raise SpecError([fault])
    return decode(data, name)


def _up_to(most: int, file: BinaryIO) -> bytes:
    """The bytes of a file, which may have no end, up to so many.

    Piece by piece: to read many at once takes room for all of them, and where memory can only grow it stays taken.
    """
    pieces = []
    while most > 0 and (piece := file.read(min(most, PIECE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def decode(data: bytes, name: str) -> Source:
    """The text of a file's bytes; a byte order mark is dropped. Raises SpecError."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        source = Source(name, before + data[error.start :].decode("utf-8", "replace"))
        wide = WIDE_MARKS.get(data[:2])
        reason = f"the file looks like {wide}" if wide else f"byte 0x{data[error.start]:02X}, {error.reason}"
        span = Span(source, len(before), len(before) + 1)
        raise SpecError([NOT_UTF8.at(span, hint="save the file as UTF-8", reason=reason)]) from None
