"""A computation: nodes whose sizes are numbers, and those whose values are wanted. What passes work on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import compress, count
from typing import TypeAlias

from .graph import Graph, Node
from .ops.leaves import CONSTANT, SIZE
from .ops.operation import AttributeValue
from .shape import SCALAR, Linear, Shape, Type, bind_size
from .spec import Precision


@dataclass(frozen=True)
class Computation:
    """Nodes in topological order, every size a number; `targets` are indices of those that are wanted.

    `scalar` computations are carried by floats, the others by numpy arrays of `precision`.
    """

    nodes: tuple[Node, ...]
    targets: tuple[int, ...]
    precision: Precision
    scalar: bool = False


class UnboundSize(Exception):
    """A dim that nothing gave a size; `path` is the leaf whose shape needs it."""

    def __init__(self, dim: str, path: str) -> None:
        super().__init__(dim, path)
        self.dim = dim
        self.path = path


def bound(
    graph: Graph, targets: Iterable[int], dims: Mapping[str, int], precision: Precision, *, scalar: bool = False
) -> Computation:
    """What the targets depend on, in the graph's own order, with every dim replaced by its size. Raises UnboundSize.

    `scalar` says whether the program's whole graph is one of real scalars; float32 is rounded at every step, so it
    is computed by numpy all the same.
    """
    wanted = tuple(targets)
    sizes = _Sizes(dims)
    place: dict[int, int] = {}
    nodes: list[Node] = []
    for number in needed(graph, wanted):
        node = graph.nodes[number]
        moved = len(nodes) != number  # for some before it were left out
        inputs = tuple([place[operand] for operand in node.inputs]) if moved else node.inputs
        place[number] = len(nodes)
        nodes.append(sizes.bound(node, inputs))
    there = tuple([place[target] for target in wanted])
    return Computation(tuple(nodes), there, precision, scalar and precision == "float64")


def needed(graph: Graph, targets: Iterable[int]) -> list[int]:
    """The nodes that the targets depend on, in the graph's order: those of `bound`, one by one."""
    return list(compress(count(), graph.ancestors(targets)))


class _Sizes:
    """Puts sizes in place of dims."""

    def __init__(self, dims: Mapping[str, int]) -> None:
        self._dims = dims
        self._found: dict[int, int] = {}
        """Sizes by the identity of what stands for them: nodes share it, and to compare would cost as much again."""

    def bound(self, node: Node, inputs: tuple[int, ...]) -> Node:
        """A node with its operands at their places, and every size a number. Raises UnboundSize."""
        operation, _, attributes, type_, path, span = node
        if operation is SIZE:
            return Node(CONSTANT, (), (float(str(self._value(attributes[0], path))),), SCALAR, path, span)
        shape = self._shape(type_.shape, path)
        if operation is not CONSTANT:
            for value in attributes:
                if isinstance(value, (Linear, tuple)):
                    attributes = tuple([self._value(each, path) for each in attributes])
                    break
        if shape is not type_.shape:
            type_ = Type(type_.kind, shape)
        elif inputs is node.inputs and attributes is node.attributes:
            return node
        return Node(operation, inputs, attributes, type_, path, span)

    def _value(self, value: AttributeValue, path: str) -> AttributeValue:
        if isinstance(value, Linear):
            return self._size(value, path)
        return self._shape(value, path) if isinstance(value, tuple) else value

    def _shape(self, shape: Shape, path: str) -> Shape:
        for size in shape:
            if isinstance(size, Linear):
                return tuple([self._size(each, path) if isinstance(each, Linear) else each for each in shape])
        return shape

    def _size(self, symbol: Linear, path: str) -> int:
        size = self._found.get(id(symbol))
        if size is None:
            value = bind_size(symbol, self._dims)
            if isinstance(value, Linear):
                raise UnboundSize(value.terms[0][0], path)
            size = self._found[id(symbol)] = value
        return size


Rule: TypeAlias = Callable[[list[Node], Node], Node | int]
"""Says what a node becomes, after the nodes that stand already: another node, or one of those."""


def rewritten(computation: Computation, rule: Rule) -> Computation:
    """The computation after a rule was applied to each node once, in order; the same object if nothing changed."""
    made: list[Node] = []
    place: list[int] = []
    for node in computation.nodes:
        moved = node._replace(inputs=tuple([place[operand] for operand in node.inputs]))
        result = rule(made, moved)
        if isinstance(result, int):
            place.append(result)
        else:
            place.append(len(made))
            made.append(result)
    targets = tuple([place[target] for target in computation.targets])
    if targets == computation.targets and tuple(made) == computation.nodes:
        return computation
    return replace(computation, nodes=tuple(made), targets=targets)
