"""Evaluation of any nodes of a graph on fed values: what `run`, `grad`, claims and predictions share."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision
from ...compiler.lower.plan import Plan
from ...grammar.suggestion import suggestion
from ..arrays import Array, Value
from .execute import execute
from .ownership import all_own, holders, memory_of, own
from .planner import Planner
from .showing import Showing


class Values(Showing):
    """Computed values by path; `at` gives one by its index in the graph.

    Each is the reader's own: writing into it changes no other, nor any of `lent`, what others hold too.
    """

    def __init__(self, graph: Graph, values: Sequence[Value | None], lent: Iterable[Value] = ()) -> None:
        self.graph = graph
        self.slots = values
        self._lent = lent
        self._given: dict[int, Array] = {}

    def at(self, index: int) -> Array:
        if index not in self._given:
            value = self.slots[index]
            if value is None:
                raise KeyError(self.graph.nodes[index].path)
            shared = isinstance(value, np.ndarray) and self._holders[id(memory_of(value))] > 1
            self._given[index] = own(value, shared)
        return self._given[index]

    @cached_property
    def _holders(self) -> Counter[int]:
        return holders([*self.slots, *self._lent])

    def __getitem__(self, path: str) -> Array:
        index = self.graph.index.get(path)
        if index is None:
            raise KeyError(missing(path, self, "nodes"))
        return self.at(index)

    def __iter__(self) -> Iterator[str]:
        return (path for path, index in self.graph.index.items() if self.slots[index] is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def missing(path: object, known: Iterable[str], what: str) -> object:
    """What a KeyError says of a name that is not there; anything else than a name stands for itself."""
    return f"{path}: {suggestion(path, known, what=what)}" if isinstance(path, str) else path


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

        `feeds` has inputs and other leaves by path; an input that is not fed takes its default, a parameter that of
        `parameters`. Raises SpecError for an unknown or a missing input and for values that do not fit.
        """
        planner = self.planner(graph, tuple(targets), precision)
        given = planner.admitted(feeds, leaves=True, own=True)
        plan, fed = planned(planner, given, parameters)
        return Values(graph, execute(plan, fed), [value for path, value in fed.items() if path not in given])

    def results(
        self,
        graph: Graph,
        targets: Sequence[int],
        feeds: Mapping[str, object],
        parameters: Mapping[str, Array],
        *,
        precision: Precision = "float64",
    ) -> list[Array]:
        """The values of the targets alone, each the reader's own. Raises what `evaluate` raises."""
        plan, fed = self.prepared(graph, targets, feeds, parameters, precision=precision)
        values = execute(plan, fed)
        return all_own([values[target] for target in targets], fed.values())  # type: ignore[misc]  # targets have values

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
        planner = self.planner(graph, tuple(targets), precision)
        return planned(planner, planner.admitted(feeds, leaves=True), parameters)

    def planner(self, graph: Graph, targets: tuple[int, ...], precision: Precision) -> Planner:
        """What takes values in for some targets, and plans for their shapes."""
        key = (id(graph), targets, precision)
        if (found := self._planners.get(key)) is None:
            if len(self._planners) >= MOST_PLANNERS:
                self._planners.clear()
            found = self._planners[key] = Planner(graph, targets, precision, self._dims)  # it keeps the graph alive
        return found


def reachable(graph: Graph, targets: Sequence[int], inputs: Iterable[str]) -> list[int]:
    """The targets that are determined by these inputs and the defaults of others."""
    given = set(inputs)
    missing = [each.index for path, each in graph.inputs.items() if path not in given and each.default is None]
    if not missing:
        return list(targets)
    blocked = graph.dependents(missing)
    return [target for target in targets if not blocked[target]]


def planned(
    planner: Planner, given: Mapping[str, Value], parameters: Mapping[str, Array]
) -> tuple[Plan, dict[str, Value]]:
    """The plan for values that were taken in, and all that it is fed, with defaults and `parameters`."""
    inputs = planner.filled(given)
    return planner.plan(inputs, parameters), {**inputs, **planner.held(parameters, inputs)}
