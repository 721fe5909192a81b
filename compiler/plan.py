"""A plan: a computation as the executor takes it, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .computation import Computation, bound, needed
from .graph import Graph
from .ops.leaves import CONSTANT
from .ops.operation import Operation
from .shape import Kind
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
    """Steps in order over `slots` values.

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


def plan(graph: Graph, targets: Iterable[int], dims: Mapping[str, int], precision: Precision, *, scalar: bool) -> Plan:
    """The plain plan: everything that the targets depend on, as it stands in the graph. Raises UnboundSize.

    Slots are the indices of the graph's nodes, so each value stays reachable. `scalar` as `bound` has it.
    """
    wanted = tuple(targets)
    computation = bound(graph, wanted, dims, precision, scalar=scalar)
    return steps_of(computation, needed(graph, wanted), len(graph.nodes))


def steps_of(computation: Computation, slots: Sequence[int] = (), among: int = 0) -> Plan:
    """A computation as steps, in its own order: node n lies in slot n, or in `slots[n]` (they rise) of `among`."""
    nodes = computation.nodes
    place = slots or range(len(nodes))
    moved = bool(slots) and slots[-1] != len(nodes) - 1
    leaves: list[Leaf] = []
    constants: list[tuple[int, object]] = []
    steps: list[Step] = []
    for slot, (operation, inputs, attributes, (kind, shape), path, _) in zip(place, nodes, strict=True):
        if operation.role != "leaf":
            given: tuple[object, ...] = attributes
            if operation.of_run:
                given = (*attributes, computation.precision)
            if moved:
                inputs = tuple([place[operand] for operand in inputs])
            steps.append(Step(slot, operation, inputs, given))
        elif operation is CONSTANT:
            constants.append((slot, attributes[0]))
        else:
            leaves.append(Leaf(slot, operation.name, path, kind, shape))  # type: ignore[arg-type]  # sizes are numbers
    return Plan(
        among or len(nodes),
        tuple(leaves),
        tuple(constants),
        tuple(steps),
        tuple([place[target] for target in computation.targets]),
        computation.scalar,
        computation.precision,
    )
