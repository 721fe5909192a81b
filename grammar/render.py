"""Diagnostics for people and for programs: text with a caret under the place, and JSON."""

import unicodedata
from typing import Any

from .diagnostic import Diagnostic, Place, shown
from .hidden import one_line
from .source import Span

WIDTH = 100  # columns of a source line that are shown
LINES = 3  # lines of a place that are shown
TAB = 4
COLOURS = {"error": "\033[1;31m", "warning": "\033[1;33m", "hint": "\033[1;36m", "place": "\033[1m", "dim": "\033[2m"}
RESET = "\033[0m"


def render(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """`file:line:column: error G021: message`, the lines with a caret, the hint, and the notes with their lines."""

    def paint(style: str, text: str) -> str:
        return f"{COLOURS[style]}{text}{RESET}" if colour and text else text

    severity = diagnostic.severity
    place = paint("place", prefix(diagnostic.where))
    lines = [f"{place}{paint(severity, f'{severity} {diagnostic.code}:')} {one_line(diagnostic.message)}"]
    for line, marks in excerpt(diagnostic.where):
        lines += [line, paint(severity, marks)] if marks else [line]
    if diagnostic.hint:
        lines.append(f"  {paint('hint', 'hint:')} {one_line(diagnostic.hint)}")
    for note in diagnostic.notes:
        lines.append(f"  {paint('place', prefix(note.where))}{paint('dim', 'note:')} {one_line(note.message)}")
        for line, marks in excerpt(note.where):
            lines += [line, paint("dim", marks)] if marks else [line]
    return "\n".join(lines)


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """The diagnostic as JSON values; lines and columns count from 1 in code points, the end is exclusive."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **position(diagnostic.where),
        "hint": diagnostic.hint,
        "notes": [{"message": note.message, **position(note.where)} for note in diagnostic.notes],
    }


def position(where: Span | Place | None) -> dict[str, Any]:
    """File, line, column and end of a place; None for what it doesn't have."""
    if isinstance(where, Span):
        line, column = where.source.position(where.start)
        end_line, end_column = where.source.position(where.stop)
        return {
            "file": where.source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column,
        }  # fmt: skip
    if where is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    at, beside = where.line or None, where.column or None
    return {
        "file": where.file, "line": at, "column": beside, "end_line": at, "end_column": beside and beside + 1,
    }  # fmt: skip


def prefix(where: Span | Place | None) -> str:
    """`file:line:column: `, as far as they are known."""
    at = position(where)
    known = [part for part in (at["file"], at["line"], at["column"]) if part is not None]
    return "".join(f"{shown(str(part))}:" for part in known) + " " * bool(known)


def excerpt(where: Span | Place | None) -> list[tuple[str, str]]:
    """The first lines of a place, each with the carets under it; nothing where no text is known."""
    if not isinstance(where, Span) or not where.source.text:
        return []
    source = where.source
    first, last = where.line, source.position(max(where.start, where.stop - 1))[0]
    margin = len(str(min(last, first + LINES - 1)))
    pairs = []
    for number in range(first, min(last, first + LINES - 1) + 1):
        begin = source.line_starts[number - 1]
        text = source.line(number)
        start = max(where.start - begin, 0)
        stop = min(max(where.stop - begin, start + 1), max(len(text), start + 1))
        if number > first:
            start = len(text) - len(text.lstrip())
        line, marks = marked(text, start, stop)
        pairs.append((f"  {number:>{margin}} | {line}", f"  {' ' * margin} | {marks}"))
    if last >= first + LINES:
        pairs.append((f"  {'.' * margin} |", ""))
    return pairs


def marked(text: str, start: int, stop: int) -> tuple[str, str]:
    """A line made safe to show, clipped around `start`, and the carets under columns `start` to `stop`."""
    left = max(0, min(start - WIDTH // 2, len(text) - WIDTH)) if len(text) > WIDTH else 0
    right = min(len(text), left + WIDTH)
    stop = min(stop, max(right, start + 1))
    cells = [cell(character) for character in text[left:right]]
    head, tail = ("..." if left else ""), ("..." if right < len(text) else "")
    before = sum(width for _, width in cells[: start - left]) + len(head)
    under = max(1, sum(width for _, width in cells[start - left : stop - left]))
    return head + "".join(seen for seen, _ in cells) + tail, " " * before + "^" * under


def cell(character: str) -> tuple[str, int]:
    """A character as it is shown, and the columns that it takes on a terminal."""
    if " " <= character <= "~":
        return character, 1
    if character == "\t":
        return " " * TAB, TAB
    if (seen := one_line(character)) != character:
        return seen, len(seen)
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return character, 0
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1
