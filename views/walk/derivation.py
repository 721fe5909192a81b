"""A walk as a derivation on paper: its equations in LaTeX."""

import re
from collections.abc import Collection, Iterator, Mapping

import numpy as np

from ...compiler.graph.graph import Node
from ...compiler.ops.facts import Share
from ...compiler.ops.leaves import CONSTANT, SIZE
from ...runtime.arrays import Array
from ..text.numerals import gradient_label, short, value_label
from .formulas import forward_formula, latex_name, latex_number, latex_words, parsed, with_latex
from .rules import counts, local_rule, numbers_of, share
from .sentences import fresh
from .symbols import symbol
from .walk import Walk, WalkStep

MOST_PATHS = 4
"""Paths to a node up to which its gradient is written as a sum of chains."""

MOST_LINKS = 12
"""Partial derivatives up to which a chain is written on one line."""


DOT = r"\cdot"


class Derivation:
    """The equations of one walk; `full` writes tensors out as matrices."""

    def __init__(self, walk: Walk, *, full: bool = False) -> None:
        self.walk = walk
        self.nodes = walk.graph.nodes
        self.full = full

    def forward(self) -> Iterator[str]:
        """An equation for each value; `&` stands where they are aligned."""
        for step in self.walk.steps:
            if step.kind == "value":
                yield self._value(step)

    def reverse(self, by: int | None) -> Iterator[str]:
        """An equation for each step back; `by` leaves out what the gradient by that node does not need."""
        wanted = self.walk.graph.dependents([by]) if by is not None else None
        for step in self.walk.steps:
            if step.kind != "value" and (wanted is None or wanted[step.node]):
                yield {"seed": self._seed, "product": self._product, "sum": self._sum}[step.kind](step)

    def chains(self, by: int) -> str | None:
        """The gradient by a node as products of partial derivatives, summed over its paths; None for too many."""
        walk = self.walk
        paths = self._paths(by)
        if paths is None or walk.of is None or not all(edge in walk.locals for path in paths for edge in path):
            return None
        seed = short(walk.gradients[walk.of].item())
        letters = " + ".join(self._letters(path) for path in paths)
        numbers = []
        for path in paths:
            factors = [*([seed] if seed != "1" else []), *(short(walk.locals[edge].item()) for edge in path)]
            numbers.append(r" \cdot ".join(_behind(number, first=not place) for place, number in enumerate(factors)))
        product = " + ".join(numbers)
        lines = (f"{self._gradient(by)} &= {letters}", *self._slopes(paths, seed), product, _number(walk.gradients[by]))
        return r" \\ &= ".join(lines)

    def _slopes(self, paths: list[list[tuple[int, int]]], seed: str) -> tuple[str, ...]:
        """The same products with each local derivative as its formula; none where that says no more than numbers do."""
        products = []
        for path in paths:
            factors = [latex_number(seed)] if seed != "1" else []
            for user, slot in path:
                formula = local_rule(self.nodes[user], slot)
                factors.append(_factor(formula, with_latex(formula, self._names_in_rules(self.nodes[user]))))
            products.append(rf" {DOT} ".join(factors))
        said = " + ".join(products)
        return (said,) if any(letter.isalpha() for letter in said.replace(DOT, "")) else ()

    def _letters(self, path: list[tuple[int, int]]) -> str:
        return r" \cdot ".join(self._partial(user, self.nodes[user].inputs[slot]) for user, slot in path)

    def _paths(self, by: int) -> list[list[tuple[int, int]]] | None:
        """The paths of edges from the end back to a node; None where there are many, or long ones, or none."""
        found: list[list[tuple[int, int]]] = []
        work: list[list[tuple[int, int]]] = [[edge] for edge in self.walk.users(by)]
        while work:
            path = work.pop(0)
            last = path[-1][0]
            if last == self.walk.of:
                found.append(path[::-1])
            elif len(path) < MOST_LINKS:
                work += [[*path, edge] for edge in self.walk.users(last)]
            if len(found) + len(work) > MOST_PATHS or len(path) >= MOST_LINKS:
                return None
        return found or None

    # --- names --------------------------------------------------------------------------------------------------

    def name(self, number: int) -> str:
        node = self.nodes[number]
        if node.operation is CONSTANT:
            if self.full and not self._scalar(number) and number in self.walk.values:
                return _matrix(self.walk.values[number])
            return latex_number(symbol(node)) if self._scalar(number) else latex_words(symbol(node))
        if node.operation is SIZE:
            return latex_name(symbol(node))
        return latex_name(node.path) if node.path else latex_name(f"{node.operation.called}{number}")

    def _scalar(self, number: int) -> bool:
        return not self.nodes[number].type.shape

    def _partial(self, above: int, below: int) -> str:
        return rf"\frac{{\partial {self.name(above)}}}{{\partial {self.name(below)}}}"

    def _gradient(self, number: int) -> str:
        assert self.walk.of is not None  # without it no step has a gradient
        return self._partial(self.walk.of, number)

    def _names(self, node: Node) -> dict[str, str]:
        return {slot: self.name(each) for slot, each in zip(node.slots, node.inputs, strict=True)}

    def _names_in_rules(self, node: Node) -> dict[str, str]:
        """The same, and the numbers that its attributes are."""
        return {name: latex_number(short(number)) for name, number in numbers_of(node).items()} | self._names(node)

    # --- equations ----------------------------------------------------------------------------------------------

    def _value(self, step: WalkStep) -> str:
        node, value = self.nodes[step.node], self.walk.values[step.node]
        name = self.name(step.node)
        if not node.inputs:
            return f"{name} &= {self._number(value)}"
        formula = forward_formula(node)
        operands = [self.walk.values.get(operand) for operand in node.inputs]
        parts = [with_latex(formula, self._names(node), self._tensors(node))]
        if value.ndim == 0 and all(each is not None and each.ndim == 0 for each in operands):
            texts = {
                slot: latex_number(short(np.asarray(each).item()))
                for slot, each in zip(node.slots, operands, strict=True)
            }
            parts.append(with_latex(formula, texts))
        return f"{name} &= {_equal(*parts, self._number(value))}"

    def _seed(self, step: WalkStep) -> str:
        return f"{self._gradient(step.node)} &= {self._number(self.walk.gradients[step.node])}"

    def _product(self, step: WalkStep) -> str:
        user, edge = self.nodes[step.user], (step.user, step.slot)
        result = self._number(self.walk.products[edge])
        left = self._gradient(step.node)
        if len(self.walk.users(step.node)) > 1:
            left = rf"\left.{left}\right|_{{{self.name(step.user)}}}"
        if edge not in self.walk.locals:
            told, *explained = self._tensor_rule(user, step)
            sign = " =" if self.full or self._scalar(step.node) else ","
            return f"{left} &= {told}{sign} {result}" + "".join(rf",\quad {each}" for each in explained)
        chain = rf"{self._gradient(step.user)} \cdot {self._partial(step.user, step.node)}"
        formula = local_rule(user, step.slot)
        rule = _factor(formula, with_latex(formula, self._names_in_rules(user)))
        arriving = self._number(self.walk.gradients[step.user])
        local = _behind(short(self.walk.locals[edge].item()), first=False)
        first = () if step.user == self.walk.of else (chain,)
        numbers = rf"{arriving} \cdot {local}"
        return f"{left} &= {_equal(*first, rf'{arriving} {DOT} {rule}', numbers, result)}"

    def _tensor_rule(self, user: Node, step: WalkStep) -> list[str]:
        """What an operand gets of a gradient that has a shape, or goes to one that has; then what its names mean."""
        rule = share(user, step.slot, [self.nodes[operand].type for operand in user.inputs])
        names = self._names(user)
        numbers = {
            name: latex_number(short(number)) for name, number in counts(user, self.walk.values[user.inputs[0]]).items()
        }
        letters = {letter: fresh(letter, names.values()).replace("′", "'") for letter in rule.where}
        tensors = {*self._tensors(user), *rule.where, *("g" if self.nodes[step.user].type.shape else "")}
        return _said_rule(rule, {**numbers, **names, **letters, "g": self._gradient(step.user)}, tensors)

    def _tensors(self, node: Node) -> set[str]:
        """What an operation calls those of its operands that are no scalars."""
        named = zip(node.slots, node.inputs, strict=True)
        return {slot for slot, each in named if not self._scalar(each)}

    def _number(self, value: Array) -> str:
        """A scalar; of a tensor its shape and its norm, or all of its elements."""
        return _matrix(value) if self.full and value.ndim else _number(value)

    def _sum(self, step: WalkStep) -> str:
        users = self.walk.users(step.node)
        numbers = " + ".join(
            _behind(gradient_label(self.walk.products[edge])[0], first=not place) if self._scalar(step.node)
            else rf"\left.{self._gradient(step.node)}\right|_{{{self.name(edge[0])}}}"
            for place, edge in enumerate(users)
        )  # fmt: skip
        separator = " =" if self.full or self._scalar(step.node) else ","
        return f"{self._gradient(step.node)} &= {numbers}{separator} {self._number(self.walk.gradients[step.node])}"


