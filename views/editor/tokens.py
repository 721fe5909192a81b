"""The words and signs of a text with the class of each, as an editor colours them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ...compiler.ops.table import find
from ...grammar.diagnostic import Diagnostic
from ...grammar.lalr import machine
from ...grammar.limits import LIMITS, Limits, OverBudget
from ...grammar.scan import Scanner, Token
from ...grammar.source import Source
from ...grammar.unicode.characters import Names, cleaned

CLASSES = ("keyword", "name", "number", "text", "operator", "comment", "doc", "operation", "faulty")

PLAIN = {"NUMBER": "number", "TEXT": "text", "DOC": "doc", "BAD": "faulty", "OPERATION": "operation", "NEWLINE": ""}


def tokens(text: str, limits: Limits = LIMITS) -> list[tuple[int, int, str]]:
    """Stretches with their classes, in the order of the text, in characters; what is between them has none.

    A text that cannot be parsed has its classes all the same.
    """
    source = Source("text", text)
    report = list[Diagnostic]().append
    words = machine().vocabulary
    scanner = Scanner(source, cleaned(source, report, limits.faults), words, limits, Names(source, report), report)
    found: list[tuple[int, int, str]] = []
    with suppress(OverBudget):  # what comes behind a limit is not read
        found.extend((each.start, each.stop, _class(each, text)) for each in scanner.tokens(0))
    comments = ((each.start, each.stop, "comment") for each in scanner.comments)
    return list(_apart(sorted({*found, *comments})))


def _class(token: Token, text: str) -> str:
    if token.type in PLAIN:
        return PLAIN[token.type]
    if token.type in ("NAME", "PATH"):
        called = text[token.stop : token.stop + 1] == "(" or text[: token.start].rstrip(" \t").endswith("->")
        return "operation" if called and find(token.text) is not None else "name"
    return "keyword" if token.text.isalpha() else "operator"


def _apart(found: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Those that do not lie over one before."""
    end = 0
    for start, stop, kind in found:
        if kind and stop > start >= end:
            yield start, stop, kind
            end = stop
