"""Rows on standard input as they come, CSV or a JSON object a line: which bytes are a row, and which lines it has."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ...program.serving.faults import BAD_LINE
from ...runtime.data.readers.text_lines import LONGEST_LINE
from .output import STANDARD_INPUT

QUOTE, END = b'"', b"\n"


class Row(NamedTuple):
    """A row as it came, blank lines before it included, and the number of its first line."""

    line: int
    data: bytes


def batches_of(read: Callable[[], bytes]) -> Iterator[list[Row]]:
    """Rows as they come, those that are there together; a quoted field of CSV may hold line ends.

    Raises SpecError where none comes to an end.
    """
    rest, line, json = b"", 1, None
    while piece := read():
        rest += piece
        if json is None and rest.strip():
            json = is_json(rest)
        batch = []
        whole, rest = _whole_rows(rest, quoted=not json)
        for data in whole:
            batch.append(Row(line, data))
            line += data.count(END)
        if batch:
            yield batch
        if len(rest) > LONGEST_LINE:
            raise SpecError([BAD_LINE.at(Place(STANDARD_INPUT, line, 1), reason="it is longer than 16 MiB")])
    if rest.strip():
        yield [Row(line, rest if rest.endswith(END) else rest + END)]


def is_json(data: bytes) -> bool:
    """Whether rows are JSON objects, by what they begin with."""
    return data.lstrip().startswith(b"{")


def _whole_rows(data: bytes, *, quoted: bool) -> tuple[list[bytes], bytes]:
    """The rows that have ended, and what has not."""
    lines = data.split(END)
    rest = lines.pop()
    rows: list[bytes] = []
    pending: list[bytes] = []
    for line in lines:
        pending.append(line + END)
        row = b"".join(pending) if len(pending) > 1 else pending[0]
        if row.strip() and not (quoted and row.count(QUOTE) % 2):
            rows.append(row)
            pending = []
    return rows, b"".join([*pending, rest])
