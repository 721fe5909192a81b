"""A plan: what to compute, in which order, with every size a number."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .graph import Graph
from .ops.operation import AttributeValue, Operation
from .ops.shaping import REAL
from .shape import Kind, Linear, bind_shape, bind_size
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
            attributes: tuple[object, ...] = tuple([_bound(value, dims, node.path) for value in node.attributes])
            if operation is REAL:
                attributes = (precision,)  # what an int becomes is the run's to say
            steps.append(Step(slot, operation, node.inputs, attributes))
        elif operation.name == "constant":
            constants.append((slot, node.attributes[0]))
        elif operation.name == "size":
            constants.append((slot, float(_bound(node.attributes[0], dims, node.path))))  # type: ignore[arg-type]  # a bound size is an int
        else:
            shape = _bound(node.type.shape, dims, node.path)
            leaves.append(Leaf(slot, operation.name, node.path, node.type.kind, shape))  # type: ignore[arg-type]  # a bound shape holds ints
    return Plan(
        len(graph.nodes),
        tuple(leaves),
        tuple(constants),
        tuple(steps),
        wanted,
        scalar and precision == "float64",
        precision,
    )


def _bound(value: AttributeValue, dims: Mapping[str, int], path: str) -> AttributeValue:
    if isinstance(value, Linear):
        bound = bind_size(value, dims)
        if isinstance(bound, Linear):
            raise UnboundSize(bound.terms[0][0], path)
        return bound
    if isinstance(value, tuple):
        shape = bind_shape(value, dims)
        for size in shape:
            if isinstance(size, Linear):
                raise UnboundSize(size.terms[0][0], path)
        return shape
    return value
