"""Formulas with names or numbers put in for their operands: for a terminal, and as LaTeX.

Only the short formulas of our own tables and single operations come here, so going down them may recurse.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from itertools import groupby

from ...compiler.graph.graph import Node
from ...compiler.ops.table import find
from ...grammar.diagnostic import shown
from ...grammar.expression_text import expression_text
from ...grammar.parse import parse_expression
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from ...grammar.syntax import Argument, Call, Expression, Index, Infix, List, Name, Negative, Number, Text
from ...grammar.unicode.characters import SUBSCRIPTS
from .symbols import written_attributes

BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "**": 4}
NEGATIVE, ATOM = 3, 5
"""How tightly signs bind; a minus before something less than a power."""

SIGNS = {"+": "+", "-": "-", "*": "×", "/": "/", "@": "@", "**": "^"}
LATEX_SIGNS = {"+": "+", "-": "-", "*": r"\cdot", "@": r"\,"}
ELEMENT_BY_ELEMENT = r"\odot"
"""The LaTeX sign for a product of two tensors element by element."""

LETTERS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", '"': "''",
    "`": r"\textasciigrave{}", "−": "$-$", "×": r"$\times$", "±": r"$\pm$", "‖": r"$\|$", "…": r"\dots{}", "'": "'",
}  # fmt: skip


GREEK = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "ϵ": r"\epsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "ϑ": r"\vartheta", "ι": r"\iota", "κ": r"\kappa",
    "λ": r"\lambda", "μ": r"\mu", "µ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ϖ": r"\varpi",
    "ρ": r"\rho", "ϱ": r"\varrho", "σ": r"\sigma", "ς": r"\varsigma", "τ": r"\tau", "υ": r"\upsilon",
    "φ": r"\varphi", "ϕ": r"\phi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma", "Δ": r"\Delta",
    "Θ": r"\Theta", "Λ": r"\Lambda", "Ξ": r"\Xi", "Π": r"\Pi", "Σ": r"\Sigma", "Φ": r"\Phi", "Ψ": r"\Psi",
    "Ω": r"\Omega",
}  # fmt: skip
"""Greek letters that every TeX has; capitals that look Latin are none of them."""


def forward_formula(node: Node) -> str:
    """A node's operation over its operands' names: `a * b`, `exp(x)`, `sum(x, axis = 1)`."""
    operation = node.operation
    if operation.words.sign:
        return operation.formula
    if operation.words.index is not None:
        return f"{operation.operands[0]}{operation.words.index(*node.attributes)}"
    operands = (f"{slot} = {slot}" if slot in operation.by_name else slot for slot in node.slots)
    given = ", ".join((*operands, *written_attributes(node)))
    return f"{operation.called}({given})"


@lru_cache(2048)  # operations have few, and a walk asks for them at every node
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
        case Name(name) if name.endswith("]"):
            base, _, place = name.partition("[")
            return f"{_inside(Name(base, 0, 0), named, ATOM)}[{place}", ATOM
        case Name():
            text = named(expression.name)
            return text, NEGATIVE if text.startswith("-") else ATOM
        case Index(operand, _):
            return _inside(operand, named, ATOM) + _index(expression), ATOM
        case Negative():
            return f"-{_inside(expression.operand, named, NEGATIVE)}", NEGATIVE
        case Infix(symbol, left, right):
            binds = BINDS[symbol]
            first = _inside(left, named, binds + (symbol == "**"), first=True)
            second = _inside(right, named, binds + (symbol in ("-", "/", "@")))
            return (f"{first}^{second}" if symbol == "**" else f"{first} {SIGNS[symbol]} {second}"), binds
        case Call():
            arguments = ", ".join(
                _keyword(argument) + _written(argument.value, named)[0] for argument in expression.arguments
            )
            return f"{expression.function.name}({arguments})", ATOM
        case List():
            return f"[{', '.join(_written(item, named)[0] for item in expression.items)}]", ATOM
        case Text():
            return f'"{expression.value}"', ATOM
        case _:
            raise ValueError("a formula of our own tables has no such part")


def _index(index: Index) -> str:
    """The brackets of an index: the names in it are dims, which keep theirs."""
    return expression_text(index._replace(operand=Name("", 0, 0)))


def _keyword(argument: Argument) -> str:
    return f"{argument.keyword.name} = " if argument.keyword else ""


def _inside(expression: Expression, named: Callable[[str], str], least: int, *, first: bool = False) -> str:
    """An operand; a minus may stand without brackets only where nothing stands before it."""
    text, binds = _written(expression, named)
    return f"({text})" if binds < least or (binds == NEGATIVE and not first) else text


# --- LaTeX ------------------------------------------------------------------------------------------------------


def with_latex(formula: str, texts: Mapping[str, str], tensors: Collection[str] = ()) -> str:
    """A formula in LaTeX; the replacements are LaTeX already. `tensors` are the names that stand for no scalar."""
    expression = parsed(formula)
    if expression is None:
        parts = re.split(r"([^\W\d]\w*)", formula)
        said = [(texts[part], True) if part in texts else (part, False) for part in parts if part]
        return "".join(_latex_words(said))
    return _Latex(texts, tensors).written(expression)[0]


def _latex_words(parts: list[tuple[str, bool]]) -> Iterator[str]:
    """LaTeX as it stands, the words between it as text."""
    for is_latex, group in groupby(parts, lambda part: part[1]):
        text = "".join(part for part, _ in group)
        yield text if is_latex else latex_words(text)


def latex_words(text: str) -> str:
    """Words within a formula."""
    return rf"\text{{{latex_text(text)}}}"


class _Latex:
    """Writes expressions in LaTeX: each as its text and how tightly it binds."""

    def __init__(self, texts: Mapping[str, str], tensors: Collection[str]) -> None:
        self.texts = texts
        self.tensors = tensors

    def written(self, expression: Expression) -> tuple[str, int]:
        match expression:
            case Number():
                return f"{expression.value:g}", ATOM
            case Name(name) if name.endswith("]"):
                base, _, place = name.partition("[")
                return self._inside(Name(base, 0, 0), ATOM) + latex_words(f"[{place}"), ATOM
            case Name():
                text = self.texts.get(expression.name) or latex_name(expression.name)
                return text, NEGATIVE if text.startswith("-") else ATOM
            case Index(operand, _):
                return self._inside(operand, ATOM) + latex_words(_index(expression)), ATOM
            case Negative():
                return f"-{self._inside(expression.operand, NEGATIVE)}", NEGATIVE
            case Infix("/", left, right):
                return rf"\frac{{{self.written(left)[0]}}}{{{self.written(right)[0]}}}", ATOM
            case Infix("**", left, right):
                return f"{{{self._raised(left)}}}^{{{self.written(right)[0]}}}", BINDS["**"]
            case Infix(symbol, left, right):
                binds = BINDS[symbol]
                first = self._inside(left, binds, first=True)
                second = self._inside(right, binds + (symbol in ("-", "@")))
                both = symbol == "*" and self._is_tensor(left) and self._is_tensor(right)
                return f"{first} {ELEMENT_BY_ELEMENT if both else LATEX_SIGNS[symbol]} {second}", binds
            case Call():
                return self._call(expression), ATOM
            case List():
                return rf"\left[{', '.join(self.written(item)[0] for item in expression.items)}\right]", ATOM
            case Text():
                return latex_words(f'"{expression.value}"'), ATOM
            case _:
                raise ValueError("a formula of our own tables has no such part")

    def _call(self, call: Call) -> str:
        name, arguments = call.function.name, call.arguments
        operation = find(name)
        template = operation.words.latex if operation is not None and len(arguments) == 1 else ""
        if template.startswith("{}^"):
            return template.format(self._raised(arguments[0].value))
        said = [
            (rf"{latex_words(argument.keyword.name)} = " if argument.keyword else "") + self.written(argument.value)[0]
            for argument in arguments
        ]
        if template:
            return template.format(said[0])
        return rf"\operatorname{{{latex_text(name)}}}\left({', '.join(said)}\right)"

    def _inside(self, expression: Expression, least: int, *, first: bool = False) -> str:
        text, binds = self.written(expression)
        return rf"\left({text}\right)" if binds < least or (binds == NEGATIVE and not first) else text

    def _raised(self, expression: Expression) -> str:
        """What stands below an exponent: a fraction in brackets, or the exponent would seem to be its numerator's."""
        text, binds = self.written(expression)
        return rf"\left({text}\right)" if binds < ATOM or binds == NEGATIVE or text.startswith(r"\frac") else text

    def _is_tensor(self, expression: Expression) -> bool:
        match expression:
            case Name():
                return expression.name in self.tensors
            case Negative():
                return self._is_tensor(expression.operand)
            case Infix(_, left, right):
                return self._is_tensor(left) or self._is_tensor(right)
            case Call():
                return any(self._is_tensor(argument.value) for argument in expression.arguments)
            case _:
                return False


