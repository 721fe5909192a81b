"""Expressions as text."""

import pytest

from chainrule.grammar.expression_text import expression_text
from chainrule.grammar.parse import parse_expression
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Infix, Name, Number


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("((a + b)) * c", "(a + b) * c"), ("a + (b * c)", "a + b * c"), ("a - (b - c)", "a - (b - c)"),
        ("(a ** b) ** c", "(a ** b) ** c"), ("a ** (b ** c)", "a ** b ** c"), ("-(x ** 2)", "-x ** 2"),
        ("(-x) ** 2", "(-x) ** 2"), ("2 ** (-1)", "2 ** -1"), ("-(a + b)", "-(a + b)"), ("a * -b", "a * -b"),
        ("(x -> f) + 1", "(x -> f) + 1"), ("(x + 1) -> f -> g as h", "x + 1 -> f -> g as h"),
        ("f(x -> g, k = (1))", "f(x -> g, k = 1)"), ("[[1, 2.0]]", "[[1, 2.0]]"), ('idx("a b")', 'idx("a b")'),
        ("x -> repeat (n + 1) { f -> g }", "x -> repeat (n + 1) { f -> g }"), ("1e-7", "1e-07"),
        ("L.dense(tail[1].W)", "L.dense(tail[1].W)"), ("softmax-loss(y, t)", "softmax-loss(y, t)"),
    ],
)  # fmt: skip
def test_no_more_parentheses_than_needed(text: str, written: str) -> None:
    assert expression_text(parse_expression(Source("e", text))) == written


def test_negative_numbers_of_a_program_bind_like_a_sign() -> None:
    power = Infix("**", Number(-2, 0, 0), Name("x", 0, 0), 0, 0)
    assert expression_text(power) == "(-2) ** x"
