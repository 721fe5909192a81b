"""Evaluation of any nodes of a graph on fed values: what `run`, `grad`, claims and predictions share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from ..compiler import faults
from ..compiler.binding import bind_dims
from ..compiler.graph import Graph
from ..compiler.plan import Plan, UnboundSize, plan
from ..compiler.spec import Precision
from ..grammar.diagnostic import SpecError, suggestion
from .execute import Array, Value, admit, execute
from .training_faults import UNKNOWN_INPUT

MOST_PLANS = 64
"""Plans that are kept: one for each graph, set of targets and set of shapes."""


class Values(Mapping[str, Array]):
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


class Evaluator:
    """Evaluates nodes of graphs that share one scalar-or-tensor mode; keeps its plans."""

    def __init__(self, *, scalar: bool) -> None:
        self.scalar = scalar
        self._plans: dict[tuple[object, ...], tuple[Graph, Plan]] = {}

    def evaluate(
        self,
        graph: Graph,
        targets: Iterable[int],
        feeds: Mapping[str, object],
        parameters: Mapping[str, Array],
        *,
        precision: Precision = "float64",
        dims: Mapping[str, int] | None = None,
    ) -> Values:
        """The values of the targets and of all that they depend on.

        `feeds` has inputs and other leaves by path; an input that is not fed takes its default. Raises SpecError for
        an unknown or a missing input and for shapes that do not fit.
        """
        wanted = tuple(targets)
        needed = graph.ancestors(wanted)
        scalar = self.scalar and precision == "float64"
        admitted: dict[str, Value] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        for path in feeds:
            if path not in graph.index:
                raise SpecError([UNKNOWN_INPUT.at(None, name=path, hint=suggestion(path, graph.inputs, what="inputs"))])
        missing = []
        for path, declaration in graph.inputs.items():
            node = graph.nodes[declaration.index]
            value = feeds.get(path, declaration.default)
            if value is None:
                if needed[declaration.index]:
                    missing.append(faults.NO_VALUE.at(node.span, name=path))
                continue
            array = np.asarray(value)
            shapes[path] = array.shape
            admitted[path] = admit(array, node.type.kind, precision, scalar=scalar and not array.shape)
        if missing:
            raise SpecError(missing)
        for path, value in parameters.items():
            shapes[path] = value.shape
            admitted[path] = admit(value, "real", precision, scalar=scalar)
        for path, value in feeds.items():
            if path not in graph.inputs:
                admitted[path] = admit(value, "real", precision, scalar=scalar)
        bound = bind_dims(graph, shapes, dims or {})
        return Values(graph, execute(self._plan(graph, wanted, bound, precision), admitted))

    def _plan(self, graph: Graph, targets: tuple[int, ...], dims: Mapping[str, int], precision: Precision) -> Plan:
        key = (id(graph), targets, tuple(sorted(dims.items())), precision)
        if key in self._plans:
            return self._plans[key][1]
        if len(self._plans) >= MOST_PLANS:
            self._plans.clear()
        try:
            made = plan(graph, targets, dims, precision, scalar=self.scalar)
        except UnboundSize as unbound:
            raise unbound_error(graph, unbound) from None
        self._plans[key] = graph, made  # the graph is kept too, so that its id stays its own
        return made


def unbound_error(graph: Graph, unbound: UnboundSize) -> SpecError:
    """The diagnostic of a dim without a size, at the place that needs it."""
    span = graph.nodes[graph.index[unbound.path]].span if unbound.path in graph.index else None
    path = unbound.path or "a node"
    hint = f"give it: `--set {unbound.dim}=...`"
    return SpecError([faults.UNBOUND_SIZE.at(span, dim=unbound.dim, path=path, hint=hint)])
