"""A plan: a computation as the executor takes it, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ...grammar.source import Span
from ..graph.class_labels import computed_classes
from ..graph.graph import Graph, Node
from ..graph.spec import Precision
from ..ops.arrangement.taking import checking
from ..ops.draws import FILLS
from ..ops.leaves import CONSTANT
from ..ops.operation import Operation
from ..shape import Kind, Linear
from .computation import Computation, needed, sized


class Instruction(NamedTuple):
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


class Draw(NamedTuple):
    """Random numbers that are fed: their slot, the leaf that says which, their path and seed, their shape.

    `by_rows`: the first axis counts rows of the data.
    """

    slot: int
    leaf: str
    path: str
    seed: int
    shape: tuple[int, ...]
    by_rows: bool


class Indexed(NamedTuple):
    """Numbers that count elements, or `classes`: their path, and where they are used."""

    name: str
    span: Span | None
    classes: bool = False


class Plan(NamedTuple):
    """Steps in order over `slots` values.

    `constants` are values by slot. `scalar` plans compute on Python floats, the others on numpy arrays of
    `precision`.
    """

    slots: int
    leaves: tuple[Leaf, ...]
    constants: tuple[tuple[int, object], ...]
    steps: tuple[Instruction, ...]
    targets: tuple[int, ...]
    scalar: bool
    precision: Precision
    indexed: Mapping[int, Indexed] = MappingProxyType({})
    """What the numbers are called with which steps count elements or classes, by slot."""
    draws: tuple[Draw, ...] = ()


def plan(graph: Graph, targets: Iterable[int], dims: Mapping[str, int], precision: Precision, *, scalar: bool) -> Plan:
    """The plain plan: everything that the targets depend on, as it stands in the graph. Raises UnboundSize.

    It is what `bound` gives, in slots that are the indices of the graph's nodes, so that each value stays reachable.
    """
    wanted = tuple(targets)
    numbers = needed(graph, wanted)
    placed = zip(numbers, sized(graph, numbers, dims), strict=True)
    return _view(placed, graph.nodes, wanted, precision, scalar=scalar and precision == "float64")


def steps_of(computation: Computation) -> Plan:
    """A computation as steps, in its own order: node n lies in slot n."""
    nodes, targets = computation.nodes, computation.targets
    return _view(enumerate(nodes), nodes, targets, computation.precision, scalar=computation.scalar)


def _view(
    placed: Iterable[tuple[int, Node]],
    nodes: Sequence[Node],
    targets: tuple[int, ...],
    precision: Precision,
    *,
    scalar: bool,
) -> Plan:
    """Nodes, each at its slot, as steps; operands are slots, and indices of `nodes`, whose sizes may be dims."""
    leaves: list[Leaf] = []
    draws: list[Draw] = []
    constants: list[tuple[int, object]] = []
    steps: list[Instruction] = []
    indexed: dict[int, Indexed] = {}
    for slot, node in placed:
        operation, inputs, attributes, (kind, shape), path, span = node
        if operation.role != "leaf":
            if (numbers := computed_classes(nodes, node)) is not None:
                indexed[slot] = Indexed(nodes[numbers].path or "t", span, classes=True)
                operation = checking(operation, inputs.index(numbers))
            given: tuple[object, ...] = (*attributes, precision) if operation.of_run else attributes
            steps.append(Instruction(slot, operation, inputs, given))
            if operation.values.indices is not None:
                types = tuple([nodes[operand].type for operand in inputs])
                if (found := operation.values.indices(types, attributes)) is not None:
                    indexed[slot] = Indexed(nodes[inputs[found[0]]].path or "indices", span)
        elif operation is CONSTANT:
            constants.append((slot, attributes[0]))
        elif operation.name in FILLS:
            by_rows = any(isinstance(size, Linear) for size in nodes[slot].type.shape[:1])
            draws.append(Draw(slot, operation.name, path, attributes[0], shape, by_rows))  # type: ignore[arg-type]  # a seed is a whole number
        else:
            leaves.append(Leaf(slot, operation.name, path, kind, shape))  # type: ignore[arg-type]  # sizes are numbers
    given = tuple(leaves), tuple(constants), tuple(steps)
    return Plan(len(nodes), *given, targets, scalar, precision, indexed, tuple(draws))
