"""Scalar graphs called again and again: a loop over a tape at first, generated Python once that pays."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision
from ...compiler.lower.computation import UnboundSize, bound
from ...compiler.lower.plan import plan
from ...compiler.passes.pipeline import optimised
from ...compiler.targets.scalar_python import scalar_source
from ...grammar.garbage import collection_paused
from ..arrays import Array
from ..evaluate.execute import execute
from ..evaluate.model import Model
from .generated import Objects, function_of

WORTH = 45e-6
"""Seconds a node that the loop must have taken before a function is generated: measured, 18 microseconds a node to
generate it against a saving of two thirds of the loop's time."""

NUMBERS = (float, int)

MOST_NODES = 20_000
"""Nodes above which the loop stays: Python's own compiler grows slow."""

Result: TypeAlias = tuple[float, dict[str, float]]
"""The first target, and the other targets by name."""


class ScalarFunction:
    """Targets of a graph of scalars as a function of its leaves' values; `names` are those of all but the first.

    `dims` are the sizes of those that the graph reads. Raises UnboundSize.
    """

    def __init__(
        self, graph: Graph, targets: Sequence[int], names: Sequence[str], dims: Mapping[str, int] | None = None
    ) -> None:
        self._graph = graph
        self._dims = dims or {}
        self._targets = tuple(targets)
        self._names = tuple(names)
        self._plan = plan(graph, targets, self._dims, "float64", scalar=True)
        self._spent = 0.0
        self._worth = WORTH * len(self._plan.steps)
        self.draws = self._plan.draws
        self.leaves = (*(leaf.path for leaf in self._plan.leaves), *(draw.path for draw in self.draws))
        self.generated: Callable[..., Result] | None = None
        """The generated function, once the loop has given way to it."""

    def __call__(self, *values: float) -> Result:
        """The targets' values; `values` are those of `leaves`, in that order."""
        return self.looped(*values) if self.generated is None else self.generated(*values)

    def looped(self, *values: float) -> Result:
        """The same by the loop, which takes its own time."""
        began = time.perf_counter()
        result = self._looped(*values)
        self._spent += time.perf_counter() - began
        if self._spent > self._worth and len(self._plan.steps) <= MOST_NODES:
            self.generated = self._generate()
        return result

    def _looped(self, *values: float) -> Result:
        computed: list[Any] = execute(self._plan, dict(zip(self.leaves, values, strict=True)))
        first, *others = [computed[target] for target in self._targets]
        return first, dict(zip(self._names, others, strict=True))

    def _generate(self) -> Callable[..., Result]:
        with collection_paused():
            computation = optimised(bound(self._graph, self._targets, self._dims, "float64", scalar=True))
            source = scalar_source(computation, self.leaves, self._names)
            return function_of(source.text, Objects(0, {"plainly": self._looped}, "float64"), source.bindings)


Answer: TypeAlias = tuple[Array | float, dict[str, Array | float]]
"""A value, and its gradients by path."""


def plain_function(model: Model, of: str, grad: Sequence[str], precision: Precision) -> Callable[..., Answer]:
    """A node's value and its gradients with respect to `grad` as a function of the inputs, by keyword.

    Numbers come out as floats. Raises SpecError for a path that leads nowhere.
    """
    index = model.differentiator.node(of)
    made = model.differentiator.graph_of(of, grad) if grad else None
    graph = made.graph if made else model.differentiator.graph
    targets, paths = (made.targets, tuple(made.gradients)) if made else ((index,), ())

    def call(**inputs: object) -> Answer:
        value, *others = model.results(graph, targets, inputs, precision)
        return _plain(value), {path: _plain(other) for path, other in zip(paths, others, strict=True)}

    if graph.scalar and precision == "float64":
        return scalar_call(graph, targets, paths, lambda inputs: model.known(inputs, precision), call)
    return call


def _plain(value: Array) -> Array | float:
    return float(value) if value.ndim == 0 else value


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
        function = ScalarFunction(graph, targets, gradients)
    except UnboundSize:
        return otherwise  # which says so
    if function.draws:
        return otherwise  # which draws
    held = [path for path in function.leaves if path in graph.held]
    given = [graph.inputs[path].default if path in graph.inputs else 0.0 for path in function.leaves]
    defaults: dict[str, Any] = {
        path: None if value is None else float(value)  # type: ignore[arg-type]  # the default of a scalar is a number
        for path, value in zip(function.leaves, given, strict=True)
    }
    count = len(defaults)
    lacking = None in defaults.values()

    # Everything stands in variables of this closure: a call of a small graph takes less than a microsecond.
    def call(**inputs: object) -> Any:
        values = defaults | inputs
        if len(values) != count:  # a name that is not a leaf's
            return otherwise(**inputs)
        for name, value in inputs.items():
            if type(value) is not float:
                if not isinstance(value, NUMBERS):
                    return otherwise(**inputs)
                try:
                    values[name] = float(value)
                except OverflowError:  # an integer of hundreds of digits
                    return otherwise(**inputs)
        if held:
            known = parameters(inputs)
            for path in held:
                if path not in inputs:
                    values[path] = float(known[path])
        if lacking and len(inputs) != count and None in values.values():
            return otherwise(**inputs)
        return (function.generated or function.looped)(*values.values())

    return call
