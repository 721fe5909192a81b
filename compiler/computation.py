"""A computation: nodes whose sizes are numbers, and those whose values are wanted. What passes work on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from .graph import Graph, Node
from .ops.leaves import CONSTANT, SIZE
from .plan import bound_attributes, bound_shape
from .shape import SCALAR, Type
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


def bound(
    graph: Graph, targets: Iterable[int], dims: Mapping[str, int], precision: Precision, *, scalar: bool = False
) -> Computation:
    """What the targets depend on, in the graph's own order, with every dim replaced by its size. Raises UnboundSize."""
    wanted = tuple(targets)
    needed = graph.ancestors(wanted)
    place: dict[int, int] = {}
    nodes: list[Node] = []
    for number, node in enumerate(graph.nodes):
        if needed[number]:
            place[number] = len(nodes)
            nodes.append(_bound(node, tuple([place[operand] for operand in node.inputs]), dims))
    return Computation(tuple(nodes), tuple([place[target] for target in wanted]), precision, scalar)


def _bound(node: Node, inputs: tuple[int, ...], dims: Mapping[str, int]) -> Node:
    if node.operation is SIZE:
        (size,) = bound_attributes(node, dims)
        return node._replace(operation=CONSTANT, attributes=(float(str(size)),), type=SCALAR)
    type_ = Type(node.type.kind, bound_shape(node.type.shape, dims, node.path))
    return node._replace(inputs=inputs, attributes=bound_attributes(node, dims), type=type_)


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
