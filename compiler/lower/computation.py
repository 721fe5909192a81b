"""A computation: nodes whose sizes are numbers, and those whose values are wanted. What passes work on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress, count
from typing import TypeAlias

from ..graph.graph import Graph, Node
from ..graph.spec import Precision
from ..ops.arrangement.shaping import REAL
from ..ops.attribute import Attributes, AttributeValue
from ..ops.leaves import CONSTANT, SIZE
from ..ops.operation import Operation
from ..ops.steps import EQUAL, LESS
from ..shape import SCALAR, Clash, Linear, Shape, Type, bind_shape, bind_size


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


class UnfitSize(UnboundSize):
    """What a node cannot be with the sizes that dims were given, which `message` says."""

    def __init__(self, message: str, node: Node) -> None:
        super().__init__("", node.path)
        self.message = message
        self.node = node


def bound(
    graph: Graph, targets: Iterable[int], dims: Mapping[str, int], precision: Precision, *, scalar: bool = False
) -> Computation:
    """What the targets depend on, in the graph's own order, with every dim replaced by its size. Raises UnboundSize.

    `scalar` says whether the program's whole graph is one of real scalars; float32 is rounded at every step, so it
    is computed by numpy all the same.
    """
    wanted = tuple(targets)
    numbers = needed(graph, wanted)
    place = dict(zip(numbers, count(), strict=False))
    nodes = list(sized(graph, numbers, dims))
    gap = next((at for number, at in place.items() if number != at), len(numbers))
    nodes[gap:] = [  # those before the first that is left out keep their numbers
        Node(operation, tuple([place[operand] for operand in inputs]), attributes, type_, path, span)
        for operation, inputs, attributes, type_, path, span in nodes[gap:]
    ]
    there = tuple([place[target] for target in wanted])
    return Computation(tuple(nodes), there, precision, scalar and precision == "float64")


def sized(graph: Graph, numbers: Iterable[int], dims: Mapping[str, int]) -> Iterator[Node]:
    """Nodes of a graph with every dim replaced by its size; operands are the graph's. Raises UnboundSize."""
    sizes = _Sizes(dims, graph.seed)
    for node in map(graph.nodes.__getitem__, numbers):
        made = sizes.bound(node) if node.attributes or node.type.shape or node.operation.fed_as else node
        if node.operation.looks_again:
            sizes.look_again(made, [graph.nodes[operand].type for operand in node.inputs])
        yield made


def bound_attributes(node: Node, dims: Mapping[str, int]) -> Attributes:
    """A node's attributes with their dims replaced by sizes. Raises UnboundSize."""
    return _Sizes(dims).attributes(node)


def needed(graph: Graph, targets: Iterable[int]) -> list[int]:
    """The nodes that the targets depend on, in the graph's order: those of `bound`, one by one."""
    return list(compress(count(), graph.ancestors(targets)))


@cache
def _symbolic(operation: Operation) -> tuple[bool, ...]:
    """For each attribute whether dims may stand in it."""
    return tuple([each.symbolic for each in operation.attributes])


class _Sizes:
    """Puts sizes in place of dims."""

    def __init__(self, dims: Mapping[str, int], seed: int = 0) -> None:
        self._dims = dims
        self._seed = seed
        self._types: dict[Type, Type] = {}
        """Types of nodes that are known already: most are like another."""

    def bound(self, node: Node) -> Node:
        """A node with every size a number. Raises UnboundSize."""
        operation, inputs, attributes, type_, path, span = node
        if attributes:
            attributes = self.attributes(node)
        if operation is SIZE:
            return Node(CONSTANT, (), (float(str(attributes[0])),), SCALAR, path, span)
        if type_.shape:
            type_ = self._types.get(type_) or self._type(type_, path)
        if operation.fed_as is not None:
            return Node(operation.fed_as, (), (self._seed,), type_, path, span)
        return Node(operation, inputs, attributes, type_, path, span)

    def attributes(self, node: Node) -> Attributes:
        """The attributes alone. Raises UnboundSize."""
        named = zip(_symbolic(node.operation), node.attributes, strict=True)
        return tuple([self._number(value, node.path) if symbolic else value for symbolic, value in named])

    def look_again(self, made: Node, operands: Iterable[Type]) -> None:
        """Raises UnfitSize where a node's operation cannot be with sizes that were dims before."""
        types = tuple([self._types.get(operand) or self._type(operand, made.path) for operand in operands])
        try:
            made.operation.infer(types, *made.attributes)
        except Clash as clash:
            raise UnfitSize(clash.message, made) from None

    def _type(self, symbolic: Type, path: str) -> Type:
        found = self._types[symbolic] = Type(symbolic.kind, self._shape(symbolic.shape, path))
        return found

    def _number(self, value: AttributeValue, path: str) -> AttributeValue:
        """An attribute with its dims replaced. Raises UnboundSize."""
        if isinstance(value, Linear):
            size = bind_size(value, self._dims)
            if isinstance(size, Linear):
                raise UnboundSize(size.terms[0][0], path)
            return size
        return self._shape(value, path) if isinstance(value, tuple) else value  # type: ignore[arg-type]  # a symbolic tuple is a shape

    def _shape(self, shape: Shape, path: str) -> tuple[int, ...]:
        sizes: list[int] = []
        for size in bind_shape(shape, self._dims):
            if isinstance(size, Linear):
                raise UnboundSize(size.terms[0][0], path)
            sizes.append(size)
        return tuple(sizes)


Rewriting: TypeAlias = Callable[[list[Node], Node], Node | int]
"""Says what a node becomes, after the nodes that stand already: another node, or one of those."""


def rewritten(computation: Computation, rule: Rewriting) -> Computation:
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


def joint_nodes(nodes: Sequence[Node]) -> dict[int, int]:
    """The second of each two nodes that are written together, by the first: a loss and its gradient share most work."""
    joints = {node.operation.name: node.operation.joint for node in nodes if node.operation.joint}
    members = {name: name for name in joints} | {joint.other: name for name, joint in joints.items()}
    found: dict[tuple[object, ...], int] = {}
    pairs: dict[int, int] = {}
    for number, node in enumerate(nodes if joints else ()):
        if (name := members.get(node.operation.name)) is None:
            continue
        if not joints[name].fits(tuple(nodes[operand].type for operand in node.inputs), node.attributes):
            continue
        first = found.setdefault((name, node.inputs, node.attributes), number)
        if nodes[first].operation is not node.operation:
            pairs[first] = number
    return pairs


def truths(nodes: Sequence[Node]) -> set[int]:
    """Comparisons that need no numbers, because only those read them who make reals of them.

    As truths, of one byte each, both take a third of the time.
    """
    found = {number for number, node in enumerate(nodes) if node.operation is LESS or node.operation is EQUAL}
    return found - {operand for node in nodes if node.operation is not REAL for operand in node.inputs}
