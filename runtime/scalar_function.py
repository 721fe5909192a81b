"""Scalar graphs called again and again: a loop over a tape at first, generated Python once that pays."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ..compiler.computation import bound
from ..compiler.graph import Graph
from ..compiler.passes.pipeline import optimised
from ..compiler.plan import UnboundSize, plan
from ..compiler.targets.python_target import scalar_source
from .compiled import Objects, function_of
from .execute import Array, execute

WORTH = 45e-6
"""Seconds a node that the loop must have taken before a function is generated: measured, 13 microseconds a node to
generate it against a saving of a third of the loop's time."""

NUMBERS = (float, int)

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
        self.function: Callable[..., tuple[float, ...]] | None = None
        """The generated function, once the loop has given way to it."""

    def __call__(self, *values: float) -> tuple[float, ...]:
        """The targets' values; `values` are those of `leaves`, in that order."""
        return self.looped(*values) if self.function is None else self.function(*values)

    def looped(self, *values: float) -> tuple[float, ...]:
        """The same by the loop, which takes its own time."""
        began = time.perf_counter()
        result = self._looped(dict(zip(self.leaves, values, strict=True)))
        self._spent += time.perf_counter() - began
        if self._spent > self._worth and len(self._plan.steps) <= MOST_NODES:
            self.function = self._generated()
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


Answer: TypeAlias = tuple[Array | float, dict[str, Array | float]]
"""A value, and its gradients by path."""


def scalar_call(
    graph: Graph,
    targets: Sequence[int],
    gradients: Sequence[str],
    parameters: Callable[[Mapping[str, object]], Mapping[str, Any]],
    otherwise: Callable[..., Answer],
) -> Callable[..., Answer]:
    """What a program's function of a graph of scalars does: inputs by keyword in, a value and its gradients out.

    `targets` are the value and its `gradients`. Inputs that are missing, unknown or no plain numbers are left to
    `otherwise`.
    """
    try:
        function = ScalarFunction(graph, targets)
    except UnboundSize:
        return otherwise  # which says so
    place_of = {path: number for number, path in enumerate(function.leaves)}
    held = [(path, place) for path, place in place_of.items() if path in graph.params]
    given = [graph.inputs[path].default if path in graph.inputs else 0.0 for path in function.leaves]
    defaults = [None if value is None else float(value) for value in given]  # type: ignore[arg-type]  # the default of a scalar is a number
    lacking = None in defaults

    # Everything stands in variables of this closure: a call of a small graph takes about a microsecond.
    def call(**inputs: object) -> Answer:
        values: list[Any] = defaults.copy()
        if held:
            known = parameters(inputs)
            for path, place in held:
                values[place] = float(known[path])
        for name, value in inputs.items():
            if name not in place_of or not isinstance(value, NUMBERS):
                return otherwise(**inputs)
            values[place_of[name]] = float(value)
        if lacking and None in values:
            return otherwise(**inputs)
        found = (function.function or function.looped)(*values)
        return found[0], dict(zip(gradients, found[1:]))  # noqa: B905  # as many by construction, and checking takes time

    return call
