"""A computation as a function that JAX traces: the records' own forms, one call a node. The library is the caller's.

It is our forward pass, our reverse pass and our update that are lowered: nothing is differentiated there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from ..graph.class_labels import computed_classes
from ..graph.graph import Node
from ..lower.computation import Computation
from ..ops.draws import FILLS
from ..ops.facts import Array
from ..ops.leaves import CONSTANT
from ..ops.operation import Reference


@dataclass(frozen=True)
class Lowered:
    """A computation over the arrays of `jax`, the library: no value is looked at while it runs, so that it is traced.

    Draws are fed, as leaves are: by their paths. `mixed`: what is multiplied in products of matrices and convolutions
    is rounded to bfloat16; sums, and all else, are of the computation's precision.
    """

    computation: Computation
    jax: Any
    mixed: bool = False

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """What is fed, random draws apart."""
        nodes = self.computation.nodes
        return tuple([n for n in nodes if n.operation.role == "leaf" and not (n.operation is CONSTANT or _drawn(n))])

    @cached_property
    def draws(self) -> tuple[Node, ...]:
        """What is drawn for each step."""
        return tuple([node for node in self.computation.nodes if _drawn(node)])

    def values(self, fed: Mapping[str, Array]) -> list[Array]:
        """The value of every node; `fed` has those of leaves and draws by path."""
        values: list[Array] = []
        for node in self.computation.nodes:
            if node.operation is CONSTANT:
                values.append(self.jax.numpy.asarray(node.attributes[0], self._kind(node)))
            elif node.operation.role == "leaf":
                values.append(fed[node.path])
            else:
                values.append(self.computed(node, [values[operand] for operand in node.inputs]))
        return values

    def targets(self, values: Sequence[Array]) -> list[Array]:
        """The values that are wanted, in the precision of the computation."""
        nodes, targets = self.computation.nodes, self.computation.targets
        return [values[target].astype(self._kind(nodes[target])) for target in targets]

    def sound(self, values: Sequence[Array], targets: Sequence[int] | None = None) -> Array:
        """Whether all that is wanted is finite, and every number that was computed counts an element or a class.

        What lies outside would be another element here, where the plain executor says so. `targets` are those among
        the wanted nodes that are looked at, all where none are given.
        """
        xp, nodes = self.jax.numpy, self.computation.nodes
        sound = self.finite([values[target] for target in dict.fromkeys(targets or self.computation.targets)])
        for node in nodes:
            if (found := _counting(nodes, node)) is not None:
                operand, count = found
                inside = xp.logical_and(values[operand] >= 0, values[operand] < count).all()
                sound = xp.logical_and(sound, inside)
        return sound

    def finite(self, arrays: Sequence[Array]) -> Array:
        """Whether all numbers of all these arrays are finite.

        A number times 0 is 0 if it is finite, else NaN, and a sum with a NaN is one. So it is products with zeros that
        are looked at: XLA takes them several times as fast as it combines truths.
        """
        xp = self.jax.numpy
        left = [self._times_zero(array) for array in arrays if xp.issubdtype(array.dtype, xp.inexact)]
        if not left:
            return xp.bool_(True)
        kind = xp.result_type(*left)
        every = xp.concatenate([each.astype(kind) for each in left])
        return self._dot(every, xp.zeros(every.shape, kind)) == 0

    def _times_zero(self, array: Array) -> Array:
        """One axis of zeros, NaN where what it stands for is not finite: the longer of two is summed over."""
        if array.ndim < 2:
            return array.reshape(-1)
        matrix = array.reshape(-1, array.shape[-1])
        rows, columns = matrix.shape
        if rows > columns:
            return self._dot(self.jax.numpy.zeros(rows, array.dtype), matrix)
        return self._dot(matrix, self.jax.numpy.zeros(columns, array.dtype))

    def _dot(self, one: Array, other: Array) -> Array:
        return self.jax.numpy.dot(one, other, precision="highest")  # whole, where a device would round them

    def computed(self, node: Node, operands: Sequence[Array]) -> Array:
        """The value of one node."""
        operation, xp = node.operation, self.jax.numpy
        if self.mixed and operation.multiplied:
            xp = Products(xp, self._kind(node))
            half = {slot: operands[slot].astype(xp.bfloat16) for slot in operation.multiplied}
            operands = [half.get(slot, operand) for slot, operand in enumerate(operands)]
        if operation.jax is not None:  # a convolution: its sums are rounded once more, as they are given
            return operation.jax(self.jax, *operands, *node.attributes).astype(self._kind(node))
        run = (self.computation.precision,) if operation.of_run else ()
        return operation.forward(xp, *operands, *node.attributes, *run)

    def _kind(self, node: Node) -> str:
        return "int64" if node.type.kind == "int" else self.computation.precision


class Products:
    """An array namespace whose matrix products have a type of their own, whatever that of their operands is."""

    def __init__(self, xp: Any, kind: str) -> None:
        self._xp = xp
        self.dot = partial(xp.dot, preferred_element_type=kind)
        self.matmul = partial(xp.matmul, preferred_element_type=kind)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)


def _drawn(node: Node) -> bool:
    return node.operation.name in FILLS


def _counting(nodes: Sequence[Node], node: Node) -> tuple[Reference, int] | None:
    """The operand of a node that counts elements or computed classes, and how many there are; None where none does."""
    types = tuple([nodes[operand].type for operand in node.inputs])
    values = node.operation.values
    if values.indices is not None:
        slot, count = values.indices(types, node.attributes)
        return node.inputs[slot], count  # type: ignore[return-value]  # sizes are numbers
    operand = computed_classes(nodes, node)
    if operand is None or values.classes is None or (found := values.classes(types, node.type)) is None:
        return None
    return operand, found[1]  # type: ignore[return-value]  # as above
