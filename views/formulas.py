"""Formulas with names or numbers put in for their operands: for a terminal, and as LaTeX.

Only the short formulas of our own tables and single operations come here, so going down them may recurse.
"""

import re
from collections.abc import Callable, Mapping

from ..compiler.ops.operation import Operation
from ..grammar.diagnostic import SpecError, shown
from ..grammar.parse import parse_expression
from ..grammar.source import Source
from ..grammar.syntax import Call, Expression, Infix, Name, Negative, Number

BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "**": 4}
NEGATIVE, ATOM = 3, 5
"""How tightly signs bind; a minus before something less than a power."""

SIGNS = {"+": "+", "-": "-", "*": "×", "/": "/", "@": "@", "**": "^"}
LATEX_SIGNS = {"+": "+", "-": "-", "*": r"\cdot", "@": r"\,"}

INFIX = {
    "add": "a + b",
    "sub": "a - b",
    "mul": "a * b",
    "div": "a / b",
    "matmul": "a @ b",
    "pow": "a ** b",
    "neg": "-x",
}

FUNCTIONS = {
    "exp": "e^{{{}}}", "sqrt": r"\sqrt{{{}}}", "log": r"\ln\left({}\right)", "tanh": r"\tanh\left({}\right)",
    "sigmoid": r"\sigma\left({}\right)", "transpose": r"{}^{{\top}}",
}  # fmt: skip

LETTERS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", '"': "''",
    "`": r"\textasciigrave{}", "−": "$-$", "×": r"$\times$", "±": r"$\pm$", "‖": r"$\|$", "…": r"\dots{}", "'": "'",
}  # fmt: skip


def forward_formula(operation: Operation) -> str:
    """An operation over its operands' names: `a * b`, `exp(x)`."""
    return INFIX.get(operation.name) or f"{operation.name}({', '.join(operation.operands)})"


def parsed(formula: str) -> Expression | None:
    """The expression of a formula; None for one in words."""
    try:
        return parse_expression(Source("formula", formula))
    except SpecError:
        return None


def with_texts(formula: str, texts: Mapping[str, str]) -> str:
    """A formula for a terminal, its names replaced; a replacement that begins with a minus gets brackets."""
    expression = parsed(formula)
    if expression is None:
        return _in_words(formula, texts)
    return _written(expression, lambda name: texts.get(name, name))[0]


def _in_words(formula: str, texts: Mapping[str, str]) -> str:
    named = re.sub(r"[^\W\d]\w*", lambda found: texts.get(found[0], found[0]), formula)
    return named.replace(" * ", " × ")


def _written(expression: Expression, named: Callable[[str], str]) -> tuple[str, int]:
    """A text and how tightly it binds."""
    match expression:
        case Number():
            return f"{expression.value:g}", ATOM
        case Name():
            text = named(expression.name)
            return text, NEGATIVE if text.startswith("-") else ATOM
        case Negative():
            return f"-{_inside(expression.operand, named, NEGATIVE)}", NEGATIVE
        case Infix(symbol, left, right):
            binds = BINDS[symbol]
            first = _inside(left, named, binds + (symbol == "**"), first=True)
            second = _inside(right, named, binds + (symbol in ("-", "/", "@")))
            return (f"{first}^{second}" if symbol == "**" else f"{first} {SIGNS[symbol]} {second}"), binds
        case Call():
            arguments = ", ".join(_written(argument.value, named)[0] for argument in expression.arguments)
            return f"{expression.function.name}({arguments})", ATOM
        case _:
            raise ValueError("a formula of our own tables has no such part")


def _inside(expression: Expression, named: Callable[[str], str], least: int, *, first: bool = False) -> str:
    """An operand; a minus may stand without brackets only where nothing stands before it."""
    text, binds = _written(expression, named)
    return f"({text})" if binds < least or (binds == NEGATIVE and not first) else text


# --- LaTeX ------------------------------------------------------------------------------------------------------


def with_latex(formula: str, texts: Mapping[str, str]) -> str:
    """A formula in LaTeX; the replacements are LaTeX already."""
    expression = parsed(formula)
    if expression is None:
        parts = re.split(r"([^\W\d]\w*)", formula)
        return "".join(texts[part] if part in texts else _latex_words(part) for part in parts if part)
    return _latex(expression, texts)[0]


def _latex_words(text: str) -> str:
    return rf"\text{{{latex_text(text)}}}".replace(" * ", r" $\cdot$ ")


def _latex(expression: Expression, texts: Mapping[str, str]) -> tuple[str, int]:
    match expression:
        case Number():
            return f"{expression.value:g}", ATOM
        case Name():
            text = texts.get(expression.name) or latex_name(expression.name)
            return text, NEGATIVE if text.startswith("-") else ATOM
        case Negative():
            return f"-{_latex_inside(expression.operand, texts, NEGATIVE)}", NEGATIVE
        case Infix("/", left, right):
            return rf"\frac{{{_latex(left, texts)[0]}}}{{{_latex(right, texts)[0]}}}", ATOM
        case Infix("**", left, right):
            return f"{{{_latex_inside(left, texts, ATOM)}}}^{{{_latex(right, texts)[0]}}}", BINDS["**"]
        case Infix(symbol, left, right):
            binds = BINDS[symbol]
            first = _latex_inside(left, texts, binds, first=True)
            second = _latex_inside(right, texts, binds + (symbol in ("-", "@")))
            return f"{first} {LATEX_SIGNS[symbol]} {second}", binds
        case Call():
            arguments = [_latex(argument.value, texts)[0] for argument in expression.arguments]
            if expression.function.name in FUNCTIONS and len(arguments) == 1:
                return FUNCTIONS[expression.function.name].format(arguments[0]), ATOM
            name = latex_text(expression.function.name)
            return rf"\operatorname{{{name}}}\left({', '.join(arguments)}\right)", ATOM
        case _:
            raise ValueError("a formula of our own tables has no such part")


def _latex_inside(expression: Expression, texts: Mapping[str, str], least: int, *, first: bool = False) -> str:
    text, binds = _latex(expression, texts)
    return rf"\left({text}\right)" if binds < least or (binds == NEGATIVE and not first) else text


def latex_name(path: str) -> str:
    """A name as a symbol: one letter leans, digits at the end are an index, anything longer stands upright."""
    found = re.fullmatch(r"([A-Za-z])_?(\d*)", path)
    if found:
        return f"{found[1]}_{{{found[2]}}}" if found[2] else found[1]
    return rf"\text{{{latex_text(path)}}}"


def latex_text(text: str) -> str:
    """Text that means nothing to TeX."""
    return "".join(LETTERS.get(character, character) for character in shown(text))


def latex_number(text: str) -> str:
    """A short number: 1.5e-7 as 1.5 times a power of ten."""
    mantissa, exponent, power = text.partition("e")
    words = {"nan": r"\text{NaN}", "inf": r"\infty", "-inf": r"-\infty"}
    return rf"{mantissa} \cdot 10^{{{power}}}" if exponent else words.get(text, text)
