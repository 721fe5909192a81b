"""What a rule of an operator works with: its operands, as far as they are known, its attributes, and the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite, isnan
from typing import Any, TypeAlias

import numpy as np

from ...compiler.graph.graph import GraphBuilder
from ...compiler.shape import Linear, Shape, Size, Type
from ..arrays import Array
from .foreign import ForeignNode, Texts


class Unsayable(Exception):
    """What an operator cannot be in the language; the message says what."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """An array that the file holds, or that follows from what it holds; `name` is that of a tensor."""

    array: Array
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a value, some of them dims: a row of them, or one alone."""

    sizes: Shape
    scalar: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Texts that the file holds, or those of them that a node's class numbers stand for."""

    texts: Texts
    chosen: int | None = None


Value: TypeAlias = int | Known | Sizes | Names
"""A node of the graph by its reference, or what is known without running anything."""

SMALL = 16
"""Elements of a tensor without a name that are written where they are used."""


@dataclass
class Weights:
    """Params of the graph that is built, and what they are."""

    builder: GraphBuilder
    name: Callable[[str], str]
    values: dict[str, Array] = field(default_factory=dict)
    _known: dict[tuple[str, tuple[int, ...], bytes], int] = field(default_factory=dict)

    def reference(self, value: Known) -> int:
        """A known array as a node: a number where it is one, else a param."""
        array = value.array
        if array.dtype.kind != "f":
            array = array.astype(np.float64)
        if not array.shape:
            return self.number(shortest(array))
        if array.size <= SMALL and not value.name and np.isfinite(array).all():
            return self.builder.literal(tuples(array), Type("real", array.shape))
        key = (value.name, array.shape, array.tobytes())
        if key not in self._known:
            path = self.name(value.name or "constant")
            self.values[path] = array if array.dtype == np.float64 else array.astype(np.float32)
            self._known[key] = self.builder.param(path, Type("real", array.shape), None)
        return self._known[key]

    def number(self, value: float) -> int:
        """A number as a node; one that no text can say, infinite or NaN, as the logarithm that is so."""
        if isfinite(value):
            return self.builder.constant(value)
        found = self.builder.log(self.builder.constant(-1.0 if isnan(value) else 0.0))
        return self.builder.neg(found) if value > 0 else found


def shortest(number: Array | float) -> float:
    """A number of 32 bits as the one with the fewest digits that is the same there: 0.01 for 0.009999999776482582."""
    narrow = np.float32(number)
    return float(str(narrow)) if narrow == number else float(number)


def tuples(array: Array) -> Any:
    """An array as nested tuples of numbers."""
    return tuple(map(tuples, array)) if np.ndim(array) else shortest(array)


@dataclass
class Site:
    """An operator with its operands; None stands for one that is left out."""

    node: ForeignNode
    version: int
    operands: Sequence[Value | None]
    weights: Weights

    @property
    def builder(self) -> GraphBuilder:
        """What the operator's nodes are appended to."""
        return self.weights.builder

    def __len__(self) -> int:
        return len(self.operands)

    def has(self, slot: int) -> bool:
        """Whether an operand is given."""
        return slot < len(self.operands) and self.operands[slot] is not None

    def attribute(self, name: str, other: Any = None) -> Any:
        """An attribute, or what stands for one that is not given."""
        return self.node.attributes.get(name, other)

    # --- operands -----------------------------------------------------------------------------------------------

    def value(self, slot: int) -> Value:
        """An operand."""
        if not self.has(slot):
            raise Unsayable(f"operand {slot + 1} is missing")
        found = self.operands[slot]
        assert found is not None
        return found

    def reference(self, slot: int) -> int:
        """An operand as a node."""
        return self.as_node(self.value(slot))

    def as_node(self, value: Value) -> int:
        """A value as a node."""
        if isinstance(value, int):
            return value
        if isinstance(value, Known):
            return self.weights.reference(value)
        if isinstance(value, Names):
            raise Unsayable("it takes texts")
        parts = [self.builder.size(size) for size in value.sizes]
        if value.scalar:
            return parts[0]
        rows = [self.builder.reshape(part, shape=(1,)) for part in parts]
        return rows[0] if len(rows) == 1 else self.builder.concat(rows[0], *rows[1:])

    def references(self) -> list[int]:
        """All operands as nodes."""
        return [self.reference(slot) for slot in range(len(self))]

    def type(self, slot: int) -> Type:
        """The type of an operand, as a node."""
        value = self.value(slot)
        if isinstance(value, Known):
            return Type("real", value.array.shape)
        if isinstance(value, Names) and value.chosen is not None:
            return self.builder.type(value.chosen)
        return self.builder.type(self.reference(slot))

    def shape(self, slot: int) -> Shape:
        """The sizes of an operand."""
        return self.type(slot).shape

    def rank(self, slot: int) -> int:
        """How many axes an operand has."""
        return len(self.shape(slot))

    def array(self, slot: int) -> Array:
        """An operand that must be known."""
        value = self.value(slot)
        if isinstance(value, Known):
            return value.array
        if isinstance(value, Sizes) and all(isinstance(size, int) for size in value.sizes):
            return np.asarray(value.sizes[0] if value.scalar else value.sizes, np.int64)
        raise Unsayable(f"operand {slot + 1} is computed while it runs")

    def whole(self, slot: int) -> list[int]:
        """An operand of known whole numbers, as a list."""
        return [int(each) for each in np.reshape(self.array(slot), -1)]

    def sizes(self, slot: int) -> Shape:
        """An operand that says sizes."""
        value = self.value(slot)
        if isinstance(value, Sizes):
            return value.sizes
        return tuple(self.whole(slot))

    def number(self, slot: int, other: float) -> float:
        """An operand that is one known number; `other` where it is not given."""
        if not self.has(slot):
            return other
        array = self.array(slot)
        if array.size != 1:
            raise Unsayable(f"operand {slot + 1} has {array.size} numbers in place of one")
        return float(array.reshape(()))

    def axes(self, slot: int, other: Sequence[int] | None = None) -> list[int] | None:
        """Axes, which newer versions give as an operand and older ones as an attribute; `other` where neither does."""
        given = self.attribute("axes")
        found = self.whole(slot) if self.has(slot) else None if given is None else list(given)
        return (None if other is None else list(other)) if found is None else found

    def fixed(self, size: Size, what: str) -> int:
        """A size that must be a number."""
        if isinstance(size, Linear):
            raise Unsayable(f"{what} is {size}, which is no number before it runs")
        return size

    # --- nodes that many rules need -----------------------------------------------------------------------------

    def constant(self, value: float) -> int:
        """A number as a node."""
        return self.weights.number(shortest(value))

    def as_int(self, reference: int) -> int:
        """A node as whole numbers."""
        return reference if self.builder.type(reference).kind == "int" else self.builder.floor(reference)

    def denied(self, reference: int) -> int:
        """1 where a node is 0, else 0."""
        return self.builder.equal(reference, self.constant(0.0))


def place_of(axis: int, rank: int) -> int:
    """An axis, counted from the first one on."""
    if not -rank <= axis < max(rank, 1):
        raise Unsayable(f"there is no axis {axis} of {rank}")
    return axis % rank if rank else 0