def _said_rule(rule: Share, texts: Mapping[str, str], tensors: Collection[str]) -> list[str]:
    """A rule in LaTeX, and an equation for each of the names that it needs."""
    told = with_latex(rule.formula, texts, tensors)
    if rule.ending:
        parts = re.split(r"{(\w+)}", rule.ending)  # words and operands in turn
        ending = "".join(texts[part] if place % 2 else latex_words(part) for place, part in enumerate(parts) if part)
        compound = getattr(parsed(rule.formula), "symbol", "")
        told = rf"\left({told}\right)\ {ending}" if compound else rf"{told}\ {ending}"
    explained = (
        f"{texts.get(name, name)} = {_said_rule(other, texts, tensors)[0]}" for name, other in rule.where.items()
    )
    return [told, *explained]


def _equal(*parts: str) -> str:
    """Parts with equal signs between them; one that only says the one before again is left out."""
    return " = ".join(part for place, part in enumerate(parts) if not place or part != parts[place - 1])


def _factor(formula: str, text: str) -> str:
    """A local derivative as a factor: in brackets where it is a sum or begins with a minus."""
    expression = parsed(formula)
    loose = getattr(expression, "symbol", "") in ("+", "-") or text.startswith("-") or expression is None
    return rf"\left({text}\right)" if loose else text


def _behind(number: str, *, first: bool) -> str:
    text = latex_number(number)
    return rf"\left({text}\right)" if text.startswith("-") and not first else text


def _matrix(value: Array) -> str:
    """All elements; more than two axes are matrices in a column."""
    if value.ndim == 0:
        return latex_number(short(value.item()))
    if value.ndim == 1:
        rows = [" & ".join(latex_number(short(each)) for each in value.tolist())]
    elif value.ndim == 2:
        rows = [" & ".join(latex_number(short(each)) for each in row) for row in value.tolist()]
    else:
        rows = [_matrix(each) for each in value]
    body = r" \\ ".join(rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def _number(value: Array) -> str:
    """A scalar; of a tensor its shape and its norm."""
    if value.ndim == 0:
        return latex_number(short(value.item()))
    shape = r" \times ".join(map(str, value.shape))
    lines = gradient_label(value) if value.dtype.kind == "f" else value_label(value)[1:]
    size = lines[0].strip("‖")
    norm = rf",\ \lVert\cdot\rVert = {latex_number(size)}" if value.dtype.kind == "f" else ""
    return rf"\left[{shape}\right]{norm}"
