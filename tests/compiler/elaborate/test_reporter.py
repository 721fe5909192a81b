"""Diagnostics: each once, with the calls that lead to it, in the order of the text."""

import pytest

from chainrule.compiler.elaborate.reporter import Abandoned, Reporter, in_order
from chainrule.compiler.faults import UNKNOWN_NAME
from chainrule.grammar.limits import LIMITS
from chainrule.grammar.source import Source, Span

SOURCE = Source("test", "x" * 2000)


def span(start: int, source: Source = SOURCE) -> Span:
    return Span(source, start, start + 1)


def test_a_fault_is_reported_once() -> None:
    reporter = Reporter()
    for hint in ("a", "b"):
        reporter.report(UNKNOWN_NAME, span(3), name="x", hint=hint)
    reporter.report(UNKNOWN_NAME, span(4), name="x")
    reporter.report(UNKNOWN_NAME, span(3), name="y")
    assert [diagnostic.hint for diagnostic in reporter.diagnostics] == ["a", None, None]
    assert reporter.failed
    assert not Reporter().failed


def test_calls_are_shown_from_the_inside_out() -> None:
    reporter = Reporter()
    with (
        reporter.inside("a", span(1)),
        reporter.inside("b", span(2)),
        reporter.inside("c", span(3)),
        reporter.inside("d", span(4)),
        reporter.inside("e", span(5)),
    ):
        reporter.report(UNKNOWN_NAME, span(9), name="x")
    reporter.report(UNKNOWN_NAME, span(10), name="x")
    inside, outside = reporter.diagnostics
    assert [note.message[-4:] for note in inside.notes] == [" `e`", " `d`", " `c`", " `a`"]
    assert not outside.notes


def test_after_too_many_faults_it_gives_up() -> None:
    reporter = Reporter()
    for number in range(LIMITS.faults - 1):
        reporter.report(UNKNOWN_NAME, span(number), name="x")
    with pytest.raises(Abandoned):
        reporter.report(UNKNOWN_NAME, span(LIMITS.faults), name="x")
    assert len(reporter.diagnostics) == LIMITS.faults + 1
    assert reporter.diagnostics[-1].code == "G006"


def test_the_order_is_that_of_the_text_the_files_own_first() -> None:
    other = Source("other", "y" * 20)
    reporter = Reporter()
    for place in (span(9, other), span(7), None, span(2, other), span(1)):
        reporter.report(UNKNOWN_NAME, place, name="x")
    wanted = [span(1), span(7), span(2, other), span(9, other), None]
    assert [diagnostic.where for diagnostic in in_order(reporter.diagnostics, SOURCE)] == wanted


def test_a_fault_of_another_file_is_reported_at_the_call_of_it() -> None:
    library = Source("library", "z" * 100)
    reporter = Reporter()
    with reporter.inside("mine", span(1)), reporter.inside("net", span(2)), reporter.inside("dense", span(3, library)):
        reporter.report(UNKNOWN_NAME, span(9, library), name="x")
        reporter.report(UNKNOWN_NAME, span(8), name="y")
    at_call, at_own = reporter.diagnostics
    assert at_call.where == span(2)
    assert [(note.message, note.where) for note in at_call.notes] == [
        ("it stands here", span(9, library)),
        ("in this call of `dense`", span(3, library)),
        ("in this call of `mine`", span(1)),
    ]
    assert at_own.where == span(8)


def test_what_a_used_file_was_found_to_have_is_not_reported_at_its_calls() -> None:
    library = Source("library", "z" * 100)
    inner, outer = Reporter(), Reporter()
    inner.report(UNKNOWN_NAME, span(9, library), name="x")
    outer.take(inner.diagnostics)
    with outer.inside("f", span(1)):
        outer.report(UNKNOWN_NAME, span(9, library), name="x")
    assert outer.diagnostics == inner.diagnostics
