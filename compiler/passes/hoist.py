"""Work on rows of the data: what no step changes is taken out of the step."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..derive.training import TrainingGraph
from ..graph.graph import Graph, InputDeclaration
from ..graph.row_dependence import OfRows, dependence_of
from ..ops.leaves import CONSTANT, INPUT
from ..shape import bind_shape


@dataclass(frozen=True)
class HoistRows:
    """Puts inputs in place of nodes that depend row by row on fed inputs alone, where a step then has less to do.

    `fed` are the inputs whose first axis runs over the rows, `dims` the sizes that hold for every batch. Indices of
    nodes stay; `hoisted` says what the new inputs are to be fed. Sizes that count rows are still symbols here, which
    is why this pass works on the graph of a training, and not on a computation as those of the pipeline do.
    """

    fed: frozenset[str]
    dims: Mapping[str, int]
    name: str = "hoist work on rows"

    def __call__(self, training: TrainingGraph) -> TrainingGraph:
        graph = training.graph
        found = self._movable(graph, training.targets)
        moved = _frontier(graph, found, training.targets)
        if not moved:
            return training
        nodes, inputs = list(graph.nodes), dict(graph.inputs)
        for number in moved:
            path = f"rows of {number}"  # no name of a text has a space
            nodes[number] = nodes[number]._replace(operation=INPUT, inputs=(), attributes=(), path=path)
            inputs[path] = InputDeclaration(number, None)
        after = replace(graph, nodes=tuple(nodes), inputs=inputs)
        if not self._pays(graph, after, found, training.targets):
            return training
        return replace(training, graph=after)

    def _movable(self, graph: Graph, targets: Sequence[int]) -> dict[int, bool]:
        """Nodes that depend on fed inputs and constants alone, row by row; True for those that depend on an input."""
        needed = graph.ancestors(targets)
        fed = {index for path in self.fed if needed[index := graph.inputs[path].index]}
        found: dict[int, bool] = {}
        for number, part in dependence_of(graph, fed, targets).items():
            node = graph.nodes[number]
            if number in fed or node.operation is CONSTANT:
                found[number] = number in fed
            elif node.operation.fed_as is not None:
                continue
            elif node.inputs and part is not OfRows.MIXED and all(operand in found for operand in node.inputs):
                varying = any(found[operand] for operand in node.inputs)
                if not varying or (part is OfRows.ROWS and node.operation.rows.same_bits):
                    found[number] = varying
        return found

    def _pays(self, before: Graph, after: Graph, movable: Mapping[int, bool], targets: Sequence[int]) -> bool:
        """Whether a step computes more elements less than it gathers more."""
        once, still = before.ancestors(targets), after.ancestors(targets)
        computed = gathered = 0
        for number, varying in movable.items():
            if not varying or not once[number]:
                continue
            row = self._row_size(before, number)
            if after.nodes[number].operation is INPUT:
                gathered += row * still[number]
            if before.nodes[number].operation is INPUT:
                gathered -= row
            elif before.nodes[number].operation.view is None:
                computed += row
        return computed > gathered

    def _row_size(self, graph: Graph, number: int) -> int:
        """Elements for each row, as far as sizes are known."""
        sizes = bind_shape(graph.nodes[number].type.shape[1:], self.dims)
        return math.prod(size for size in sizes if isinstance(size, int))


def _frontier(graph: Graph, movable: Mapping[int, bool], targets: Sequence[int]) -> list[int]:
    """The movable nodes that something reads which stays, or that are targets; inputs are where they were."""
    needed = graph.ancestors(targets)
    read = set(targets)
    for number, node in enumerate(graph.nodes):
        if needed[number] and not movable.get(number, False):
            read.update(node.inputs)
    return sorted(
        number for number in read if movable.get(number, False) and graph.nodes[number].operation is not INPUT
    )


class Hoisted(NamedTuple):
    """An input that stands for a node: its path, and the node's index in the graph before."""

    path: str
    number: int


def hoisted(before: TrainingGraph, after: TrainingGraph) -> tuple[Hoisted, ...]:
    """What the pass took out."""
    declared = before.graph.inputs
    return tuple(Hoisted(path, each.index) for path, each in after.graph.inputs.items() if path not in declared)
