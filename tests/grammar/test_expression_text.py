"""Expressions as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("x [0] + (x)[0][1]", "x[0] + (x)[0][1]"), ("(a + b)[:, 1:n + 1, ...]", "(a + b)[:, 1:n + 1, ...]"),
        ("-x[-1] ** 2", "-x[-1] ** 2"), ("(-x)[::-1]", "(-x)[::-1]"), ("(x -> f)[0:][1]", "(x -> f)[0:][1]"),
        ("[a, [b]][0] @ f(x)[:n]", "[a, [b]][0] @ f(x)[:n]"), ("x[(a -> b):(c)]", "x[a -> b:c]"),
        ("reshape(x, [N, ..., 2])", "reshape(x, [N, ..., 2])"), ("x[0, int:real:2]", "x[0, int:real:2]"),
        ("L.dense(tail[1].W)", "L.dense(tail[1].W)"), ("softmax-loss(y, t)", "softmax-loss(y, t)"),
    ],
)  # fmt: skip
def test_no_more_parentheses_than_needed(text: str, written: str) -> None:
    assert expression_text(parse_expression(Source("e", text))) == written


def test_negative_numbers_of_a_program_bind_like_a_sign() -> None:
    power = Infix("**", Number(-2, 0, 0), Name("x", 0, 0), 0, 0)
    assert expression_text(power) == "(-2) ** x"


def expressions() -> st.SearchStrategy[str]:
    """Expressions that hold indices and lists, as text."""
    word = st.sampled_from(["x", "tail[1]", "a.b[2].c", "2", "int", "f(x)", "d(y)/d(x)"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        bound = st.one_of(st.just(""), inner)
        place = st.one_of(
            inner,
            st.just("..."),
            st.builds(lambda a, b: f"{a}:{b}", bound, bound),
            st.builds(lambda a, b, c: f"{a}:{b}:{c}", bound, bound, bound),
        )
        places = st.lists(place, min_size=1, max_size=3).map(", ".join)
        several = st.lists(inner, min_size=1, max_size=3).map(", ".join)
        return st.one_of(
            st.builds(lambda a, b: f"({a})[{b}]", inner, places),
            places.map(lambda each: f"x [{each}]"),
            st.builds(lambda a, b: f"f({a})[{b}][0]", several, places),
            several.map(lambda items: f"[{items}]"),
            st.builds(lambda a, b: f"({a}) - {b} ** ({a})", inner, inner),
            inner.map(lambda each: f"-({each})"),
        )

    return st.recursive(word, larger, max_leaves=8)


@given(expressions())
def test_indices_read_back_from_their_text(text: str) -> None:
    first = parse_expression(Source("e", text))
    written = expression_text(first)
    assert expression_text(parse_expression(Source("e", written))) == written
    assert placeless(parse_expression(Source("e", written))) == placeless(first)


def placeless(part: object) -> object:
    """Syntax without its places."""
    if (names := getattr(part, "__match_args__", None)) is not None:
        return [placeless(getattr(part, name)) for name in names if name not in ("start", "stop")]
    return list(map(placeless, part)) if isinstance(part, tuple) else part
