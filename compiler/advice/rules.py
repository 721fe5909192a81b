"""Advice about a model: what nothing needs, forms that overflow, nets that learn badly, shapes and rows that mislead.

A spec that has findings means what it says and runs as it stands. A comment of it turns a finding down, with its
reason: `# silence G611: written by hand on purpose`, at the end of the line, or alone above it; it takes several codes
(`# silence G611, G602: ...`).
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Source, Span
from ...grammar.syntax import Comment, Module
from ..graph.spec import Spec
from .adviser import Adviser
from .columns import log_odds_as_probabilities, misleading_columns
from .faults import FAULTS, IDLE_SILENCE, SILENCE_WITHOUT_REASON, advised
from .forms import careless_forms
from .names import hidden_names
from .nets import mismatched_starts, sigmoids_in_a_row, stops_at_once
from .rows import columns_of_their_own_rows, rows_that_hang
from .unused import unreached_params, unused_names, unused_nodes
from .vacuous_claims import idle_claims

CODES = frozenset(fault.code for fault in FAULTS)

PATTERN = re.compile(r"#+\s*silence\s+(?P<codes>G[0-9]{3}(?:\s*,\s*G[0-9]{3})*)\s*(?::\s*(?P<reason>\S.*))?$")

RULES = (
    unreached_params,
    unused_nodes,
    unused_names,
    hidden_names,
    idle_claims,
    careless_forms,
    mismatched_starts,
    sigmoids_in_a_row,
    stops_at_once,
    misleading_columns,
    log_odds_as_probabilities,
    rows_that_hang,
    columns_of_their_own_rows,
)
"""What is looked for; each rule yields its findings about one spec."""


def advice(spec: Spec, module: Module) -> list[Diagnostic]:
    """Hints and warnings about a spec without errors, in the order of its text; without those that it silences."""
    adviser = Adviser(spec, module)
    found: dict[tuple[str, object], Diagnostic] = {}
    for rule in RULES:
        for finding in rule(adviser):
            found.setdefault((finding.code, finding.where), finding)
    answer = silenced(module, found.values(), CODES)
    return sorted(answer, key=lambda finding: finding.where.start if isinstance(finding.where, Span) else 0)


# --- silences ---------------------------------------------------------------------------------------------------


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