def latex_name(path: str) -> str:
    """A name as a symbol: one letter leans, digits at the end are an index, anything longer stands upright.

    Greek letters and subscripts are TeX's own, so that no TeX needs a font for them.
    """
    found = re.fullmatch(rf"([A-Za-z{''.join(GREEK)}])(?:_?(\d*)|([₀-₉]*))", path, re.ASCII)
    if found:
        index = found[2] or (found[3] or "").translate(SUBSCRIPTS)
        letter = GREEK.get(found[1], found[1])
        return f"{letter}_{{{index}}}" if index else letter
    parts = re.split(rf"([{''.join(GREEK)}]+|[₀-₉]+)", path)
    return "".join(_latex_part(part, within=place % 2 == 1) for place, part in enumerate(parts) if part)


def _latex_part(part: str, *, within: bool) -> str:
    """A part of a longer name; `within` is one of Greek letters or of subscripts."""
    if not within:
        return latex_words(part)
    if part[0] in GREEK:
        return "".join(map(GREEK.__getitem__, part))
    return f"_{{{part.translate(SUBSCRIPTS)}}}"


def latex_text(text: str) -> str:
    """Text that means nothing to TeX."""
    return "".join(map(_latex_letter, shown(text)))


def _latex_letter(character: str) -> str:
    if character in GREEK:
        return f"${GREEK[character]}$"
    if ord(character) in SUBSCRIPTS:
        return f"$_{{{SUBSCRIPTS[ord(character)]}}}$"
    return LETTERS.get(character, character)


def latex_number(text: str) -> str:
    """A short number: 1.5e-7 as 1.5 times a power of ten."""
    mantissa, exponent, power = text.partition("e")
    words = {"nan": r"\text{NaN}", "inf": r"\infty", "-inf": r"-\infty"}
    return rf"{mantissa} \cdot 10^{{{power}}}" if exponent else words.get(text, text)
