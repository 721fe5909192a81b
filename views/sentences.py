"""What each step of a walk says: equations of names, of numbers, and the result."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..compiler.graph import Node
from ..compiler.ops.leaves import CONSTANT, SIZE
from ..grammar.diagnostic import shown
from ..grammar.source import Span
from ..runtime.execute import Array
from .formulas import forward_formula, with_texts
from .numerals import gradient_label, short, value_label
from .rules import local_rule, tensor_rule
from .symbols import symbol
from .walk import Step, Walk


class Sentence(NamedTuple):
    """One step in words: `left = parts[0] = parts[1] = ...`; `span` is its place in the text, if it has one."""

    step: Step
    left: str
    parts: tuple[str, ...]
    span: Span | None

    @property
    def line(self) -> int | None:
        """The line of its place, in whichever file that is."""
        return self.span.line if self.span is not None else None

    @property
    def text(self) -> str:
        return " = ".join((self.left, *self.parts))


def sentences(walk: Walk, by: int | None = None) -> Iterator[Sentence]:
    """A sentence for each step; `by` leaves out what the gradient by that node does not need."""
    wanted = walk.graph.dependents([by]) if by is not None else None
    teller = Teller(walk)
    for step in walk.steps:
        if wanted is None or step.kind in ("value", "seed") or (wanted[step.node] and step.node >= (by or 0)):
            yield teller.sentence(step)


class Teller:
    """Tells the steps of one walk."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.nodes = walk.graph.nodes

    def sentence(self, step: Step) -> Sentence:
        left, parts = {
            "value": self._value, "seed": self._seed, "product": self._product, "sum": self._sum,
        }[step.kind](step)  # fmt: skip
        span = self.nodes[step.user if step.kind == "product" else step.node].span
        kept = tuple(part for number, part in enumerate(parts) if not number or part != parts[number - 1])
        return Sentence(step, left, kept, span)

    def name(self, number: int) -> str:
        """What a node is called: its path, or the number that a constant is."""
        node = self.nodes[number]
        if node.operation is CONSTANT or node.operation is SIZE:
            return symbol(node)
        return shown(node.path) if node.path else f"{node.operation.name}_{number}"

    def gradient_name(self, number: int) -> str:
        """`d total/d price`."""
        assert self.walk.of is not None  # without it no step has a gradient
        return f"d {self.name(self.walk.of)}/d {self.name(number)}"

    def names(self, node: Node) -> dict[str, str]:
        """The names of a node's operands, by what its operation calls them."""
        return {slot: self.name(each) for slot, each in zip(node.operation.operands, node.inputs, strict=True)}

    def numbers(self, node: Node) -> Mapping[str, str] | None:
        """Their numbers; None where one is no scalar, or was not computed."""
        found = {}
        for slot, operand in zip(node.operation.operands, node.inputs, strict=True):
            value = self.walk.values.get(operand)
            if value is None or value.ndim:
                return None
            found[slot] = short(value.item())
        return found

    def _value(self, step: Step) -> tuple[str, tuple[str, ...]]:
        node, value = self.nodes[step.node], self.walk.values[step.node]
        result = said(value)
        if not node.inputs:
            return self.name(step.node), (result,)
        formula = forward_formula(node.operation)
        numbers = self.numbers(node)
        parts = [with_texts(formula, self.names(node))]
        if numbers is not None and value.ndim == 0:
            parts.append(with_texts(formula, numbers))
        return self.name(step.node), (*parts, result)

    def _seed(self, step: Step) -> tuple[str, tuple[str, ...]]:
        return self.gradient_name(step.node), (f"{said_gradient(self.walk.gradients[step.node])} (arriving)",)

    def _product(self, step: Step) -> tuple[str, tuple[str, ...]]:
        user = self.nodes[step.user]
        edge = (step.user, step.slot)
        result = said_gradient(self.walk.products[edge])
        several = len(self.walk.users(step.node)) > 1
        left = self.gradient_name(step.node) + (f" along {self.name(step.user)}" if several else "")
        if edge not in self.walk.locals:
            rule = tensor_rule(user.operation, step.slot)
            arriving = said_gradient(self.walk.gradients[step.user])
            told = with_texts(rule, {**self.names(user), "g": "g"})
            return left, (f"{told} with g = {self.gradient_name(step.user)} ({arriving})", result)
        arriving = short(self.walk.gradients[step.user].item())
        rule = local_rule(user.operation, step.slot)
        local = f"{arriving} (arriving) × {self.factor(rule, self.names(user))}"
        number = _bracketed(short(self.walk.locals[edge].item()))
        return left, (local, f"{arriving} × {number}", result)

    def factor(self, rule: str, names: Mapping[str, str]) -> str:
        """A local derivative as it stands behind a sign."""
        text = with_texts(rule, names)
        return f"({text})" if " " in text or text.startswith("-") else text

    def _sum(self, step: Step) -> tuple[str, tuple[str, ...]]:
        users = self.walk.users(step.node)
        parts = [
            f"{_bracketed(said_gradient(self.walk.products[edge]), first=not place)} (from {self.name(edge[0])})"
            for place, edge in enumerate(users)
        ]
        return self.gradient_name(step.node), (" + ".join(parts), said_gradient(self.walk.gradients[step.node]))


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
