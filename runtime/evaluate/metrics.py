"""Metrics over all rows of a set, a part of the rows at a time where that gives the same numbers."""

import math
from collections.abc import Mapping

import numpy as np

from ...compiler.graph.graph import Graph
from ...compiler.graph.row_dependence import OfRows, dependence_of
from ...compiler.graph.spec import Precision
from ...compiler.ops.measures.class_targets import ROWS
from ...compiler.shape import bind_shape
from ..arrays import Array, Value
from ..data.binding import Dataset
from ..data.stored import Rows
from .execute import Moment, execute
from .planner import Planner

CHUNK_BYTES = 64 << 20
"""What the values of one evaluation may take before its rows are taken in parts."""


def decimal(value: float, precision: Precision) -> float:
    """The number with the fewest digits that rounds to the same value in that precision: 0.93, not 0.930000007."""
    return float(str(np.float32(value))) if precision == "float32" else float(value)


class Metrics:
    """Computes nodes by name over all rows of a set; numbers have the precision of the run.

    Where all values together would take more than `chunk_bytes`, it goes through the rows in parts: of means over
    the rows, each part is weighted by its rows; of other metrics, the operands are put together first. Where a
    target is neither, all rows are taken at once.
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
        self._whole = Planner(graph, targets.values(), precision, dims)
        self._needed = graph.ancestors(targets.values())
        judged = [index for index in targets.values() if graph.nodes[index].operation.role == "metric"]
        self._operands = tuple(operand for index in judged for operand in graph.nodes[index].inputs)
        self._parts = Planner(graph, (*targets.values(), *self._operands), precision, dims)

    def over(self, inputs: Mapping[str, Rows], rows: int, parameters: Mapping[str, Array]) -> dict[str, float]:
        """The value of each target, all of them scalars; `inputs` are all rows. Raises SpecError."""
        values = self.arrays_over(inputs, rows, parameters)
        return {name: decimal(float(value), self._whole.precision) for name, value in values.items()}

    def arrays_over(self, inputs: Mapping[str, Rows], rows: int, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """The value of each target, of any shape. Raises SpecError for a missing input."""
        if not self._targets:
            return {}
        size = self._chunk(inputs, rows, parameters)
        if size == rows:
            values = self._values(self._whole, inputs, parameters)
            return {name: np.asarray(values[index]) for name, index in self._targets.items()}
        parts = self._dependence(inputs)
        means = {index: np.zeros(()) for index in self._targets.values() if parts[index] in (OfRows.MEAN, OfRows.FIXED)}
        gathered: dict[int, list[Array]] = {operand: [] for operand in self._operands}
        for start in range(0, rows, size):
            part = {path: array[start : start + size] for path, array in inputs.items()}
            weight = min(size, rows - start) / rows
            values = self._values(self._parts, part, parameters, start)
            for index in means:
                means[index] = means[index] + weight * np.asarray(values[index], "float64")
            for operand in gathered:
                gathered[operand].append(np.asarray(values[operand]))
        return {
            name: means[index] if index in means else self._judged(index, gathered, parts, rows)
            for name, index in self._targets.items()
        }

    def _judged(self, index: int, gathered: Mapping[int, list[Array]], parts: Mapping[int, OfRows], rows: int) -> Array:
        """The value of a metric on operands that were computed part by part."""
        node = self._graph.nodes[index]
        operands = [np.concatenate(gathered[i]) if parts[i] is OfRows.ROWS else gathered[i][0] for i in node.inputs]
        named = zip(node.operation.attributes, node.attributes, strict=True)
        attributes = [rows if attribute is ROWS else value for attribute, value in named]
        with np.errstate(all="ignore"):
            return np.asarray(node.operation.forward(np, *operands, *attributes))

    def _dependence(self, inputs: Mapping[str, Rows]) -> dict[int, OfRows]:
        """How values depend on the rows.

        Where an input declares how many rows it takes, what is no such metric counts as a mean over the parts.
        """
        nodes, fed = self._graph.nodes, self._fed(inputs)
        parts = dependence_of(self._graph, fed, self._targets.values())
        firsts = {nodes[number].type.shape[:1] for number in fed}
        if not any(isinstance(size, int) for shape in firsts for size in shape):
            return parts
        for number in parts:
            parts[number] = OfRows.ROWS if nodes[number].type.shape[:1] in firsts else OfRows.FIXED
        for index in self._targets.values():
            judged = nodes[index].operation.role == "metric" and not nodes[index].operation.rows.averages
            parts[index] = OfRows.MIXED if judged else OfRows.MEAN
        return parts

    def _values(
        self, planner: Planner, part: Mapping[str, Rows], parameters: Mapping[str, Array], start: int = 0
    ) -> list[Value | None]:
        """All values of some rows, before which there are `start` others."""
        filled = planner.filled(planner.admitted(part))
        return execute(planner.plan(filled, parameters), {**filled, **planner.fed(parameters)}, Moment(row=start))

    def _fed(self, inputs: Mapping[str, Rows]) -> set[int]:
        """The inputs that the targets depend on."""
        declared = self._graph.inputs
        return {declared[path].index for path in inputs if self._needed[declared[path].index]}

    def _chunk(self, inputs: Mapping[str, Rows], rows: int, parameters: Mapping[str, Array]) -> int:
        """How many rows are taken at once: all, as many as the budget allows, or as many as an input declares."""
        nodes, declared = self._graph.nodes, self._graph.inputs
        firsts = [nodes[declared[path].index].type.shape[0] for path in inputs]
        if fixed := [size for size in firsts if isinstance(size, int)]:
            return min(rows, fixed[0])
        if rows == 1 or (total := self._bytes(inputs, rows, parameters)) <= self._chunk_bytes:
            return rows
        if not self._in_parts(inputs):
            return rows
        each = (total - self._bytes(inputs, 1, parameters)) / (rows - 1)
        return min(rows, max(1, int(self._chunk_bytes / each)))

    def _in_parts(self, inputs: Mapping[str, Rows]) -> bool:
        """Whether each target can be had from parts of the rows."""
        parts = self._dependence(inputs)
        whole = [index for index in self._targets.values() if parts[index] not in (OfRows.MEAN, OfRows.FIXED)]
        nodes = self._graph.nodes
        return all(
            nodes[index].operation.role == "metric"
            and all(parts[operand] in (OfRows.ROWS, OfRows.FIXED) for operand in nodes[index].inputs)
            for index in whole
        )

    def _shapes(self, inputs: Mapping[str, Rows], rows: int) -> dict[str, tuple[int, ...]]:
        """The shapes of all inputs for so many rows."""
        filled = self._whole.filled(dict.fromkeys(inputs, 0.0))
        return {
            path: (rows, *inputs[path].shape[1:]) if path in inputs else np.shape(value)
            for path, value in filled.items()
        }

    def _bytes(self, inputs: Mapping[str, Rows], rows: int, parameters: Mapping[str, Array]) -> int:
        """What all values take for so many rows."""
        dims = self._whole.sizes(self._shapes(inputs, rows), parameters)
        nodes = [node for node, needed in zip(self._graph.nodes, self._needed, strict=True) if needed]
        elements = sum(_elements(bind_shape(node.type.shape, dims)) for node in nodes)
        return elements * np.dtype(self._whole.precision).itemsize


def _elements(shape: tuple[object, ...]) -> int:
    return math.prod(size for size in shape if isinstance(size, int))


def metrics_of(
    numbers: Metrics, matrices: Metrics, sets: Mapping[str, Dataset | None], parameters: Mapping[str, Array]
) -> dict[str, float | Array]:
    """All metrics over several sets of rows, by the prefix of the set (`test.`) and the name; None is no data.

    Those of `numbers` become floats, those of `matrices` stay arrays. Raises SpecError.
    """
    values: dict[str, float | Array] = {}
    for prefix, rows in sets.items():
        inputs, count = (rows.inputs, rows.rows) if rows is not None else ({}, 1)
        scalars = numbers.over(inputs, count, parameters)
        values |= {prefix + name: value for name, value in scalars.items()}
        arrays = matrices.arrays_over(inputs, count, parameters)
        values |= {prefix + name: value for name, value in arrays.items()}
    return values
