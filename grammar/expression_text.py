"""The text of an expression."""

from collections.abc import Sequence
from typing import TypeAlias

from .syntax import (
    Argument,
    Call,
    Chain,
    Dots,
    Expression,
    Grouped,
    Index,
    Infix,
    List,
    Name,
    Negative,
    Number,
    Range,
    Repeat,
    Stage,
    Text,
)

# How strongly an expression binds, and what its operands must bind at least: the levels of graph.lark.
CHAIN, SUM, PRODUCT, UNARY, POWER, ATOM = range(6)
INFIX = {
    "+": (SUM, SUM, PRODUCT),
    "-": (SUM, SUM, PRODUCT),
    "*": (PRODUCT, PRODUCT, UNARY),
    "/": (PRODUCT, PRODUCT, UNARY),
    "@": (PRODUCT, PRODUCT, UNARY),
    "**": (POWER, ATOM, UNARY),
}

Piece: TypeAlias = Expression | Stage | Repeat | Argument | Range
Waiting: TypeAlias = str | tuple[Piece, int]


def expression_text(expression: Expression) -> str:
    """The text of an expression, with no more parentheses than it needs; reads back to the same expression."""
    written: list[str] = []
    waiting: list[Waiting] = [(expression, CHAIN)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            written.append(part)
        else:
            waiting += reversed(parts(*part))
    return "".join(written)


def parts(expression: Piece, least: int) -> list[Waiting]:
    """An expression as text and smaller expressions, in parentheses if it binds less than `least`."""
    binds: int = ATOM
    inside: list[Waiting]
    match expression:
        case Number(value):
            binds, inside = (ATOM if value >= 0 else UNARY), [repr(value)]
        case Text(value):
            inside = [f'"{value}"']
        case Name(name):
            inside = [name]
        case Infix(symbol, left, right):
            binds, of_left, of_right = INFIX[symbol]
            inside = [(left, of_left), f" {symbol} ", (right, of_right)]
        case Negative(operand):
            binds, inside = UNARY, ["-", (operand, UNARY)]
        case List(items):
            inside = ["[", *separated(items, ", "), "]"]
        case Dots():
            inside = ["..."]
        case Index(operand, places):
            grouped = isinstance(operand, Grouped | Number | Text)  # no index follows a number or a text
            of: list[Waiting] = ["(", (operand, CHAIN), ")"] if grouped else [(operand, ATOM)]
            inside = [*of, "[", *separated(places, ", "), "]"]
        case Range(begin, end, step):
            inside = [(begin, CHAIN)] if begin else []
            inside += [":", (end, CHAIN)] if end else [":"]
            inside += [":", (step, CHAIN)] if step else []
        case Call(function, arguments):
            shares = f" like {expression.like.name}" if expression.like else ""
            inside = [f"{function.name}(", *separated(arguments, ", "), f"){shares}"]
        case Argument(keyword, value):
            inside = [f"{keyword.name} = " if keyword else "", (value, CHAIN)]
        case Chain(first, stages):
            binds, inside = CHAIN, [(first, SUM), " -> ", *separated(stages, " -> ")]
        case Stage(target, name):
            inside = [(target, CHAIN), *([f" as {name.name}"] if name else [])]
        case Repeat(count, stages):
            plain = isinstance(count, Name | Number | Call)  # the scanner wants one of these, or parentheses
            copies: list[Waiting] = [(count, ATOM)] if plain else ["(", (count, CHAIN), ")"]
            inside = ["repeat ", *copies, " { ", *separated(stages, " -> "), " }"]
    return inside if binds >= least else ["(", *inside, ")"]


def separated(members: Sequence[Piece], separator: str) -> list[Waiting]:
    return [part for index, member in enumerate(members) for part in (separator * (index > 0), (member, CHAIN))]
