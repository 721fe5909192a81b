"""A derivation as a document: in LaTeX, or as formulas inside Markdown."""

from collections.abc import Iterator

from ...grammar.diagnostic import shown
from .derivation import Derivation
from .formulas import latex_text
from .walk import Walk


def latex(walk: Walk, title: str, by: int | None = None, *, full: bool = False) -> str:
    """A document for a TeX of any kind; `full` writes tensors out."""
    derivation = Derivation(walk, full=full)
    foreign = not all(latex_text(path).isascii() for path in (title, *walk.graph.index))
    parts = [
        *(["% letters beyond Latin and Greek: use xelatex or lualatex, with a font that has them"] if foreign else []),
        r"\documentclass{article}",
        r"\usepackage[a4paper,landscape,margin=2cm]{geometry}",
        r"\usepackage{amsmath}",
        *([rf"\setcounter{{MaxMatrixCols}}{{{_widest(walk)}}}"] if full else []),
        r"\allowdisplaybreaks",
        r"\begin{document}",
        rf"\section*{{{latex_text(title)}}}",
        r"\subsection*{Forward}",
        _aligned(derivation.forward()),
    ]
    if walk.of is not None:
        parts += [r"\subsection*{Reverse}", _aligned(derivation.reverse(by))]
        chains = list(_chains(derivation, by))
        if chains:
            parts += [r"\subsection*{By the chain rule}", *(_aligned([chain]) for chain in chains)]
    return "\n".join((*parts, r"\end{document}", ""))


def markdown(walk: Walk, title: str, by: int | None = None, *, full: bool = False) -> str:
    """Markdown with formulas between `$$`, as forges and notebooks show them; `full` writes tensors out."""
    derivation = Derivation(walk, full=full)
    parts = [f"# {_plain_markdown(title)}", "## Forward", _displayed(derivation.forward())]
    if walk.of is not None:
        parts += ["## Reverse", _displayed(derivation.reverse(by))]
        chains = list(_chains(derivation, by))
        if chains:
            parts += ["## By the chain rule", *(_displayed([chain]) for chain in chains)]
    return "\n\n".join(parts) + "\n"


def _widest(walk: Walk) -> int:
    """The most columns of any tensor."""
    return max((each.shape[-1] for each in walk.values.values() if each.ndim), default=1)


def _chains(derivation: Derivation, by: int | None) -> Iterator[str]:
    """The gradients by inputs and params, or by one node, as chains of partial derivatives."""
    graph = derivation.walk.graph
    leaves = [each.index for each in graph.inputs.values()] + [each.index for each in graph.params.values()]
    for number in leaves if by is None else [by]:
        if number in derivation.walk.gradients and (chain := derivation.chains(number)) is not None:
            yield chain


def _aligned(equations: Iterator[str] | list[str]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(equations) + "\n\\end{align*}"


def _displayed(equations: Iterator[str] | list[str]) -> str:
    return "$$\n\\begin{aligned}\n" + " \\\\\n".join(equations) + "\n\\end{aligned}\n$$"


def _plain_markdown(text: str) -> str:
    """Text that means nothing to Markdown or HTML."""
    return "".join(f"&#{ord(c)};" if c in "\\`*_{}[]()#+-.!|<>&$~\"'" else c for c in shown(text))
