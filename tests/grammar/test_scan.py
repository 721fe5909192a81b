"""Tokens: newlines, soft keywords, comments, brackets."""

import pytest

from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.lalr import machine
from chainrule.grammar.limits import LIMITS
from chainrule.grammar.scan import Scanner
from chainrule.grammar.source import Source
from chainrule.grammar.unicode.characters import Names


def kinds(text: str) -> str:
    """The types of a text's tokens, brackets as they are written."""
    faults: list[Diagnostic] = []
    source = Source("a.graph", text)
    scanner = Scanner(source, text, machine().vocabulary, LIMITS, Names(source, faults.append), faults.append)
    return " ".join(token.type if token.type not in BRACKETS else token.text for token in scanner.tokens(0))


BRACKETS = {"LPAR", "RPAR", "LSQB", "RSQB", "LBRACE", "RBRACE"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""), ("\n;\n# a\n", ""), ("a = 1", "NAME EQUAL NUMBER NEWLINE"),
        ("a;\n;b", "NAME NEWLINE NAME NEWLINE"),
        ("(\n1\n)\n[\n]", "( NUMBER ) NEWLINE [ ] NEWLINE"),
        ("a\n# b\n\n -> c", "NAME ARROW NAME NEWLINE"), ("a;\n-> c", "NAME NEWLINE ARROW NAME NEWLINE"),
        ("(1;2)", "( NUMBER BAD NUMBER ) NEWLINE"),
        ("train { a }", "TRAIN { NAME NEWLINE } NEWLINE"), ("train {\na\n}\n", "TRAIN { NAME NEWLINE } NEWLINE"),
        ("y { a\n}", "NAME { NAME } NEWLINE"),
        ("input = x", "NAME EQUAL NAME NEWLINE"), ("input == x", "INPUT COMPARISON NAME NEWLINE"),
        ("input, b = x", "NAME COMMA NAME EQUAL NAME NEWLINE"), ("x input", "NAME NAME NEWLINE"),
        ("x as as", "NAME AS NAME NEWLINE"), ("as as as", "NAME AS NAME NEWLINE"),
        ("x after train", "NAME AFTER TRAIN NEWLINE"),
        ("x -> repeat 2", "NAME ARROW REPEAT NUMBER NEWLINE"), ("x -> repeat(2)", "NAME ARROW NAME ( NUMBER ) NEWLINE"),
        ("x -> repeat as a", "NAME ARROW NAME AS NAME NEWLINE"), ("repeat 2", "NAME NUMBER NEWLINE"),
        ("x -> repeat as {", "NAME ARROW REPEAT NAME { NEWLINE"),
        ("a: int[3]", "NAME COLON KIND [ NUMBER ] NEWLINE"), ("a: int[N]", "NAME COLON KIND [ NAME ] NEWLINE"),
        ("(a:\n# b\nreal)", "( NAME COLON KIND ) NEWLINE"), ("int[3].W", "PATH NEWLINE"),
        ("a: float", "NAME COLON NAME NEWLINE"),
        ("## a\n## b\nc", "DOC DOC NAME NEWLINE"), ("a ## b\n## c", "NAME NEWLINE"),
        ("## a\nreturn b", "RETURN NAME NEWLINE"),
        ("softmax-loss(a)", "OPERATION ( NAME ) NEWLINE"), ("softmax-loss", "NAME MINUS NAME NEWLINE"),
        ("x^2", "NAME BAD NUMBER NEWLINE"), ("'a b'", "BAD NEWLINE"), ('"a', "BAD NEWLINE"),
        ("a.b[1].c", "PATH NEWLINE"),
        ("a . b", "NAME BAD NAME NEWLINE"), ("1..2", "NUMBER NUMBER NEWLINE"), ("2x", "NUMBER NAME NEWLINE"),
    ],
)  # fmt: skip
def test_tokens(text: str, expected: str) -> None:
    assert kinds(text) == expected
