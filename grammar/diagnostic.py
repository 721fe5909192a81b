"""Diagnostics as data: a fault is a record with a stable code; a diagnostic is a fault at a place."""

import string
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from .hidden import one_line
from .source import Span

Severity = Literal["error", "warning", "hint"]


class Place(NamedTuple):
    """A place that is not in a spec: a row and a column of a data file, or a whole file (line 0)."""

    file: str
    line: int = 0
    column: int = 0


class Note(NamedTuple):
    """A second place that belongs to a diagnostic, and what it has to do with it."""

    message: str
    where: Span | Place | None = None


class Diagnostic(NamedTuple):
    """One fault at one place, ready to be rendered; `where` is None where no text is concerned."""

    code: str
    severity: Severity
    message: str
    where: Span | Place | None
    hint: str | None = None
    notes: tuple[Note, ...] = ()


class Fault(NamedTuple):
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
        """The diagnostic of this fault at a place, its facts escaped for showing. `facts` are those that the template
        asks for, no more and no fewer.

        A place in a block of another file is a note at the call.
        """
        if facts.keys() != set(self.facts):
            told, wanted = (", ".join(sorted(names)) or "none" for names in (facts, self.facts))
            raise TypeError(f"{self.code} asks for the facts {wanted}, and was told {told}")
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

    def asked_for(self, **known: object) -> dict[str, Any]:
        """Those of some known facts that the template asks for, to be handed on as keywords."""
        return {name: fact for name, fact in known.items() if name in self.facts}


LONGEST_SHOWN = 200


def shown(text: str) -> str:
    """A text of others as it is shown: on one line, what can't be seen as escapes, cut when very long.

    Names of files, names and values in files, words of the command line: all that a spec's own rules have not passed.
    """
    if len(text) > LONGEST_SHOWN:
        text = f"{text[: LONGEST_SHOWN // 2]}...{text[-LONGEST_SHOWN // 4 :]}"
    return one_line(text)
