"""A plan: what to compute, in which order, with every size a number."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .graph import Graph, Node
from .ops.attribute import Attributes, AttributeValue
from .ops.leaves import CONSTANT, SIZE
from .ops.operation import Operation
from .shape import Kind, Linear, Shape, bind_shape
from .spec import Precision


class Step(NamedTuple):
    """One computation: the operation's value on the values of `inputs` goes to `slot`."""

    slot: int
    operation: Operation
    inputs: tuple[int, ...]
    attributes: tuple[object, ...]


class Leaf(NamedTuple):
    """A value that must be fed: its slot, its path, what it is (`input`, `param`, `state`, `metric`), its type."""

    slot: int
    role: str
    path: str
    kind: Kind
    shape: tuple[int, ...]


class Plan(NamedTuple):
    """Steps in order over `slots` values; slots are the indices of the graph's nodes, so each stays reachable.

    `constants` are values by slot. `scalar` plans compute on Python floats, the others on numpy arrays of
    `precision`.
    """

    slots: int
    leaves: tuple[Leaf, ...]
    constants: tuple[tuple[int, object], ...]
    steps: tuple[Step, ...]
    targets: tuple[int, ...]
    scalar: bool
    precision: Precision


class UnboundSize(Exception):
    """A dim that nothing gave a size; `path` is the leaf whose shape needs it."""

    def __init__(self, dim: str, path: str) -> None:
        super().__init__(dim, path)
        self.dim = dim
        self.path = path


def plan(graph: Graph, targets: Iterable[int], dims: Mapping[str, int], precision: Precision, *, scalar: bool) -> Plan:
    """The plain plan: everything that the targets depend on, in the graph's own order. Raises UnboundSize.

    `scalar` says whether the program's whole graph is one of real scalars; float32 is rounded at every step, so it
    is computed by numpy all the same.
    """
    wanted = tuple(targets)
    needed = graph.ancestors(wanted)
    leaves: list[Leaf] = []
    constants: list[tuple[int, object]] = []
    steps: list[Step] = []
    for slot, node in enumerate(graph.nodes):
        if not needed[slot]:
            continue
        operation = node.operation
        if operation.role != "leaf":
            attributes: tuple[object, ...] = bound_attributes(node, dims)
            if operation.of_run:
                attributes = (*attributes, precision)
            steps.append(Step(slot, operation, node.inputs, attributes))
        elif operation is CONSTANT:
            constants.append((slot, node.attributes[0]))
        elif operation is SIZE:
            constants.append((slot, float(bound_attributes(node, dims)[0])))  # type: ignore[arg-type]  # a size
        else:
            shape = bound_shape(node.type.shape, dims, node.path)
            leaves.append(Leaf(slot, operation.name, node.path, node.type.kind, shape))
    return Plan(
        len(graph.nodes),
        tuple(leaves),
        tuple(constants),
        tuple(steps),
        wanted,
        scalar and precision == "float64",
        precision,
    )


def bound_attributes(node: Node, dims: Mapping[str, int]) -> Attributes:
    """A node's attributes with their dims replaced by sizes. Raises UnboundSize."""
    if not node.attributes:
        return ()
    named = zip(node.operation.attributes, node.attributes, strict=True)
    return tuple([_bound(value, dims, node.path) if attribute.symbolic else value for attribute, value in named])


def _bound(value: AttributeValue, dims: Mapping[str, int], path: str) -> AttributeValue:
    if isinstance(value, Linear):
        return bound_shape((value,), dims, path)[0]
    return bound_shape(value, dims, path) if isinstance(value, tuple) else value  # type: ignore[arg-type]  # a symbolic tuple is a shape


def bound_shape(shape: Shape, dims: Mapping[str, int], path: str) -> tuple[int, ...]:
    """A shape with its dims replaced by sizes; `path` is whose it is. Raises UnboundSize."""
    sizes: list[int] = []
    for size in bind_shape(shape, dims):
        if isinstance(size, Linear):
            raise UnboundSize(size.terms[0][0], path)
        sizes.append(size)
    return tuple(sizes)
