"""How a CSV file may be written that does not fit its settings: hints, made from its first lines."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..looks import is_missing
from ..notation import KNOWN, PLAIN, Notation, notation_of
from .csv_header import COMMENT, HEAD, ColumnNames, Head, comments_above, head_of, sep_told
from .csv_settings import CsvSettings, sep_text
from .data_file import DataFile
from .encodings import decoded_start, encoding_hint, likely_encoding

SEPARATORS = (",", ";", "\t", "|", ":", " ")

TITLE_HINT = f"where the first row is a title and no header, begin it with `{COMMENT}`, or leave it out"

LINES = 50
"""Lines that are looked at."""


def reading_hint(file: DataFile, settings: CsvSettings, name: str | None = None) -> str | None:
    """What to tell `csv` so that the file becomes a table, one with a column of that name where it is given.

    None where it is one already, or nothing known would do.
    """
    with file.open() as raw:
        text = decoded_start(raw, settings.encoding)
        goes_on = bool(raw.read(1))
    if text is None or "\0" in text:
        return encoding_hint(file, settings.encoding)
    lines = text.removeprefix("\ufeff").splitlines()
    lines = (lines[:-1] if goes_on else lines)[:LINES]
    if lines and sep_told(lines[0]) is not None:
        return None  # the file says it itself
    found = next(_tables(lines, settings, name), None)
    if found is None or found.sep == settings.sep:
        return None
    told = [f'sep = "{sep_text(found.sep)}"', found.notation.settings if found.notation != settings.notation else ""]
    return f"its fields seem to be separated by {SPOKEN[found.sep]}: write `csv(..., {', '.join(filter(None, told))})`"


def guessed(file: DataFile) -> CsvSettings:
    """How a file seems to be written, by its first lines. Raises SpecError where it can't be read."""
    settings = CsvSettings(encoding=likely_encoding(file) or CsvSettings().encoding)
    with file.open() as raw:
        text = decoded_start(raw, settings.encoding)
        goes_on = bool(raw.read(1))
    lines = (text or "").removeprefix("\ufeff").splitlines()
    lines = (lines[:-1] if goes_on else lines)[:LINES]
    found = next(_tables(lines, settings, None), settings)
    rows = list(enumerate(_rows(lines, found)[:HEAD], 1))
    return replace(found, header=True) if rows and head_of(rows, found).doubtful else found


SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "`|`", ":": "colons", " ": "blanks"}


def _tables(lines: Sequence[str], settings: CsvSettings, name: str | None) -> Iterator[CsvSettings]:
    """Settings by which all lines have equally many fields, more than one; the separator that is set comes first."""
    for sep in dict.fromkeys((settings.sep, *SEPARATORS)):
        each = replace(settings, sep=sep)
        rows = _rows(lines, each)
        table = len(rows) > 1 and len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows)
        if table and (name is None or ColumnNames(rows[0]).position(name) is not None):
            yield replace(each, notation=_notation(rows[1:], settings))


def _rows(lines: Sequence[str], settings: CsvSettings) -> list[list[str]]:
    filled = [line for line in lines[comments_above(lines, settings) :] if settings.is_filled(line)]
    try:
        return [[field.strip() for field in row] for row in settings.reader(filled, strict=False)]
    except csv.Error:
        return []


def _notation(rows: Sequence[Sequence[str]], settings: CsvSettings) -> Notation:
    """The notation in which most columns are numbers of those that are none as it is set, where there are any."""
    columns = [
        [field for field in column if not settings.is_missing(field) and not is_missing(field)]
        for column in zip(*rows, strict=True)
    ]
    others = [texts for texts in columns if not all(map(settings.is_number, texts)) and notation_of(texts) is not None]
    fitting = {each: sum(all(map(each.number.fullmatch, texts)) for texts in others) for each in KNOWN}
    return max(KNOWN, key=lambda each: fitting[each]) if others else settings.notation


def ragged_hint(fields: Sequence[str], head: Head, settings: CsvSettings) -> str | None:
    """What may have become of a row that has more or fewer fields than the first."""
    width, sep = len(head.names), sep_text(settings.sep)
    if fields[0].startswith(COMMENT):
        return f"comments, which begin with `{COMMENT}`, stand above the header alone: leave the line out"
    if len(fields) == width + 1 and not fields[-1]:
        return f"it ends with a separator, `{sep}`, which the first row does not: add one there, or leave it out here"
    if len(fields) == width + 1 and head.line and settings.is_whole(fields[0]):
        return "where rows begin with a number or a name of their own, the header has a name for that, too"
    if width == 1 < len(fields):
        return TITLE_HINT
    if len(fields) > width and settings.sep == "," and _has_commas_in_numbers(fields, width):
        return 'a number with a comma in it is quoted, or the fields are separated by something else: `sep = ";"`'
    return None


def _has_commas_in_numbers(fields: Sequence[str], width: int) -> bool:
    return sum(PLAIN.number.fullmatch(field) is not None for field in fields) > len(fields) - width
