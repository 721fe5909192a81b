"""The wires of a picture: which values run where, and the numbers at them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...compiler.graph.graph import Node
from ...compiler.ops.leaves import CONSTANT, SIZE
from ...compiler.shape import shape_text
from ...runtime.arrays import Array
from ..text.numerals import exact, gradient_label, value_label
from ..walk.walk import Walk, seed_of
from .frames import Frame, OpenFrames
from .picture import Wire

MOST_WIRES = 6
"""Wires from a folded box to a node; more are a cable: to all of a scan's steps side by side."""

MOST_NAMED = 20
"""Values of a cable that its tooltip names."""


class Wiring:
    """Makes the wires of one picture: of the whole, or of the inside of one frame."""

    def __init__(
        self, walk: Walk, frames: OpenFrames, ends: Sequence[int], full: bool, first_reverse: int, inside: Frame | None
    ) -> None:
        self.walk = walk
        self.graph = walk.graph
        self.frames = frames
        self.ends = ends
        self.full = full
        self.reverse = first_reverse
        self.start, self.stop = (inside.start, inside.stop) if inside else (0, len(self.graph.nodes))

    def _numbered(self) -> Iterable[tuple[int, Node]]:
        return zip(range(self.start, self.stop), self.graph.nodes[self.start : self.stop], strict=True)

    def owner(self, number: int) -> str:
        if number < self.start:
            return f"i{number}"
        frame = self.frames.hidden.get(number)
        return f"c{frame.start}" if frame else f"n{number}"

    def between(self) -> list[Wire]:
        """The wires between boxes; those of one value into one folded box are one, as are all between two of them."""
        bundles: dict[tuple[str, str, int, int], list[tuple[int, int]]] = {}
        for user, node in self._numbered():
            for slot, operand in enumerate(node.inputs):
                source, target = self.owner(operand), self.owner(user)
                if source == target or self.is_constant(operand):
                    continue
                apart = slot if target.startswith("n") else -1
                bundles.setdefault((source, target, operand, apart), []).append((user, slot))
        between: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for source, target, operand, apart in bundles:
            between.setdefault((source, target), []).append((operand, apart))
        cables = {ends for ends, values in between.items() if ends[0][0] == "c" and len(values) > _most(ends[1])}
        wires = [
            Wire(
                source,
                target,
                self._upper(operand),
                self._lower(edges),
                self._wire_tooltip(operand, edges),
                operand,
                tuple(edges),
                "reverse" if edges[0][0] >= self.reverse else "plain",
                self.operand(edges[0]) if target.startswith("n") else "",
            )
            for (source, target, operand, _), edges in bundles.items()
            if (source, target) not in cables
        ]
        return [*wires, *(self._cable(ends, between[ends], bundles) for ends in between if ends in cables)]

    def _cable(
        self,
        ends: tuple[str, str],
        operands: Sequence[tuple[int, int]],
        bundles: Mapping[tuple[str, str, int, int], list[tuple[int, int]]],
    ) -> Wire:
        """One wire for several values from a folded box to another, or to a node."""
        names = [self.graph.nodes[operand].path for operand, _ in operands[:MOST_NAMED]]
        more = [f"and {len(operands) - MOST_NAMED} more"] if len(operands) > MOST_NAMED else []
        edges = tuple(edge for operand in operands for edge in bundles[(*ends, *operand)])
        return Wire(*ends, (f"{len(operands)} values",), (), "\n".join((*names, *more)), -1, edges)

    def operand(self, edge: tuple[int, int]) -> str:
        """What a user calls one of its operands, where it tells them apart."""
        user, slot = edge
        node = self.graph.nodes[user]
        return node.slots[slot] if len(node.slots) > 1 and not node.operation.algebra.commutative else ""

    def is_constant(self, number: int) -> bool:
        """Constants stand beside their users, wherever the graph has them."""
        return self.graph.nodes[number].operation in (CONSTANT, SIZE)

    def _upper(self, number: int) -> tuple[str, ...]:
        value = self.walk.values.get(number)
        if value is not None:
            return value_label(value, full=self.full)
        shape = self.graph.nodes[number].type.shape
        return (shape_text(shape),) if shape else ()

    def _sent(self, edges: Sequence[tuple[int, int]]) -> Array | None:
        """The gradient that comes back along wires, added up; None where none does."""
        parts = [self.walk.products[edge] for edge in edges if edge in self.walk.products]
        if not parts:
            return None
        total = parts[0]
        with np.errstate(all="ignore"):
            for part in parts[1:]:
                total = total + part
        return np.asarray(total)

    def _lower(self, edges: Sequence[tuple[int, int]]) -> tuple[str, ...]:
        sent = self._sent(edges)
        return gradient_label(sent, full=self.full) if sent is not None else ()

    def _wire_tooltip(self, number: int, edges: Sequence[tuple[int, int]]) -> str:
        path = self.graph.nodes[number].path or self.graph.nodes[number].operation.called
        value = self.walk.values.get(number)
        lines = [f"{path} = {exact(value)}" if value is not None else f"{path}: not computed"]
        sent = self._sent(edges)
        if sent is not None:
            lines.append(f"gradient along this edge: {exact_gradient(sent)}")
        return "\n".join(lines)

    def out(self) -> list[Wire]:
        """A wire to the border for each value that is used outside; its numbers stand there."""
        wires = []
        for number, _ in self._numbered():
            edges = tuple(edge for edge in self.walk.uses(number) if edge[0] >= self.stop)
            if edges or (number in self.ends and not self.is_constant(number)):
                wires.append(Wire(self.owner(number), f"e{number}", node=number, edges=edges))
        return wires

    def last(self) -> list[Wire]:
        wires = []
        for number in self.ends:
            seed = seed_of(self.walk) if number == self.walk.of else None
            lower = gradient_label(seed, full=self.full) if seed is not None else ()
            tooltip = self._wire_tooltip(number, ())
            note = "reverse" if number >= self.reverse else "plain"
            wires.append(
                Wire(self.owner(number), f"o{number}", self._upper(number), lower, tooltip, number, (), note)  # type: ignore[arg-type]  # one of its literals
            )
        return wires


def exact_gradient(gradient: Array) -> str:
    """A gradient for a tooltip."""
    return exact(gradient) if gradient.ndim == 0 else ", ".join((exact(gradient), *gradient_label(gradient)))


def _most(target: str) -> int:
    """How many wires from a folded box may run into a box by themselves."""
    return 1 if target.startswith("c") else MOST_WIRES
