"""Comments that silence advice."""

import pytest

from chainrule.compiler.advice.rules import CODES
from chainrule.compiler.advice.silences import silenced
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source, Span


def left(text: str, *severities: str, code: str = "G602") -> list[tuple[str, int]]:
    """What is left of findings at the word `here`, wherever it stands: code and line."""
    source = Source("text.graph", text)
    module, _ = parse(source)
    start = text.index("here")
    found = [Diagnostic(code, each, "", Span(source, start, start + 4)) for each in severities]  # type: ignore[arg-type]  # one of three
    return [(each.code, each.where.line) for each in silenced(module, found, CODES) if isinstance(each.where, Span)]


@pytest.mark.parametrize(
    "text",
    [
        "here = 1 # silence G602: shown in the lecture\n",
        "here = 1 #silence G602:x\n",
        "here = 1   ## silence  G602 : a reason: with a colon\n",
        "# silence G602: a reason\nhere = 1\n",
        "# silence G602: a reason\n# more words\n\nhere = 1\n",
        "# silence G611, G602 , G603: a reason\nhere = 1\n",
        "a = exp(\n  here # silence G602: a reason\n)\n",
    ],
)
def test_what_silences(text: str) -> None:
    assert ("G602", text[: text.index("here")].count("\n") + 1) not in left(text, "hint", "warning")


@pytest.mark.parametrize(
    "text",
    [
        "here = 1 # G602: shown in the lecture\n",
        "here = 1 # silence is golden\n",
        "here = 1 # silence G603: another\n",
        "# silence G602: a reason\na = 1\nhere = 1\n",
        "here = 1\n# silence G602: below\n",
        "here = 1; b = 2\nc = 3 # silence G602: elsewhere\n",
        "here = 1 # silence G602\n",
        "here = 1 # silence G602:\n",
        "here = 1 # silence G602:   \n",
    ],
)
def test_what_does_not(text: str) -> None:
    line = text[: text.index("here")].count("\n") + 1
    assert left(text, "hint").count(("G602", line)) == 1


def test_errors_are_never_silenced() -> None:
    text = "here = 1 # silence G602: a reason\n"
    assert ("G602", 1) in left(text, "error")


def test_a_silence_without_a_reason_is_reported() -> None:
    assert left("here = 1 # silence G602\n", "hint") == [("G602", 1), ("G631", 1)]


def test_a_silence_of_nothing_is_reported() -> None:
    assert left("a = 1 # silence G602: gone\nhere = 2\n") == [("G632", 1)]
    assert left("a = 1 # silence G499: found elsewhere\nhere = 2\n") == []


def test_one_silence_serves_all_of_its_line() -> None:
    assert left("here = 1 # silence G602: a reason\n", "hint", "hint") == []
