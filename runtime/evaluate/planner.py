"""Plans of one graph, made once for each set of input shapes."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...compiler.faults import NO_VALUE, SHAPE_CLASH, UNBOUND_SIZE
from ...compiler.graph.bind_dims import bind_dims, with_sizes_from
from ...compiler.graph.class_labels import Judge, judges
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision
from ...compiler.lower.computation import UnboundSize, UnfitSize
from ...compiler.lower.plan import Plan, plan
from ...grammar.garbage import collection_paused
from ...grammar.spec_error import SpecError
from ..arrays import Array, Value, rounded
from ..data.labels import Limit, hold, limits
from ..data.stored import StoredArray
from .door import Door

MOST_PLANS = 32
"""Plans that are kept; a loop of one's own may feed any number of shapes."""


class _Planned(NamedTuple):
    """A plan for certain shapes, and the classes of what it takes as class numbers."""

    plan: Plan
    limits: tuple[Limit, ...]


class Planner:
    """Takes in what a caller gives, fills in the inputs that some targets of a graph need, plans for all shapes.

    `dims` are sizes that are known beforehand.
    """

    def __init__(
        self,
        graph: Graph,
        targets: Collection[int],
        precision: Precision,
        dims: Mapping[str, int],
    ) -> None:
        self.graph = graph
        self.precision = precision
        self.scalar = graph.scalar and precision == "float64"
        self._targets = tuple(targets)
        self._dims = dict(dims)
        self._plans: dict[tuple[object, ...], _Planned] = {}
        self._door = Door(graph, precision, scalar=self.scalar)
        self._dtype = np.dtype(precision)
        self._needs = needed = graph.ancestors(self._targets)
        self._needed = {path for path, declaration in graph.inputs.items() if needed[declaration.index]}
        defaults = {path: i.default for path, i in graph.inputs.items() if i.default is not None}
        self._defaults = self._door.take({path: value for path, value in defaults.items() if path in self._needed})
        self._spare = {path: np.shape(value) for path, value in defaults.items() if path not in self._needed}
        """The shapes of defaults that the targets do not need."""
        self._parameters = [path for path, each in graph.held.items() if needed[each.index]]

    @cached_property
    def judges(self) -> tuple[Judge, ...]:
        """The nodes among those that the targets need that take an input as class numbers."""
        graph = self.graph
        if not any(graph.nodes[graph.inputs[path].index].type.kind == "int" for path in self._needed):
            return ()
        return tuple(judge for judge in judges(graph) if self._needs[judge.node])

    def admitted(self, given: Mapping[str, object], *, leaves: bool = False, own: bool = False) -> dict[str, Value]:
        """A user's values, in the form that plans compute on; `leaves`: of parameters and other leaves too.

        `own` arrays share no memory with the user's. Raises SpecError, which names the value that can't be taken.
        """
        return self._door.take(given, leaves=leaves, own=own)

    def look(self, path: str, rows: StoredArray) -> None:
        """Looks through rows in a file, whose parts will be admitted. Raises SpecError where one does not fit."""
        self._door.look(path, rows)

    def filled(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """What is given, with the defaults of other inputs that the targets need.

        Given inputs stand first, other leaves last. Raises SpecError for a missing input.
        """
        if self._needed <= given.keys():
            return dict(given)
        filled = {path: value for path, value in given.items() if path in self.graph.inputs}
        for path in self.graph.inputs:
            if path not in self._needed or path in given:
                continue
            if path not in self._defaults:
                span = self.graph.nodes[self.graph.inputs[path].index].span
                raise SpecError([NO_VALUE.at(span, name=path)])
            filled[path] = self._defaults[path]
        return {**filled, **given}

    def fed(self, parameters: Mapping[str, Array]) -> dict[str, Value]:
        """Arrays in the form that a plan is fed: themselves, or floats."""
        if not self.scalar:
            return dict(parameters)
        return {path: float(value) for path, value in parameters.items()}

    def held(self, parameters: Mapping[str, Array], given: Mapping[str, Value]) -> dict[str, Value]:
        """The parameters that the targets need and that are not given, in the precision of the run."""
        held = {path: parameters[path] for path in self._parameters if path not in given}
        for path, value in held.items():
            if value.dtype is not self._dtype:
                held[path] = rounded(value, self._dtype)
        return self.fed(held)

    def plan(self, inputs: Mapping[str, Value], parameters: Mapping[str, Array]) -> Plan:
        """The plan for filled inputs of these shapes.

        Raises SpecError for shapes that do not fit, and for a class number that is none.
        """
        key = tuple(inputs) if self.scalar else (*inputs, *[value.shape for value in inputs.values()])  # type: ignore[union-attr]  # arrays
        if (found := self._plans.get(key)) is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            dims = self.dims(inputs, parameters)
            try:
                with collection_paused():
                    made = plan(self.graph, self._targets, dims, self.precision, scalar=self.scalar)
            except UnboundSize as unbound:
                raise unbound_error(self.graph, unbound) from None
            found = self._plans[key] = _Planned(made, limits(self.judges, dims))
        if found.limits:
            hold(self.graph, found.limits, inputs)
        return found.plan

    def dims(self, inputs: Mapping[str, Value], parameters: Mapping[str, Array]) -> dict[str, int]:
        """Every dim with its size, read off filled inputs and parameters. Raises SpecError where these do not agree."""
        defaults = [path for path, value in inputs.items() if value is self._defaults.get(path)]
        return self.sizes({path: np.shape(value) for path, value in inputs.items()}, parameters, defaults)

    def sizes(
        self, shapes: Mapping[str, tuple[int, ...]], parameters: Mapping[str, Array], defaults: Collection[str] = ()
    ) -> dict[str, int]:
        """The same, of shapes; those of `defaults` are so called where they do not fit.

        Defaults that the targets do not need give sizes to dims that would have none, and need not agree.
        """
        held = {path: parameters[path].shape for path in self._parameters if path not in shapes}
        dims = bind_dims(self.graph, {**shapes, **held}, self._dims, defaults)
        return with_sizes_from(self.graph, self._spare, dims) if self._spare else dims


def unbound_error(graph: Graph, unbound: UnboundSize) -> SpecError:
    """The diagnostic of a dim without a size, or with one that does not do, at the place that needs it."""
    if isinstance(unbound, UnfitSize):
        return SpecError([SHAPE_CLASH.at(unbound.node.span, message=unbound.message)])
    span = graph.nodes[graph.index[unbound.path]].span if unbound.path in graph.index else None
    hint = f"give it: `--set {unbound.dim}=...`"
    return SpecError([UNBOUND_SIZE.at(span, dim=unbound.dim, path=unbound.path or "a node", hint=hint)])
