"""Formulas as MathML, which browsers typeset by themselves."""

from __future__ import annotations

from html import escape

from ...grammar.diagnostic import shown
from ...grammar.expression_text import expression_text
from ...grammar.syntax import Call, Expression, Index, Infix, List, Name, Negative, Number
from ..walk.formulas import BINDS, NEGATIVE, parsed

SIGNS = {"+": "+", "-": "−", "*": "⋅", "@": "\u2062"}

MOST_DEEP = 40
"""Parts inside one another that are typeset; what lies deeper is written as text."""


def mathml(formula: str) -> str | None:
    """A formula, of a table or of a text, as one `math` element; None for one in words."""
    expression = parsed(formula)
    return None if expression is None else f"<math>{_row(expression, 0)}</math>"


def _row(expression: Expression, depth: int) -> str:
    return f"<mrow>{_part(expression, depth)}</mrow>"


def _part(expression: Expression, depth: int) -> str:
    if depth > MOST_DEEP:
        return _text(expression_text(expression))
    deeper = depth + 1
    match expression:
        case Number(value):
            return f"<mn>{escape(f'{value:g}')}</mn>"
        case Name(name):
            return _name(name)
        case Negative(operand):
            return f"<mo>−</mo>{_inside(operand, NEGATIVE, deeper)}"
        case Infix("/", left, right):
            return f"<mfrac>{_row(left, deeper)}{_row(right, deeper)}</mfrac>"
        case Infix("**", left, right):
            return f"<msup><mrow>{_inside(left, BINDS['**'] + 1, deeper)}</mrow>{_row(right, deeper)}</msup>"
        case Infix(symbol, left, right):
            binds = BINDS[symbol]
            first = _inside(left, binds, deeper)
            second = _inside(right, binds + (symbol in ("-", "@")), deeper)
            return f"{first}<mo>{SIGNS[symbol]}</mo>{second}"
        case Call(function, (only,)) if function.name == "sqrt" and only.keyword is None:
            return f"<msqrt>{_row(only.value, deeper)}</msqrt>"
        case Call(function, (only,)) if function.name == "exp" and only.keyword is None:
            return f"<msup><mi>e</mi>{_row(only.value, deeper)}</msup>"
        case Call(function, (only,)) if function.name == "abs" and only.keyword is None:
            return f"<mo>|</mo>{_row(only.value, deeper)}<mo>|</mo>"
        case Call(function, arguments):
            listed = [
                (f"{_name(each.keyword.name)}<mo>=</mo>" if each.keyword else "") + _row(each.value, deeper)
                for each in arguments
            ]
            return f"{_name(function.name)}<mo>\u2061</mo><mo>(</mo>{'<mo>,</mo>'.join(listed)}<mo>)</mo>"
        case List(items):
            return f"<mo>[</mo>{'<mo>,</mo>'.join(_row(each, deeper) for each in items)}<mo>]</mo>"
        case Index(operand, _):
            places = expression_text(expression).removeprefix(expression_text(operand)).strip("[]")
            return f"<msub><mrow>{_inside(operand, 5, deeper)}</mrow>{_text(places)}</msub>"
        case _:
            return _text(expression_text(expression))


def _inside(expression: Expression, binds: int, depth: int) -> str:
    """A part in brackets where it binds less tightly than what is around it."""
    own = BINDS[expression.symbol] if isinstance(expression, Infix) and expression.symbol != "/" else 5
    own = NEGATIVE if isinstance(expression, Negative) else own
    part = _part(expression, depth)
    return f"<mo>(</mo>{part}<mo>)</mo>" if own < binds else part


def _name(name: str) -> str:
    """A name; a number at its end, or in brackets behind it, is an index."""
    stem, bracket, place = name.partition("[")
    bare = stem.rstrip("0123456789")
    index = place.rstrip("]") if bracket else stem[len(bare) :]
    if index and bare and not bare.endswith((".", "_", "-")):
        return f"<msub>{_identifier(stem if bracket else bare)}<mn>{escape(shown(index))}</mn></msub>"
    return _identifier(name)


def _identifier(name: str) -> str:
    return f"<mi>{escape(shown(name))}</mi>"


def _text(text: str) -> str:
    return f"<mtext>{escape(shown(text))}</mtext>"
