"""Diagnostics as data: a fault is a record with a stable code; a diagnostic is a fault at a place."""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from typing import Literal

from .hidden import one_line
from .source import Span

Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is not in a spec: a row and a column of a data file, or a whole file (line 0)."""

    file: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that belongs to a diagnostic, and what it has to do with it."""

    message: str
    where: Span | Place | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault at one place, ready to be rendered; `where` is None where no text is concerned."""

    code: str
    severity: Severity
    message: str
    where: Span | Place | None
    hint: str | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: stable code, message template with named facts, and the text of `explain`.

    `cause` says why it is one, `example` is a small spec that has it, `fix` says what to write instead. `title` says
    what it is where the template, whose facts are not known, would say too little.
    """

    code: str
    severity: Severity
    template: str
    cause: str
    example: str
    fix: str
    title: str = ""

    def at(
        self,
        where: Span | Place | None,
        *,
        hint: str | None = None,
        notes: Iterable[Note] = (),
        **facts: object,
    ) -> Diagnostic:
        """The diagnostic of this fault at a place, its facts escaped for showing.

        A place in a block of another file is a note at the call.
        """
        if isinstance(where, Span) and where.call is not None:
            where, notes = where.call, [*notes, Note("it stands here", where._replace(call=None))]
        message = self.template.format_map({key: shown(str(fact)) for key, fact in facts.items()})
        return Diagnostic(self.code, self.severity, message, where, hint, tuple(notes))

    @property
    def headline(self) -> str:
        """What the fault is, `...` standing for the facts of a place."""
        told = "".join(
            f"{text}{'' if name is None else '...'}" for text, name, *_ in string.Formatter().parse(self.template)
        )
        return self.title or told.replace("......", "...")

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts that the template asks for."""
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.template) if name)


class SpecError(Exception):
    """A spec, its data or a model that cannot be used; `diagnostics` says why, each with its place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from .render import render  # the renderer knows this module

        return "\n".join(render(diagnostic) for diagnostic in self.diagnostics)


LONGEST_SHOWN = 200


def shown(text: str) -> str:
    """A text of others as it is shown: on one line, what can't be seen as escapes, cut when very long.

    Names of files, names and values in files, words of the command line: all that a spec's own rules have not passed.
    """
    if len(text) > LONGEST_SHOWN:
        text = f"{text[: LONGEST_SHOWN // 2]}...{text[-LONGEST_SHOWN // 4 :]}"
    return one_line(text)


COMPARED = 1000
"""Names that a wrong one is compared with: of more, those of like beginning and length."""

LISTED = 40
"""Names that a hint lists."""


def suggestion(name: str, known: Iterable[str] | Mapping[str, object], *, what: str) -> str:
    """A hint that names near spellings, else the whole legal list (`what` names its kind in the plural)."""
    names = list(known)
    if matches := near(name, names):
        return f"did you mean {' or '.join(f'`{shown(n)}`' for n in matches)}?"
    if not names:
        return f"there are no {what} here"
    listed = ", ".join(shown(n) for n in nsmallest(LISTED, names))
    return f"{what} are: {listed}{', ...' if len(names) > LISTED else ''}"


def near(name: str, names: Sequence[str]) -> list[str]:
    """The nearest spellings, at most three."""
    if len(name) > LONGEST_SHOWN:
        return []
    if len(names) > COMPARED:
        start, shortest, longest = name[:1], len(name) - 2, len(name) + 2
        like = (n for n in names if n.startswith(start) and shortest <= len(n) <= longest)
        names = list(islice(like, COMPARED))
    from difflib import get_close_matches  # slow to import, and only mistakes ask for it

    lower: dict[str, list[str]] = {}
    for each in sorted(names):
        lower.setdefault(each.lower(), []).append(each)
    return [each for low in get_close_matches(name.lower(), lower, n=3, cutoff=0.6) for each in lower[low]][:3]
