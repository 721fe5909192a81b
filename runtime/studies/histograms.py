"""Values of nodes over some rows, side by side: layers of a net as they begin, or as they were trained."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ..arrays import Array
from ..evaluate.execute import execute
from ..evaluate.planner import Planner
from ..plot_faults import NOTHING_TO_PLOT
from ..training.health import FLAT
from ..training.watched_layers import node_name

MOST_LINES, MOST_LAYERS = 8, 8
"""Lines that are looked at, and layers of a line; of more, the first lines, and some layers evenly out of all."""

MOST_VALUES = 1_000_000
"""Values of a layer that are counted; of more, some evenly out of all."""

KIND = "histogram"


class Layer(NamedTuple):
    """A node's finite values, flat, and how many of those looked at are not finite.

    `bounds` is between what they can lie, None where that has no end. `idle` is the share of values that pass next to
    no gradient: a relu's zeros, the flat ends of sigmoid and tanh; None for other operations.
    """

    name: str
    operation: str
    values: Array
    not_finite: int
    bounds: tuple[float, float] | None
    idle: float | None

    @property
    def mean(self) -> float | None:
        """The mean, None without values."""
        return float(self.values.mean()) if self.values.size else None

    @property
    def spread(self) -> float | None:
        """The standard deviation, None without values."""
        return float(self.values.std()) if self.values.size else None


class Line(NamedTuple):
    """Layers that belong together: the turns of one `repeat`, or layers of one operation."""

    name: str
    layers: tuple[Layer, ...]


def lines_of(graph: Graph, names: Sequence[str]) -> dict[str, list[int]]:
    """The nodes that are looked at, by the name of their line.

    `wide` is all of `wide[1]`, `wide[2]` and so on, where it is a repeat. Without names it is every relu, sigmoid and
    tanh of more than one number. Raises SpecError where there is none.
    """
    if names:
        numbers = [number for name in names for number in _named(graph, name)]
    else:
        numbers = [
            number
            for number, node in enumerate(graph.nodes)
            if node.operation.activation is not None and node.type.shape
        ]
    if not numbers:
        hint = "name nodes with --of (in a script: of = ...)"
        raise SpecError([NOTHING_TO_PLOT.at(None, kind=KIND, reason="there is no relu, sigmoid or tanh", hint=hint)])
    found: dict[str, list[int]] = {}
    for number in dict.fromkeys(numbers):
        name = node_name(graph, number)
        line = re.sub(r"\[\d+\]", "", name)
        found.setdefault(line if line != name else graph.nodes[number].operation.called, []).append(number)
    return found


def _named(graph: Graph, name: str) -> list[int]:
    """The node of a name, or the turns of the repeat that it names. Raises SpecError where there is neither."""
    turns: list[int] = []
    while (turn := f"{name}[{len(turns) + 1}]") in graph.index:
        turns.append(graph.index[turn])
    if turns:
        return turns
    if name not in graph.index:
        hint = suggestion(name, graph.index, what="nodes")
        raise SpecError([NOTHING_TO_PLOT.at(None, kind=KIND, reason=f"there is no node `{name}`", hint=hint)])
    return [graph.index[name]]


def histograms(
    graph: Graph,
    lines: Mapping[str, Iterable[int]],
    rows: Mapping[str, Array],
    parameters: Mapping[str, Array],
    precision: Precision,
    dims: Mapping[str, int],
) -> list[Line]:
    """What nodes are, line by line, with inputs filled by `rows` and by their defaults. Raises SpecError."""
    chosen = {name: _some(list(nodes)) for name, nodes in list(lines.items())[:MOST_LINES]}
    planner = Planner(graph, [number for nodes in chosen.values() for number in nodes], precision, dims)
    inputs = planner.filled(planner.admitted(rows))
    values = execute(planner.plan(inputs, parameters), {**inputs, **planner.held(parameters, inputs)})
    return [
        Line(name, tuple(_layer(graph, number, np.asarray(values[number])) for number in nodes))
        for name, nodes in chosen.items()
    ]


def _layer(graph: Graph, number: int, value: Array) -> Layer:
    node = graph.nodes[number]
    flat = np.array(value, np.float64).ravel()
    flat = flat[:: max(1, -(-flat.size // MOST_VALUES))]
    finite = flat[np.isfinite(flat)]
    found = node.operation.values.bounds
    bounds = found(*(graph.nodes[each].type for each in node.inputs)) if found is not None else None
    if bounds is not None and not np.all(np.isfinite(bounds)):
        bounds = None
    idle = None
    if (activation := node.operation.activation) is not None:
        slope = activation.slope
        if slope is not None:
            idle = float(np.mean(np.abs(slope(finite)) < FLAT)) if finite.size else 0.0
        elif activation.rectifies:
            idle = float(np.mean(finite == 0)) if finite.size else 0.0
    return Layer(node_name(graph, number), node.operation.called, finite, flat.size - finite.size, bounds, idle)


def _some(nodes: Sequence[int]) -> list[int]:
    if len(nodes) <= MOST_LAYERS:
        return list(nodes)
    return [nodes[number * (len(nodes) - 1) // (MOST_LAYERS - 1)] for number in range(MOST_LAYERS)]
