"""Where the rows of the data run in each value, and whether one of its rows hangs on others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ..ops.leaves import SIZE
from ..shape import Linear, Size
from .graph import Graph, Node


class Axes(NamedTuple):
    """The axes of a value that run over rows, counted from its last one, -1.

    `mixed` is the first node that put rows together on the way to the value, None where each of its rows depends on
    one row of the data alone, or where it has none.
    """

    over: frozenset[int] = frozenset()
    mixed: int | None = None


FIXED = Axes()

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
            if not node.inputs:
                states[number] = known.setdefault(made := _made(number, node, rows), made)
                continue
            of = [state for operand in node.inputs if (state := states[operand]) is not FIXED]
            state = _combined(graph, number, node, of, states) if of else FIXED
        states[number] = known.setdefault(state, state)
    return states


def mixing(graph: Graph, rows: Collection[Size], outputs: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The outputs of which a row hangs on the rows beside it, each with the first node that puts rows together."""
    axes = row_axes(graph, rows, graph.ancestors(outputs))
    for output in outputs:
        state = axes.get(output)
        if state is not None and state.over and state.mixed is not None:
            yield output, state.mixed


def _combined(graph: Graph, number: int, node: Node, of: Sequence[State], states: Mapping[int, State]) -> State:
    """The state of a node some of whose operands, `of`, are not fixed."""
    first = of[0]
    if node.operation.rows.each and all(each is first for each in of):
        return first
    if any(each is None for each in of):
        return None
    return _computed(graph, number, node, [states[operand] or FIXED for operand in node.inputs])


def _leaf(number: int, node: Node, rows: Collection[Size]) -> Axes:
    if node.operation is SIZE:  # the number of rows itself
        return Axes(mixed=number) if _mentions(node.attributes[0], rows) else FIXED
    rank = len(node.type.shape)
    return Axes(frozenset(axis - rank for axis, size in enumerate(node.type.shape) if size in rows))


def _made(number: int, node: Node, rows: Collection[Size]) -> Axes:
    """Of a value that is made of sizes alone: the numbers of the rows."""
    if not any(_mentions(size, rows) for size in node.type.shape):
        return FIXED
    rank = len(node.type.shape)
    over = frozenset(axis - rank for axis, size in enumerate(node.type.shape) if _mentions(size, rows))
    return Axes(over, mixed=number)


def _mentions(size: object, rows: Collection[Size]) -> bool:
    counting = {name for each in rows if isinstance(each, Linear) for name, _ in each.terms}
    return isinstance(size, Linear) and any(name in counting for name, _ in size.terms)


def _computed(graph: Graph, number: int, node: Node, of: Sequence[Axes]) -> State:
    over, mixes = passed(graph, node, [each.over for each in of])
    if over is None:
        return None
    earlier = [each.mixed for each in of if each.mixed is not None]
    return Axes(over, min(earlier) if earlier else number if mixes else None)


def passed(graph: Graph, node: Node, over: Sequence[frozenset[int]]) -> tuple[frozenset[int] | None, bool]:
    """The axes of a node that run over rows, by those of its operands; and whether it puts rows together.

    None where the axes cannot be seen.
    """
    if (rule := node.operation.rows.axes) is not None:
        types = tuple(graph.nodes[operand].type for operand in node.inputs)
        return rule(over, types, node.type, node.attributes)
    return (None, False) if node.type.shape else (frozenset(), any(over))  # losses and metrics
