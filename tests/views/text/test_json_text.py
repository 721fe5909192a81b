"""JSON texts: nothing hidden is written, nothing is lost in reading."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.grammar.hidden import HIDDEN
from chainrule.views.text.json_text import dumps, loads


@given(st.text(st.characters(), max_size=50), st.booleans())
def test_texts_come_back_and_hide_nothing(text: str, ascii_only: bool) -> None:
    written = dumps({text: [text]}, ascii_only=ascii_only)
    assert json.loads(written) == {text: [text]}
    assert HIDDEN.search(written) is None
    assert not ascii_only or written.isascii()


@pytest.mark.parametrize("character", ["\x1b", "\x7f", "\x85", "\u202e", "\ufeff", "\ud800", "\U000e0041"])
def test_hidden_characters(character: str) -> None:
    for ascii_only in (False, True):
        written = dumps(character, ascii_only=ascii_only)
        assert written.isascii()
        assert json.loads(written) == character


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"x": 1, "x": 2}', "the name `x` stands twice"),
        ('[{"a\\u001b": {}, "a\\u001b": {}}]', r"`a\\x1b` stands twice"),
        ("1e999", "1e999 is outside"),
        ("[-1e999]", "-1e999 is outside"),
        ("1e-999", "1e-999 is outside"),
        ("[0.5e-400]", "0.5e-400 is outside"),
        ("9" * 400, r"9{20}\.\.\.9{10} is outside"),
        ("-" + "9" * 5000, "is outside"),
        ("{", "."),
        ("\xff", "."),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        loads(text.encode("latin-1"))


@pytest.mark.parametrize(
    "text", ["0e999", "0.0e-999", "-0.0", "1.7976931348623157e308", "5e-324", "1" + "0" * 308, "[]"]
)
def test_what_can_be_held(text: str) -> None:
    assert loads(text.encode()) == json.loads(text)


def test_lists_in_lists() -> None:
    with pytest.raises(RecursionError):
        loads(b"[" * 100_000)
