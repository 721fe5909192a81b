"""Scalar graphs called again and again: a loop over a tape at first, generated Python once that pays."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..compiler.computation import bound
from ..compiler.graph import Graph
from ..compiler.passes.pipeline import optimised
from ..compiler.plan import plan
from ..compiler.targets.python_target import scalar_source
from .compiled import Objects, function_of
from .execute import Array, execute

WORTH = 45e-6
"""Seconds a node that the loop must have taken before a function is generated: measured, 13 microseconds a node to
generate it against a saving of a third of the loop's time."""

MOST_NODES = 20_000
"""Nodes above which the loop stays: Python's own compiler grows slow."""


class ScalarFunction:
    """Targets of a graph of scalars as a function of its leaves' values, floats by path."""

    def __init__(self, graph: Graph, targets: Sequence[int]) -> None:
        self._graph = graph
        self._targets = tuple(targets)
        self._plan = plan(graph, targets, {}, "float64", scalar=True)
        self._spent = 0.0
        self._worth = WORTH * len(self._plan.steps)
        self.leaves = tuple(leaf.path for leaf in self._plan.leaves)
        self._function: Callable[..., tuple[float, ...]] | None = None

    @property
    def generated(self) -> bool:
        """Whether the loop has given way to generated Python."""
        return self._function is not None

    def __call__(self, values: Sequence[float]) -> tuple[float, ...]:
        """The targets' values; `values` are those of `leaves`, in that order."""
        if self._function is not None:
            return self._function(*values)
        began = time.perf_counter()
        result = self._looped(dict(zip(self.leaves, values, strict=True)))
        self._spent += time.perf_counter() - began
        if self._spent > self._worth and len(self._plan.steps) <= MOST_NODES:
            self._function = self._generated()
        return result

    def _looped(self, feeds: Mapping[str, float]) -> tuple[float, ...]:
        values = execute(self._plan, feeds)
        return tuple([values[target] for target in self._targets])  # type: ignore[misc]  # a target has its value, a float

    def _generated(self) -> Callable[..., tuple[float, ...]]:
        source = scalar_source(optimised(bound(self._graph, self._targets, {}, "float64", scalar=True)))
        function = function_of(source.text, Objects(0, {}, "float64"), source.bindings)
        if source.leaves == self.leaves:
            return function
        places = [self.leaves.index(leaf) for leaf in source.leaves]  # a pass may leave out what cancels
        return _rearranged(function, places)


def _rearranged(function: Callable[..., Any], places: Sequence[int]) -> Callable[..., Any]:
    return lambda *values: function(*[values[place] for place in places])


class ScalarCall:
    """What a program's function of a graph of scalars does: inputs by name in, a value and its gradients out."""

    def __init__(
        self,
        graph: Graph,
        targets: Sequence[int],
        gradients: Sequence[str],
        parameters: Callable[[Mapping[str, object]], Mapping[str, Any]],
    ) -> None:
        self._function = ScalarFunction(graph, targets)
        self._gradients = tuple(gradients)
        self._known = parameters
        self._place = {path: number for number, path in enumerate(self._function.leaves)}
        self._parameters = [path for path in self._place if path in graph.params]
        self._values: list[Any] = [
            graph.inputs[path].default if path in graph.inputs else None for path in self._function.leaves
        ]

    def __call__(self, inputs: Mapping[str, object]) -> tuple[float, dict[str, Array | float]] | None:
        """The value and its gradients by path; None for inputs that are missing, unknown, or no plain numbers."""
        values = self._values.copy()
        if self._parameters:
            known = self._known(inputs)
            for path in self._parameters:
                values[self._place[path]] = float(known[path])
        for name, value in inputs.items():
            place = self._place.get(name)
            if place is None or not isinstance(value, float | int):
                return None
            values[place] = float(value)
        if None in values:
            return None
        first, *rest = self._function(values)
        return first, dict(zip(self._gradients, rest, strict=True))
