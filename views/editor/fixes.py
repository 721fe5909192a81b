"""Changes of the text that a diagnostic's hint asks for, ready to be made by one click."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Span


class Fix(NamedTuple):
    """Text to be put in the place of a stretch; offsets in characters."""

    title: str
    start: int
    stop: int
    text: str


def fixes(diagnostic: Diagnostic) -> list[Fix]:
    """What can be changed for a diagnostic, the likeliest first; none where its hint is for the writer to think of."""
    where, hint = diagnostic.where, diagnostic.hint
    if not isinstance(where, Span) or hint is None or where.call is not None:
        return []
    return list(_made(where, hint))


def _made(where: Span, hint: str) -> Iterator[Fix]:
    if (meant := re.search(r"did you mean (.*)\?", hint)) is not None:
        for word in re.findall(r"`([^`]+)`", meant[1]):
            yield _replaced(where, word)
    elif (closer := re.fullmatch(r"write `([)\]}])` where it ends", hint)) is not None:
        end = _line_end(where)
        yield Fix(f"write `{closer[1]}` at the end of the line", end, end, closer[1])
    elif (written := re.match(r"write `([^`]+)`", hint)) is not None and _stands_for(where, written[1]):
        yield _replaced(where, written[1])


def _replaced(where: Span, word: str) -> Fix:
    return Fix(f"write `{word}`", where.start, where.stop, word)


def _stands_for(where: Span, text: str) -> bool:
    """Whether a text can stand where the faulty one does: a sign for a sign, not a pattern with `...`."""
    return "..." not in text and where.stop > where.start and "\n" not in where.text


def _line_end(where: Span) -> int:
    text = where.source.text
    end = text.find("\n", where.start)
    line = text[where.start : end if end >= 0 else len(text)]
    comment = line.find("#")
    return where.start + len((line[:comment] if comment >= 0 else line).rstrip())
