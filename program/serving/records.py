"""Rows that are records, names with values: as a CSV file that the columns of the spec are read from."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...grammar.diagnostic import Diagnostic, Note, Place
from ...grammar.source import Span
from ...grammar.spec_error import SpecError

Where: TypeAlias = Callable[[int], Place]
"""Where users find the line of a file, counted from 1."""


@contextmanager
def as_file(data: bytes, where: Where, called: str) -> Iterator[str]:
    """The path of a CSV file with these bytes; faults meanwhile are about what users gave, which is `called` so."""
    with tempfile.TemporaryDirectory(prefix="chainrule-") as folder:
        path = str(Path(folder, "rows.csv"))
        Path(path).write_bytes(data)
        try:
            yield path
        except SpecError as error:
            raise SpecError([_told(each, path, where, called) for each in error.diagnostics]) from None


def csv_text(names: Sequence[str], records: Iterable[Mapping[str, object]]) -> bytes:
    """A header and a line for each record: numbers with all their digits, nothing for None and NaN.

    Raises ValueError for what is no number and no text.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_field(record[name]) for name in names] for record in records)
    return text.getvalue().encode("utf-8", "surrogatepass")


def told_places(found: Iterable[Diagnostic], path: str, where: Where, called: str) -> list[Diagnostic]:
    """Findings about a file of our own, as ones about what users gave."""
    return [_told(each, path, where, called) for each in found]


def _told(found: Diagnostic, path: str, where: Where, called: str) -> Diagnostic:
    notes = tuple(Note(_named(note.message, path, called), _moved(note.where, path, where)) for note in found.notes)
    hint = None if found.hint is None else _named(found.hint, path, called)
    return found._replace(
        message=_named(found.message, path, called),
        where=_moved(found.where, path, where),
        hint=hint,
        notes=notes,
    )


def _moved(place: Span | Place | None, path: str, where: Where) -> Span | Place | None:
    if not isinstance(place, Place) or place.file != path:
        return place
    moved = where(place.line)
    return moved if not place.line else Place(moved.file, moved.line, place.column)


def _named(text: str, path: str, called: str) -> str:
    return text.replace(path, called)


def _field(value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    match value:
        case None:
            return ""
        case float() if value != value:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return repr(value)
    raise ValueError("a column of a record holds one number or text")
