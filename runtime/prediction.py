"""Outputs over any number of rows: some rows at a time, where each row's outputs are its own."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..compiler.binding import bind_dims
from ..compiler.graph import Graph
from ..compiler.rows import Part, parts_of
from ..compiler.shape import Linear, bind_shape
from ..compiler.spec import Precision
from .data.stored import Rows, StoredArray
from .evaluate import Evaluator
from .execute import Array

CHUNK_BYTES = 64 << 20
"""What all values together may take before the rows are taken in parts."""


class Predictor:
    """Computes outputs of a graph; `known` are dims that have a size."""

    def __init__(
        self,
        evaluator: Evaluator,
        graph: Graph,
        outputs: Sequence[int],
        known: Mapping[str, int],
        precision: Precision,
        *,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._evaluator = evaluator
        self._graph = graph
        self._outputs = outputs
        self._known = known
        self._precision: Precision = precision
        self._chunk_bytes = chunk_bytes
        self._needed = graph.ancestors(outputs)

    def over(self, feeds: Mapping[str, object], parameters: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs by path; inputs may lie in files. Raises SpecError for an input that is missing or does not fit.

        In parts, values can differ in their last digits from those of all rows at once, as they do for other batches.
        """
        return {path: np.asarray(rows) for path, rows in self.stored_over(feeds, parameters, math.inf).items()}

    def stored_over(
        self, feeds: Mapping[str, object], parameters: Mapping[str, Array], memory: float
    ) -> dict[str, Rows]:
        """The same; an output of more than so many bytes that is computed in parts goes into a temporary file."""
        given: dict[str, Rows] = {
            path: value if isinstance(value, StoredArray) else np.asarray(value) for path, value in feeds.items()
        }
        counted = self._counted(given)
        rows = len(given[counted[0]]) if counted else 0
        size = self._rows_at_once(given, counted, rows, parameters) if rows > 1 else rows
        if size == rows:
            return dict(self._values(given, parameters))
        gathered: dict[str, Rows] = {}
        for start in range(0, rows, size):
            part = {path: given[path][start : start + size] for path in counted}
            for path, value in self._values({**given, **part}, parameters):
                if path not in gathered:
                    large = rows * value.nbytes / max(1, len(value)) > memory
                    shape = (rows, *value.shape[1:])
                    gathered[path] = StoredArray(value.dtype, shape[1:]) if large else np.empty(shape, value.dtype)
                held = gathered[path]
                if isinstance(held, StoredArray):
                    held.append(value)
                else:
                    held[start : start + size] = value
        return gathered

    def _values(self, given: Mapping[str, object], parameters: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
        values = self._evaluator.evaluate(self._graph, self._outputs, given, parameters, precision=self._precision)
        return ((self._graph.nodes[index].path, values.at(index)) for index in self._outputs)

    def _counted(self, given: Mapping[str, Rows]) -> list[str]:
        """The inputs whose rows can be taken in parts; none where that cannot be seen."""
        nodes, declared = self._graph.nodes, self._graph.inputs
        if any(path not in declared for path in given):
            return []
        by_rows = [
            path
            for path in given
            if isinstance((*nodes[declared[path].index].type.shape, 0)[0], Linear) and given[path].ndim
        ]
        parts = parts_of(self._graph, {declared[path].index for path in by_rows}, self._outputs)
        alone = all(parts[index] is Part.ROWS for index in self._outputs)
        return by_rows if alone and len({len(given[path]) for path in by_rows}) == 1 else []

    def _rows_at_once(
        self, given: Mapping[str, Rows], counted: Sequence[str], rows: int, parameters: Mapping[str, Array]
    ) -> int:
        one, two = (self._bytes(given, counted, count, parameters) for count in (1, 2))
        return min(rows, max(1, (self._chunk_bytes - one) // max(1, two - one)))

    def _bytes(
        self, given: Mapping[str, Rows], counted: Sequence[str], rows: int, parameters: Mapping[str, Array]
    ) -> int:
        """What all values take for so many rows."""
        shapes = {path: (rows, *value.shape[1:]) if path in counted else value.shape for path, value in given.items()}
        shapes |= {path: value.shape for path, value in parameters.items()}
        dims = bind_dims(self._graph, shapes, self._known)
        bound = (
            bind_shape(node.type.shape, dims)
            for node, needed in zip(self._graph.nodes, self._needed, strict=True)
            if needed
        )
        elements = sum(math.prod(size for size in shape if isinstance(size, int)) for shape in bound)
        return elements * np.dtype(self._precision).itemsize
