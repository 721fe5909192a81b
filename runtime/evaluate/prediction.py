"""Outputs over any number of rows: some rows at a time, where each row's outputs are its own."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from ...compiler.graph.bind_dims import bind_dims
from ...compiler.graph.graph import Graph
from ...compiler.graph.row_axes import mixing
from ...compiler.graph.row_dependence import OfRows, dependence_of
from ...compiler.graph.spec import Precision
from ...compiler.shape import Linear, bind_shape, dimension
from ...grammar.diagnostic import Diagnostic
from ..arrays import Array, Value
from ..data.labels import check_labels
from ..data.stored import Rows, StoredArray
from ..training_faults import ROWS_TOGETHER
from .evaluate import Evaluator, planned
from .execute import Moment, execute
from .first_nonfinite import first_nonfinite
from .ownership import all_own

Tell: TypeAlias = Callable[[Diagnostic], object]

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
        self._graph = graph
        self._outputs = outputs
        self._planner = evaluator.planner(graph, tuple(outputs), precision)
        self._known = known
        self._precision: Precision = precision
        self._chunk_bytes = chunk_bytes
        self._needed = graph.ancestors(outputs)

    def over(
        self, feeds: Mapping[str, object], parameters: Mapping[str, Array], tell: Tell = lambda found: None
    ) -> dict[str, Array]:
        """The outputs by path; inputs may lie in files. Raises SpecError for an input that is missing or does not fit.

        `tell` is called with a finding about each part with a value that is not finite.

        In parts, values can differ in their last digits from those of all rows at once, as they do for other batches.
        """
        return {path: np.asarray(rows) for path, rows in self.stored_over(feeds, parameters, math.inf, tell).items()}

    def stored_over(
        self,
        feeds: Mapping[str, object],
        parameters: Mapping[str, Array],
        memory: float,
        tell: Tell = lambda found: None,
    ) -> dict[str, Rows]:
        """The same; an output of more than so many bytes that is computed in parts goes into a temporary file."""
        given = self._taken(feeds)
        if all(len(value) == 1 for value in given.values() if value.ndim):
            return dict(self._part(given, parameters, 0, tell))
        counted = self._counted(given)
        if not counted and (found := self._together(given)) is not None:
            tell(found)
        rows = len(given[counted[0]]) if counted else 0
        size = self._rows_at_once(given, counted, rows, parameters) if rows > 1 else rows
        if size == rows:
            return dict(self._part(given, parameters, 0, tell))
        self._check_labels(given, counted, parameters)
        gathered: dict[str, Rows] = {}
        for start in range(0, rows, size):
            part = {path: given[path][start : start + size] for path in counted}
            for path, value in self._part({**given, **part}, parameters, start, tell).items():
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

    def _part(
        self, given: Mapping[str, object], parameters: Mapping[str, Array], start: int, tell: Tell
    ) -> dict[str, Array]:
        """The outputs of some rows, before which there are `start` others."""
        plan, fed = planned(self._planner, self._planner.admitted(given, leaves=True), parameters)
        values = execute(plan, fed, Moment(row=start))
        for found in first_nonfinite(self._graph, values, self._outputs, start):
            tell(found)
        wanted: list[Value] = [values[index] for index in self._outputs]  # type: ignore[misc]  # outputs have values
        paths = (self._graph.nodes[index].path for index in self._outputs)
        return dict(zip(paths, all_own(wanted, fed.values()), strict=True))

    def _taken(self, feeds: Mapping[str, object]) -> dict[str, Rows]:
        """All that is fed, through the door as a whole, so that faults count its rows; rows in files stay there."""
        for path, value in feeds.items():
            if isinstance(value, StoredArray):
                self._planner.look(path, value)
        others = {path: value for path, value in feeds.items() if not isinstance(value, StoredArray)}
        taken = self._planner.admitted(others, leaves=True)
        return {
            path: value if isinstance(value, StoredArray) else np.asarray(taken[path]) for path, value in feeds.items()
        }

    def _check_labels(self, given: Mapping[str, Rows], counted: Sequence[str], parameters: Mapping[str, Array]) -> None:
        """Holds class numbers against their classes before rows are taken in parts, which count from 1 each."""
        paths = {judge.path for judge in self._planner.judges}
        if paths:
            labels = {path: value for path, value in given.items() if path in paths}
            check_labels(self._graph, labels, self._dims(given, counted, 1, parameters))

    def _counted(self, given: Mapping[str, Rows]) -> list[str]:
        """The inputs whose rows can be taken in parts; none where that cannot be seen."""
        nodes, declared = self._graph.nodes, self._graph.inputs
        if any(path not in declared for path in given):
            return []
        firsts = {path: (*nodes[declared[path].index].type.shape, 0)[0] for path in given}
        by_rows = [path for path, first in firsts.items() if isinstance(first, Linear) and given[path].ndim]
        if any(first != dimension(first.terms[0][0]) for first in firsts.values() if isinstance(first, Linear)):
            return []  # of 2 * N rows not any number can be taken
        parts = dependence_of(self._graph, {declared[path].index for path in by_rows}, self._outputs)
        alone = all(parts[index] is OfRows.ROWS for index in self._outputs)
        return by_rows if alone and len({len(given[path]) for path in by_rows}) == 1 else []

    def _together(self, given: Mapping[str, Rows]) -> Diagnostic | None:
        """That rows are taken at once because they hang on one another; None where they do not."""
        nodes, declared = self._graph.nodes, self._graph.inputs
        counts = {
            nodes[declared[path].index].type.shape[0]: len(value)
            for path, value in given.items()
            if path in declared and value.ndim and nodes[declared[path].index].type.shape
        }
        sizes = [size for size in counts if isinstance(size, Linear)]
        for output, mixed in mixing(self._graph, sizes, self._outputs):
            rows = max(counts[size] for size in sizes)
            return ROWS_TOGETHER.at(nodes[mixed].span, rows=rows, name=nodes[output].path)
        return None

    def _rows_at_once(
        self, given: Mapping[str, Rows], counted: Sequence[str], rows: int, parameters: Mapping[str, Array]
    ) -> int:
        total = self._bytes(given, counted, rows, parameters)
        if total <= self._chunk_bytes:
            return rows
        one = self._bytes(given, counted, 1, parameters)
        return min(rows, max(1, (self._chunk_bytes - one) * (rows - 1) // max(1, total - one)))

    def _bytes(
        self, given: Mapping[str, Rows], counted: Sequence[str], rows: int, parameters: Mapping[str, Array]
    ) -> int:
        """What all values take for so many rows."""
        dims = self._dims(given, counted, rows, parameters)
        bound = (
            bind_shape(node.type.shape, dims)
            for node, needed in zip(self._graph.nodes, self._needed, strict=True)
            if needed
        )
        elements = sum(math.prod(size for size in shape if isinstance(size, int)) for shape in bound)
        return elements * np.dtype(self._precision).itemsize

    def _dims(
        self, given: Mapping[str, Rows], counted: Sequence[str], rows: int, parameters: Mapping[str, Array]
    ) -> dict[str, int]:
        """Sizes of dims for so many rows."""
        shapes = {path: (rows, *value.shape[1:]) if path in counted else value.shape for path, value in given.items()}
        shapes |= {path: value.shape for path, value in parameters.items() if path not in given}
        return bind_dims(self._graph, shapes, self._known)
