"""What each step of a walk says: equations of names, of numbers, and the result."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ...compiler.graph.graph import Node
from ...compiler.ops.facts import Share
from ...compiler.ops.leaves import CONSTANT, SIZE
from ...grammar.diagnostic import shown
from ...grammar.source import Span
from ...runtime.arrays import Array
from ..text.numerals import gradient_label, matrix_lines, short, value_label
from ..text.terminal import width
from .formulas import forward_formula, with_texts
from .rules import counts, local_rule, numbers_of, share
from .symbols import symbol
from .walk import Walk, WalkStep


class Sentence(NamedTuple):
    """One step in words: `left = parts[0] = parts[1] = ...`; `span` is its place in the text, if it has one.

    The last part is the result; that of a tensor in full has several lines.
    """

    step: WalkStep
    left: str
    parts: tuple[str, ...]
    span: Span | None

    @property
    def line(self) -> int | None:
        """The line of its place, in whichever file that is."""
        return self.span.line if self.span is not None else None

    @property
    def text(self) -> str:
        return "\n".join(self.lines())

    def lines(self, start: str = "", after: str = "") -> list[str]:
        """The sentence behind a `start`; rows of a matrix stand below it, under its first equal sign."""
        *parts, result = self.parts
        rows = result.split("\n")
        if len(rows) == 1:
            return [start + " = ".join((self.left, *self.parts)) + after]
        indent = " " * (width(start) + width(self.left) + 1)
        below = [f"{indent}{sign} {row}" for sign, row in zip("=" + " " * len(rows), rows, strict=False)]
        return [start + " = ".join((self.left, *parts)) + after, *below]


def sentences(walk: Walk, by: int | None = None, *, full: bool = False) -> Iterator[Sentence]:
    """A sentence for each step; `by` leaves out what the gradient by that node does not need.

    `full` writes tensors out.
    """
    wanted = walk.graph.dependents([by]) if by is not None else None
    teller = Teller(walk, full=full)
    for step in walk.steps:
        if wanted is None or step.kind in ("value", "seed") or (wanted[step.node] and step.node >= (by or 0)):
            yield teller.sentence(step)


class Teller:
    """Tells the steps of one walk."""

    def __init__(self, walk: Walk, *, full: bool = False) -> None:
        self.walk = walk
        self.nodes = walk.graph.nodes
        self.full = full

    def sentence(self, step: WalkStep) -> Sentence:
        left, parts = {
            "value": self._value, "seed": self._seed, "product": self._product, "sum": self._sum,
        }[step.kind](step)  # fmt: skip
        span = self.nodes[step.user if step.kind == "product" else step.node].span
        following = [*(part.split() for part in parts[1:]), None]
        kept = tuple(part for part, after in zip(parts, following, strict=True) if part.split() != after)
        return Sentence(step, left, kept, span)

    def name(self, number: int) -> str:
        """What a node is called: its path, or the number that a constant is."""
        node = self.nodes[number]
        if self.full and node.operation is CONSTANT and number in self.walk.values:
            return " ".join(line.strip() for line in matrix_lines(self.walk.values[number]))
        if node.operation is CONSTANT or node.operation is SIZE:
            return symbol(node)
        return shown(node.path) if node.path else f"{node.operation.called}_{number}"

    def gradient_name(self, number: int) -> str:
        """`d total/d price`."""
        assert self.walk.of is not None  # without it no step has a gradient
        return f"d {self.name(self.walk.of)}/d {self.name(number)}"

    def names(self, node: Node) -> dict[str, str]:
        """The names of a node's operands, by what its operation calls them."""
        return {slot: self.name(each) for slot, each in zip(node.slots, node.inputs, strict=True)}

    def names_in_rules(self, node: Node) -> dict[str, str]:
        """The same, and the numbers that its attributes are."""
        return {name: short(number) for name, number in numbers_of(node).items()} | self.names(node)

    def numbers(self, node: Node) -> Mapping[str, str] | None:
        """Their numbers; None where one is no scalar, or was not computed."""
        found = {}
        for slot, operand in zip(node.slots, node.inputs, strict=True):
            value = self.walk.values.get(operand)
            if value is None or value.ndim:
                return None
            found[slot] = short(value.item())
        return found

    def _value(self, step: WalkStep) -> tuple[str, tuple[str, ...]]:
        node, value = self.nodes[step.node], self.walk.values[step.node]
        result = self._result(value, said(value))
        if not node.inputs:
            return self.name(step.node), (result,)
        formula = forward_formula(node)
        numbers = self.numbers(node)
        parts = [with_texts(formula, self.names(node))]
        if numbers is not None and value.ndim == 0:
            parts.append(with_texts(formula, numbers))
        return self.name(step.node), (*parts, result)

    def _seed(self, step: WalkStep) -> tuple[str, tuple[str, ...]]:
        seed = self.walk.gradients[step.node]
        if self.full and seed.ndim:
            return self.gradient_name(step.node), ("what arrives", self._result(seed, ""))
        return self.gradient_name(step.node), (f"{said_gradient(seed)} (arriving)",)

    def _product(self, step: WalkStep) -> tuple[str, tuple[str, ...]]:
        user = self.nodes[step.user]
        edge = (step.user, step.slot)
        result = self._result(self.walk.products[edge], said_gradient(self.walk.products[edge]))
        several = len(self.walk.users(step.node)) > 1
        left = self.gradient_name(step.node) + (f" along {self.name(step.user)}" if several else "")
        if edge not in self.walk.locals:
            return left, (self._tensor_rule(user, step), result)
        arriving = short(self.walk.gradients[step.user].item())
        rule = local_rule(user, step.slot)
        local = f"{arriving} (arriving) × {self.factor(rule, self.names_in_rules(user))}"
        number = _bracketed(short(self.walk.locals[edge].item()))
        return left, (local, f"{arriving} × {number}", result)

    def _tensor_rule(self, user: Node, step: WalkStep) -> str:
        """What an operand gets of a gradient that has a shape, or goes to one that has."""
        rule = share(user, step.slot, [self.nodes[operand].type for operand in user.inputs])
        names = self.names(user)
        numbers = {name: short(number) for name, number in counts(user, self.walk.values[user.inputs[0]]).items()}
        taken = (self.name(step.user), *names.values())
        letters = {letter: fresh(letter, taken) for letter in ("g", *rule.where)}
        arriving = f"{self.gradient_name(step.user)} ({said_gradient(self.walk.gradients[step.user])})"
        told, *explained = said_rule(rule, {**numbers, **names, **letters})
        given = ", ".join((f"{letters['g']} = {arriving}", *explained))
        return f"{told} with {given}"

    def _result(self, value: Array, otherwise: str) -> str:
        """A tensor in full, where that is asked for."""
        return "\n".join(matrix_lines(value)) if self.full and value.ndim else otherwise

    def factor(self, rule: str, names: Mapping[str, str]) -> str:
        """A local derivative as it stands behind a sign."""
        text = with_texts(rule, names)
        return f"({text})" if " " in text or text.startswith("-") else text

    def _sum(self, step: WalkStep) -> tuple[str, tuple[str, ...]]:
        users = self.walk.users(step.node)
        parts = [
            f"{_bracketed(said_gradient(self.walk.products[edge]), first=not place)} (from {self.name(edge[0])})"
            for place, edge in enumerate(users)
        ]
        total = self.walk.gradients[step.node]
        return self.gradient_name(step.node), (" + ".join(parts), self._result(total, said_gradient(total)))


def said_rule(rule: Share, texts: Mapping[str, str]) -> list[str]:
    """A rule in words, and an equation for each of the names that it needs."""
    told = with_texts(rule.formula, texts)
    if rule.ending:
        told = f"{f'({told})' if ' ' in told else told} {rule.ending.format_map(texts)}"
    explained = (f"{texts.get(name, name)} = {said_rule(other, texts)[0]}" for name, other in rule.where.items())
    return [told, *explained]


def fresh(letter: str, taken: Collection[str]) -> str:
    """The letter, with a prime where a node is called so already; no name of a node can hold one."""
    return f"{letter}′" if letter in taken else letter


def _bracketed(number: str, *, first: bool = False) -> str:
    """A number as it stands behind a sign."""
    return f"({number})" if number.startswith("-") and not first else number


def said(value: Array) -> str:
    """A value within a sentence."""
    return value_label(value)[0] if value.ndim == 0 else ", ".join(value_label(value))


def said_gradient(gradient: Array) -> str:
    """A gradient within a sentence."""
    shape = "" if gradient.ndim == 0 else f"{value_label(gradient)[0]} "
    return shape + gradient_label(gradient)[0]
