"""What stands at a place of a text that is being written: the word there, and what it is part of."""

from __future__ import annotations

import re
from typing import NamedTuple

WORD = re.compile(r"[^\W\d](?:[\w.-]|\[\d+\])*")
"""A name, a path or the name of an operation."""


class Spot(NamedTuple):
    """A word from `start` to `stop`; `before` is what stands before it on its line, `section` the braces around it."""

    start: int
    stop: int
    word: str
    before: str
    section: str


def spot(text: str, at: int) -> Spot:
    """The word at an offset, as far as it goes to both sides; an empty one between words."""
    at = min(max(at, 0), len(text))
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[begin : end if end >= 0 else len(text)]
    start = stop = at
    for found in WORD.finditer(line):
        if begin + found.start() <= at <= begin + found.end():
            start, stop = begin + found.start(), begin + found.end()
            break
    return Spot(start, stop, text[start:stop], text[begin:start], _section(text, begin))


def _section(text: str, until: int) -> str:
    """`data`, `train` or `block`, where a line stands in one's braces; empty outside of them."""
    found = ""
    for line in text[:until].split("\n"):
        bare = line.partition("#")[0].strip()
        if (head := re.match(r"(data|train|block)\b[^{}]*\{", bare)) is not None:
            found = head[1] if bare.count("{") > bare.count("}") else ""
        elif bare.startswith("}"):
            found = ""
    return found


def in_comment(before: str) -> bool:
    """Whether what follows on a line is a comment or a text."""
    return "#" in re.sub(r'"[^"]*"', "", before) or before.count('"') % 2 == 1
