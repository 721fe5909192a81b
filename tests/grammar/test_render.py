"""Diagnostics as text and as JSON."""

import json

import pytest
from rich.text import Text

from chainrule.grammar.diagnostic import Diagnostic, Note, Place
from chainrule.grammar.render import WIDTH, render, to_json
from chainrule.grammar.source import Source, Span

TEXT = "a = 1\nb = add(a,\n  a,\n  a,\n  a)\n사과 = 가 나\n\ttab = x y\n"
SOURCE = Source("a.graph", TEXT)


def at(start: int, stop: int, **more: object) -> Diagnostic:
    return Diagnostic("G021", "error", "message", Span(SOURCE, start, stop), **more)  # type: ignore[arg-type]  # as given


def test_a_line_with_a_caret() -> None:
    assert render(at(4, 5)) == "a.graph:1:5: error G021: message\n  1 | a = 1\n    |     ^"


def test_hint_and_notes() -> None:
    said = render(at(4, 5, hint="do this", notes=(Note("is here", Span(SOURCE, 0, 1)), Note("and so"))))
    assert said.splitlines()[3:] == [
        "  hint: do this", "  a.graph:1:1: note: is here", "  1 | a = 1", "    | ^", "  note: and so",
    ]  # fmt: skip


def test_several_lines() -> None:
    lines = render(at(10, TEXT.index(")") + 1)).splitlines()
    assert lines[1:] == [
        "  2 | b = add(a,",
        "    |     ^^^^^^",
        "  3 |   a,",
        "    |   ^^",
        "  4 |   a,",
        "    |   ^^",
        "  . |",
    ]


@pytest.mark.parametrize(("word", "column"), [("나", 16), ("y", 18)])
def test_carets_stand_under_wide_characters_and_tabs(word: str, column: int) -> None:
    start = TEXT.index(word)
    line, carets = render(at(start, start + 1)).splitlines()[1:3]
    assert "\t" not in line
    assert carets.index("^") == column


def test_the_end_of_a_line_and_of_the_file() -> None:
    assert render(at(5, 6)).splitlines()[2] == "    |      ^"
    assert render(at(len(TEXT), len(TEXT))).splitlines()[0] == "a.graph:8:1: error G021: message"


def test_long_lines_are_clipped() -> None:
    source = Source("a.graph", "x" * 500 + "!" + "y" * 500)
    lines = render(Diagnostic("G021", "error", "message", Span(source, 500, 501))).splitlines()
    assert all(len(line) <= WIDTH + 20 for line in lines)
    assert lines[1][lines[2].index("^")] == "!"


def test_controls_are_shown_as_escapes() -> None:
    source = Source("a\x1b.graph", "x = \x1b[31m1")
    said = render(Diagnostic("G021", "error", "message", Span(source, 9, 10)))
    assert "\x1b" not in said
    assert "\\x1b" in said


def test_colour_changes_nothing_but_colour() -> None:
    plain, coloured = render(at(4, 5, hint="do")), render(at(4, 5, hint="do"), colour=True)
    assert "\x1b[" in coloured
    text = Text.from_ansi(coloured)
    assert text.plain == plain
    painted = [(text.plain[span.start : span.end].strip(), str(span.style)) for span in text.spans]
    assert painted == [
        ("a.graph:1:5:", "bold"),
        ("error G021:", "bold color(1)"),
        ("|     ^", "bold color(1)"),
        ("hint:", "bold color(6)"),
    ]


def test_places_outside_of_texts() -> None:
    row = Diagnostic("G401", "error", "message", Place("rows.csv", 3, 4))
    assert render(row) == "rows.csv:3:4: error G401: message"
    assert to_json(row)["end_column"] == 5
    assert render(Diagnostic("G401", "error", "message", Place("rows.csv"))) == "rows.csv: error G401: message"
    assert render(Diagnostic("G501", "warning", "message", None)) == "warning G501: message"


def test_json() -> None:
    said = to_json(at(10, TEXT.index(")") + 1, notes=(Note("is here", Span(SOURCE, 0, 1)),)))
    assert json.loads(json.dumps(said)) == {
        "code": "G021", "severity": "error", "message": "message", "file": "a.graph", "line": 2, "column": 5,
        "end_line": 5, "end_column": 5, "hint": None,
        "notes": [{"message": "is here", "file": "a.graph", "line": 1, "column": 1, "end_line": 1, "end_column": 2}],
    }  # fmt: skip
