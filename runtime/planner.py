"""Plans of one graph, made once for each set of input shapes."""

from collections.abc import Collection, Mapping

import numpy as np

from ..compiler.binding import bind_dims
from ..compiler.faults import NO_VALUE, UNBOUND_SIZE
from ..compiler.graph import Graph
from ..compiler.plan import Plan, UnboundSize, plan
from ..compiler.spec import Precision
from ..grammar.collection import collection_paused
from ..grammar.diagnostic import SpecError, suggestion
from .execute import Array, Value, admit
from .training_faults import UNKNOWN_INPUT

MOST_PLANS = 32
"""Plans that are kept; a loop of one's own may feed any number of shapes."""


class Planner:
    """Fills in the inputs that some targets of a graph need, and plans for the shapes of all.

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
        self._plans: dict[tuple[tuple[int, ...], ...], Plan] = {}
        needed = graph.ancestors(self._targets)
        self._kinds = {path: graph.nodes[i.index].type.kind for path, i in graph.inputs.items()}
        self._needed = {path for path, declaration in graph.inputs.items() if needed[declaration.index]}
        self._defaults = {
            path: admit(graph.inputs[path].default, kind, precision, scalar=self.scalar)
            for path, kind in self._kinds.items()
            if graph.inputs[path].default is not None
        }
        self._parameters = [path for path, param in graph.params.items() if needed[param.index]]

    def admitted(self, given: Mapping[str, object]) -> dict[str, Value]:
        """A user's values, in the form that plans compute on. Raises SpecError for an unknown name."""
        for path in given:
            if path not in self.graph.inputs:
                hint = suggestion(path, self.graph.inputs, what="inputs")
                raise SpecError([UNKNOWN_INPUT.at(None, name=path, hint=hint)])
        return {
            path: admit(given[path], kind, self.precision, scalar=self.scalar)
            for path, kind in self._kinds.items()
            if path in given
        }

    def filled(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """The inputs with their defaults; those that the targets do not need may still give dims their sizes.

        Raises SpecError for a missing one that they do need.
        """
        filled: dict[str, Value] = {}
        for path in self._kinds:
            if path in inputs:
                filled[path] = inputs[path]
            elif path in self._defaults:
                filled[path] = self._defaults[path]
            elif path in self._needed:
                span = self.graph.nodes[self.graph.inputs[path].index].span
                raise SpecError([NO_VALUE.at(span, name=path)])
        return filled

    def fed(self, parameters: Mapping[str, Array]) -> dict[str, Value]:
        """Arrays in the form that a plan is fed: themselves, or floats."""
        if not self.scalar:
            return dict(parameters)
        return {path: float(value) for path, value in parameters.items()}

    def plan(self, inputs: Mapping[str, Value], parameters: Mapping[str, Array]) -> Plan:
        """The plan for filled inputs of these shapes. Raises SpecError for shapes that do not fit."""
        shapes = tuple([np.shape(value) for value in inputs.values()])
        if (found := self._plans.get(shapes)) is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            dims = self.dims(dict(zip(inputs, shapes, strict=True)), parameters)
            try:
                with collection_paused():
                    found = plan(self.graph, self._targets, dims, self.precision, scalar=self.scalar)
            except UnboundSize as unbound:
                raise unbound_error(self.graph, unbound) from None
            self._plans[shapes] = found
        return found

    def dims(self, shapes: Mapping[str, tuple[int, ...]], parameters: Mapping[str, Array]) -> dict[str, int]:
        """Every dim with its size."""
        held = {path: parameters[path].shape for path in self._parameters}
        return bind_dims(self.graph, {**shapes, **held}, self._dims)


def unbound_error(graph: Graph, unbound: UnboundSize) -> SpecError:
    """The diagnostic of a dim without a size, at the place that needs it."""
    span = graph.nodes[graph.index[unbound.path]].span if unbound.path in graph.index else None
    hint = f"give it: `--set {unbound.dim}=...`"
    return SpecError([UNBOUND_SIZE.at(span, dim=unbound.dim, path=unbound.path or "a node", hint=hint)])
