"""Where the rows of the data run in each value, and whether one of its rows hangs on others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from .graph import Graph, Node
from .rows import ELEMENTWISE
from .shape import Linear, Shape, Size


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes of a value that run over rows, counted from its last one, -1.

    `mixed` is the first node that put rows together on the way to the value, None where each of its rows depends on
    one row of the data alone, or where it has none.
    """

    over: frozenset[int] = frozenset()
    mixed: int | None = None


FIXED = Axes()

Rule = Callable[[Node, Sequence[Axes], Sequence[Shape]], "tuple[frozenset[int] | None, bool]"]
"""Axes of a result, None where they cannot be seen, and whether the operation puts rows together."""

State: TypeAlias = Axes | None
"""None: it cannot be seen."""


def row_axes(graph: Graph, rows: Collection[Size], wanted: Sequence[bool]) -> dict[int, State]:
    """The axes of the wanted nodes; `rows` are the sizes that count rows, and inputs and params have their axes."""
    states: dict[int, State] = {}
    known: dict[State, State] = {FIXED: FIXED}
    """Each state once, so that those of operands are mostly the same object."""
    for number, node in enumerate(graph.nodes):
        if not wanted[number]:
            continue
        if node.operation.role == "leaf":
            state: State = _leaf(number, node, rows)
        else:
            of = [state for operand in node.inputs if (state := states[operand]) is not FIXED]
            state = _combined(graph, number, node, of, states) if of else FIXED
        states[number] = known.setdefault(state, state)
    return states


def _combined(graph: Graph, number: int, node: Node, of: Sequence[State], states: Mapping[int, State]) -> State:
    """The state of a node some of whose operands, `of`, are not fixed."""
    first = of[0]
    if node.operation.name in ELEMENTWISE and all(each is first for each in of):
        return first
    if any(each is None for each in of):
        return None
    return _computed(graph, number, node, [states[operand] or FIXED for operand in node.inputs])


def _leaf(number: int, node: Node, rows: Collection[Size]) -> Axes:
    if node.operation.name == "size":  # the number of rows itself
        return Axes(mixed=number) if _mentions(node.attributes[0], rows) else FIXED
    rank = len(node.type.shape)
    return Axes(frozenset(axis - rank for axis, size in enumerate(node.type.shape) if size in rows))


def _mentions(size: object, rows: Collection[Size]) -> bool:
    counting = {name for each in rows if isinstance(each, Linear) for name, _ in each.terms}
    return isinstance(size, Linear) and any(name in counting for name, _ in size.terms)


def _computed(graph: Graph, number: int, node: Node, of: Sequence[Axes]) -> State:
    name = node.operation.name
    rule = RULES.get(name) or (_aligned if name in ELEMENTWISE else None)
    shapes = [graph.nodes[operand].type.shape for operand in node.inputs]
    over: frozenset[int] | None
    if rule is not None:
        over, mixes = rule(node, of, shapes)
    elif not node.type.shape:  # losses and metrics
        over, mixes = frozenset(), any(each.over for each in of)
    else:
        return None
    if over is None:
        return None
    earlier = [each.mixed for each in of if each.mixed is not None]
    return Axes(over, min(earlier) if earlier else number if mixes else None)


def _aligned(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int], bool]:
    """Axes that broadcast together; where two of them run over rows, each row meets all others."""
    over = frozenset[int]().union(*(each.over for each in of))
    return over, len(over) > max(len(each.over) for each in of)


def _reduced(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int], bool]:
    axis, rank = node.attributes[0], len(shapes[0])
    if not isinstance(axis, int):
        return frozenset(), bool(of[0].over)
    gone = axis % rank - rank
    return frozenset(each + 1 if each < gone else each for each in of[0].over if each != gone), gone in of[0].over


def _along_last(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int], bool]:
    return of[0].over, -1 in of[0].over


def _transposed(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int], bool]:
    swapped = {-1: -2, -2: -1}
    return frozenset(swapped.get(each, each) for each in of[0].over), False


def _flattened(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int] | None, bool]:
    """The first axis stays, the others become one."""
    first = -len(shapes[0])
    if of[0].over - {first}:
        return None, False
    return (frozenset({-len(node.type.shape)}) if of[0].over else frozenset()), False


def _one_hot(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int], bool]:
    return frozenset(each - 1 for each in of[0].over), False


def _product(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int], bool]:
    """The axis along which it sums is gone; where that runs over rows, they are put together."""
    left, right = of
    vector = len(shapes[1]) == 1
    summed = -1 if vector else -2
    mixes = -1 in left.over or summed in right.over
    from_left = frozenset(each + vector for each in left.over if each != -1)
    from_right = frozenset(each for each in right.over if each != summed)
    over = from_left | from_right
    return over, mixes or len(over) > max(len(from_left), len(from_right))


def _affine(node: Node, of: Sequence[Axes], shapes: Sequence[Shape]) -> tuple[frozenset[int], bool]:
    """x @ W + b, all axes of x but the first in one."""
    x, weights, shift = of
    first = -len(shapes[0])
    mixes = bool(x.over - {first}) or (len(shapes[0]) == 1 and bool(x.over)) or -2 in weights.over
    kept = frozenset({-2}) if first in x.over and len(shapes[0]) > 1 else frozenset[int]()
    over = kept | (weights.over - {-2}) | shift.over
    return over, mixes or len(over) > 1


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "sum": _reduced,
        "mean": _reduced,
        "softmax": _along_last,
        "log-softmax": _along_last,
        "transpose": _transposed,
        "flatten": _flattened,
        "one-hot": _one_hot,
        "matmul": _product,
        "affine": _affine,
    }
)
