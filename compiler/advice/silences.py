"""Advice that a comment of the spec turns down, with its reason: `# silence G611: written by hand on purpose`.

A silence stands at the end of its line, or alone above it; it takes several codes (`# silence G611, G602: ...`).
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Source, Span
from ...grammar.syntax import Comment, Module
from .faults import IDLE_SILENCE, SILENCE_WITHOUT_REASON, advised

PATTERN = re.compile(r"#+\s*silence\s+(?P<codes>G[0-9]{3}(?:\s*,\s*G[0-9]{3})*)\s*(?::\s*(?P<reason>\S.*))?$")


class _Silence(NamedTuple):
    code: str
    line: int
    comment: Span


def silenced(module: Module, findings: Iterable[Diagnostic], known: Collection[str] = ()) -> list[Diagnostic]:
    """The findings that no comment of the module silences, errors among them always; and what is wrong with silences.

    A silence of one of the `known` codes that silences nothing is reported.
    """
    found = list(findings)
    silences, answer = _silences(module)
    if not silences:
        return [*found, *answer]
    at_line: dict[tuple[str, int], _Silence] = {(silence.code, silence.line): silence for silence in silences}
    used: set[_Silence] = set()
    for finding in found:
        matching = _matching(finding, module.source, at_line)
        used |= matching
        if not matching:
            answer.append(finding)
    idle = (silence for silence in silences if silence not in used and silence.code in known)
    return [
        *answer,
        *(IDLE_SILENCE.at(silence.comment, hint=advised(IDLE_SILENCE), code=silence.code) for silence in idle),
    ]


def _matching(finding: Diagnostic, source: Source, at_line: dict[tuple[str, int], _Silence]) -> set[_Silence]:
    where = finding.where
    if finding.severity == "error" or not isinstance(where, Span) or where.source is not source:
        return set()
    lines = range(where.line, where.end_line + 1)
    if len(lines) > len(at_line):
        return {silence for (code, line), silence in at_line.items() if code == finding.code and line in lines}
    return {at_line[finding.code, line] for line in lines if (finding.code, line) in at_line}


def _silences(module: Module) -> tuple[list[_Silence], list[Diagnostic]]:
    silences: list[_Silence] = []
    faults: list[Diagnostic] = []
    for comment in module.comments:
        if "silence" not in comment.text or (match := PATTERN.match(comment.text)) is None:
            continue
        span = Span(module.source, comment.start, comment.stop)
        if match["reason"] is None:
            faults.append(SILENCE_WITHOUT_REASON.at(span, hint=advised(SILENCE_WITHOUT_REASON)))
            continue
        line = _line(comment, module.source)
        silences += [_Silence(code.strip(), line, span) for code in match["codes"].split(",")]
    return silences, faults


def _line(comment: Comment, source: Source) -> int:
    """The line that a comment is about: its own, or the next one with code where it stands alone."""
    line = source.position(comment.start)[0]
    if not comment.alone:
        return line
    for following in range(line + 1, len(source.line_starts) + 1):
        text = source.line(following).strip()
        if text and not text.startswith("#"):
            return following
    return line
