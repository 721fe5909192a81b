"""Texts of others: nothing in them steers a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.grammar.diagnostic import LONGEST_SHOWN, shown
from chainrule.grammar.hidden import HIDDEN, one_line, printed

STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's controls, formats (bidirectional and zero-width ones among them), surrogates, and separators of lines."""


@given(st.text(st.characters()))
def test_a_line_is_a_line(text: str) -> None:
    for safe in (one_line(text), shown(text)):
        assert not {unicodedata.category(c) for c in safe} & set(STEERING)
        assert safe.splitlines() in ([safe], [])
        assert HIDDEN.search(safe.replace("\ufffd", "")) is None


@given(st.text(st.characters()))
def test_of_a_text_its_lines_stay(text: str) -> None:
    safe = printed(text)
    assert HIDDEN.search(safe.replace("\ufffd", "")) is None
    assert safe.count("\n") == text.count("\n")
    assert {c for c in safe if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}
    assert printed(safe) == safe


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain 사과 🍎 é", "plain 사과 🍎 é"),
        ("a\tb\nc\r\n", r"a\tb\nc\r\n"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202edef", r"abc\u202edef"),
        ("\u3164\u115f", r"\u3164\u115f"),
        ("caf\udce9", r"caf\udce9"),
        ("\ufffd", "\ufffd"),
    ],
)
def test_escapes(text: str, safe: str) -> None:
    assert one_line(text) == safe


def test_lines_keep_tabs_and_ends() -> None:
    assert printed("a\tb\nc\x1b\n") == "a\tb\nc\\x1b\n"
    assert printed("a\r\nb\r") == "a\\r\nb\\r"


def test_long_texts_are_cut() -> None:
    assert len(shown("x" * 10**6)) < LONGEST_SHOWN
    assert shown("x" * LONGEST_SHOWN) == "x" * LONGEST_SHOWN
