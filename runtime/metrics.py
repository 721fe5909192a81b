"""Metrics over all rows of a set, a part of the rows at a time where that gives the same numbers."""

import math
from collections.abc import Mapping

import numpy as np

from ..compiler.graph import Graph
from ..compiler.rows import means_over_rows
from ..compiler.shape import bind_shape
from ..compiler.spec import Precision
from .execute import Array, execute
from .planner import Planner

CHUNK_BYTES = 256 << 20
"""What the values of one evaluation may take before its rows are taken in parts."""


def decimal(value: float, precision: Precision) -> float:
    """The number with the fewest digits that rounds to the same value in that precision: 0.93, not 0.930000007."""
    return float(str(np.float32(value))) if precision == "float32" else float(value)


class Metrics:
    """Computes scalar nodes by name over all rows of a set; numbers have the precision of the run.

    Where each of them is a mean over rows, and all values together would take more than `chunk_bytes`, it goes
    through the rows in parts and weights each by its rows; else through all at once.
    """

    def __init__(
        self,
        graph: Graph,
        targets: Mapping[str, int],
        precision: Precision,
        dims: Mapping[str, int],
        *,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._graph = graph
        self._targets = targets
        self._chunk_bytes = chunk_bytes
        self._planner = Planner(graph, targets.values(), precision, dims)
        self._needed = graph.ancestors(targets.values())

    def over(self, inputs: Mapping[str, Array], rows: int, parameters: Mapping[str, Array]) -> dict[str, float]:
        """The value of each target; `inputs` are all rows. Raises SpecError for a missing input."""
        size = self._chunk(inputs, rows, parameters)
        sums = dict.fromkeys(self._targets, 0.0)
        for start in range(0, rows, size):
            part = inputs if size == rows else {path: array[start : start + size] for path, array in inputs.items()}
            weight = min(size, rows - start) / rows
            for name, value in self._part(part, parameters).items():
                sums[name] += weight * value
        return {name: decimal(value, self._planner.precision) for name, value in sums.items()}

    def _part(self, inputs: Mapping[str, Array], parameters: Mapping[str, Array]) -> dict[str, float]:
        planner = self._planner
        filled = planner.filled(planner.admitted(inputs))
        values = execute(planner.plan(filled, parameters), {**filled, **planner.fed(parameters)})
        return {name: float(values[index]) for name, index in self._targets.items()}  # type: ignore[arg-type]  # a target has its value

    def _chunk(self, inputs: Mapping[str, Array], rows: int, parameters: Mapping[str, Array]) -> int:
        """How many rows are taken at once: all, as many as the budget allows, or as many as an input declares."""
        nodes, declared = self._graph.nodes, self._graph.inputs
        firsts = [nodes[declared[path].index].type.shape[0] for path in inputs]
        if fixed := [size for size in firsts if isinstance(size, int)]:
            return min(rows, fixed[0])
        if rows == 1 or (total := self._bytes(inputs, rows, parameters)) <= self._chunk_bytes:
            return rows
        fed = {declared[path].index for path in inputs if self._needed[declared[path].index]}
        if not means_over_rows(self._graph, fed, self._targets.values()):
            return rows
        each = (total - self._bytes(inputs, 1, parameters)) / (rows - 1)
        return min(rows, max(1, int(self._chunk_bytes / each)))

    def _bytes(self, inputs: Mapping[str, Array], rows: int, parameters: Mapping[str, Array]) -> int:
        """What all values take for so many rows."""
        filled = self._planner.filled(inputs)
        shapes = {
            path: (rows, *np.shape(value)[1:]) if path in inputs else np.shape(value) for path, value in filled.items()
        }
        dims = self._planner.dims(shapes, parameters)
        nodes = [node for node, needed in zip(self._graph.nodes, self._needed, strict=True) if needed]
        elements = sum(_elements(bind_shape(node.type.shape, dims)) for node in nodes)
        return elements * np.dtype(self._planner.precision).itemsize


def _elements(shape: tuple[object, ...]) -> int:
    return math.prod(size for size in shape if isinstance(size, int))
