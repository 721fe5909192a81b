"""Evaluation of any nodes of a graph on fed values: what `run`, `grad`, claims and predictions share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from ..compiler.graph import Graph
from ..compiler.plan import Plan
from ..compiler.spec import Precision
from ..grammar.diagnostic import suggestion
from .execute import Array, Value, admit, execute
from .planner import Planner
from .showing import Showing


class Values(Showing, Mapping[str, Array]):
    """Computed values by path; `at` gives one by its index in the graph."""

    def __init__(self, graph: Graph, values: Sequence[Value | None]) -> None:
        self.graph = graph
        self.slots = values

    def at(self, index: int) -> Array:
        value = self.slots[index]
        if value is None:
            raise KeyError(self.graph.nodes[index].path)
        return np.asarray(value)

    def __getitem__(self, path: str) -> Array:
        index = self.graph.index.get(path)
        if index is None:
            raise KeyError(f"{path}: {suggestion(path, self, what='nodes')}")
        return self.at(index)

    def __iter__(self) -> Iterator[str]:
        return (path for path, index in self.graph.index.items() if self.slots[index] is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


MOST_PLANNERS = 64
"""Sets of targets whose plans are kept."""


class Evaluator:
    """Evaluates nodes of graphs; keeps the plans."""

    def __init__(self, dims: Mapping[str, int]) -> None:
        self._dims = dims
        self._planners: dict[tuple[int, tuple[int, ...], Precision], Planner] = {}

    def evaluate(
        self,
        graph: Graph,
        targets: Iterable[int],
        feeds: Mapping[str, object],
        parameters: Mapping[str, Array],
        *,
        precision: Precision = "float64",
    ) -> Values:
        """The values of the targets and of all that they depend on.

        `feeds` has inputs and other leaves by path; an input that is not fed takes its default. Raises SpecError for
        an unknown or a missing input and for shapes that do not fit.
        """
        plan, fed = self.prepared(graph, targets, feeds, parameters, precision=precision)
        return Values(graph, execute(plan, fed))

    def prepared(
        self,
        graph: Graph,
        targets: Iterable[int],
        feeds: Mapping[str, object],
        parameters: Mapping[str, Array],
        *,
        precision: Precision = "float64",
    ) -> tuple[Plan, dict[str, Value]]:
        """The plan of an evaluation, and all that it is fed. Raises what `evaluate` raises."""
        planner = self._planner(graph, tuple(targets), precision)
        others = {path: value for path, value in feeds.items() if path in graph.index and path not in graph.inputs}
        inputs = planner.filled(planner.admitted({path: feeds[path] for path in feeds if path not in others}))
        held = {path: admit(value, "real", precision, scalar=planner.scalar) for path, value in parameters.items()}
        fed = {path: admit(value, "real", precision, scalar=planner.scalar) for path, value in others.items()}
        return planner.plan(inputs, parameters), {**inputs, **held, **fed}

    def _planner(self, graph: Graph, targets: tuple[int, ...], precision: Precision) -> Planner:
        key = (id(graph), targets, precision)
        if (found := self._planners.get(key)) is None:
            if len(self._planners) >= MOST_PLANNERS:
                self._planners.clear()
            found = self._planners[key] = Planner(graph, targets, precision, self._dims)  # it keeps the graph alive
        return found
