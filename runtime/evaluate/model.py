"""A spec's graphs with its parameters: what computes values, gradients and outputs of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from ...compiler.derive.gradients import UPSTREAM, paths_with_gradients
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision, Spec
from ...grammar.diagnostic import Diagnostic
from ..arrays import Array
from ..data.datasets import DataSets
from ..data.stored import Rows
from .evaluate import Evaluator, Values, reachable
from .first_nonfinite import first_nonfinite
from .gradients import Differentiator, Gradients
from .parameters import parameters_for
from .prediction import Predictor, Tell

Result = TypeVar("Result")


class Model:
    """Computes on a spec's parameters: those that it took, else those that the spec draws when they are needed.

    `spec` is in the form that is looked at, `used` in that of a trained net, which predictions are of.
    A `precision` of None is float64; `tell` is called with what values show.
    Every method raises SpecError where values do not fit.
    """

    def __init__(self, spec: Spec, used: Spec, data: DataSets) -> None:
        self._spec = spec
        self._used = used
        self._data = data
        self.parameters: dict[str, Array] | None = None
        """None: still to be drawn."""
        self.evaluator = Evaluator(data.known_dims)
        self.differentiator = Differentiator(spec.differentiable)
        self._indexed: dict[str, Differentiator] = {}

    def take(self, parameters: dict[str, Array]) -> None:
        """Takes parameters as they are; plans hold for their shapes."""
        before = self.parameters
        if before is not None and any(value.shape != before[path].shape for path, value in parameters.items()):
            self.evaluator = Evaluator(self._data.known_dims)
        self.parameters = parameters

    def known(self, feeds: Mapping[str, object], precision: Precision | None) -> dict[str, Array]:
        """The parameters; where they are still to be drawn, what is fed gives open dims their sizes."""
        return self._of_parameters(feeds, precision, lambda parameters: parameters)

    def _of_parameters(
        self,
        feeds: Mapping[str, object],
        precision: Precision | None,
        compute: Callable[[dict[str, Array]], Result],
    ) -> Result:
        """What is computed of the parameters; those that are drawn for it are kept, unless a value does not fit."""
        if self.parameters is not None:
            return compute(self.parameters)
        drawn = self.initial(feeds, precision)
        result = compute(drawn)
        self.parameters = drawn
        return result

    def initial(self, feeds: Mapping[str, object], precision: Precision | None) -> dict[str, Array]:
        """The parameters as the spec's initialisers and seed give them."""
        wanted = precision or "float64"
        spec, row = self._spec, lambda: self._data.rows(wanted, 0, 1)
        return parameters_for(spec.graph, feeds, row, self._data.known_dims, spec.seed, wanted)

    def run(self, feeds: Mapping[str, object], precision: Precision | None, tell: Tell) -> Values:
        """Every value that the inputs determine, and the outputs."""
        graph = self._spec.graph
        wanted = [number for number in range(len(graph.nodes)) if number not in graph.idle]
        targets = [*graph.outputs, *reachable(graph, wanted, feeds)]
        values = self._evaluated(graph, targets, feeds, precision)
        _look(values, graph.outputs, tell)
        return values

    def grad(
        self, path: str, feeds: Mapping[str, object], upstream: object, precision: Precision | None, tell: Tell
    ) -> Gradients:
        """Gradients of a node with respect to all that it depends on; `upstream` is None for a scalar."""
        differentiator = self._differentiator_of(path)
        made = differentiator.graph_of(path, upstream=upstream is not None)
        fed = dict(feeds)
        if made.upstream:
            fed[UPSTREAM] = differentiator.fitting(upstream, path)
        outputs = self._spec.graph.outputs
        others = reachable(made.graph, (*made.gradients.values(), *outputs), feeds)
        values = self._evaluated(made.graph, [made.of, *others], fed, precision)
        gradients = Gradients(path, values, made.gradients, paths_with_gradients(differentiator.graph, made.of))
        computed = [index for index in outputs if values.slots[index] is not None]
        _look(values, [made.of, *computed, *(made.gradients[each] for each in gradients)], tell)
        return gradients

    def _differentiator_of(self, path: object) -> Differentiator:
        """What differentiates a node, or the part of one that an index behind its path takes (`y[0]`)."""
        if not isinstance(path, str) or not path.rstrip().endswith("]") or path in self.differentiator.graph.index:
            return self.differentiator
        if path not in self._indexed:
            from ...compiler.sections.indexed_node import with_indexed  # a spec that is kept needs no parser

            more = with_indexed(self.differentiator.graph, path)
            self._indexed[path] = self.differentiator if more is None else Differentiator(more)
        return self._indexed[path]

    def results(
        self, graph: Graph, targets: Sequence[int], feeds: Mapping[str, object], precision: Precision | None
    ) -> list[Array]:
        """The values of some nodes alone, each the reader's own."""
        wanted = precision or "float64"
        return self._of_parameters(
            feeds, precision, lambda held: self.evaluator.results(graph, targets, feeds, held, precision=wanted)
        )

    def predict(
        self, feeds: Mapping[str, object], precision: Precision | None, memory: float, tell: Tell
    ) -> dict[str, Rows]:
        """The outputs that the inputs determine, over any number of rows, in the precision of training unless told.

        Those that are larger than `memory` lie in temporary files. Of each kind the first finding is told.
        """
        graph, train = self._used.graph, self._used.train
        outputs = reachable(graph, graph.outputs, feeds) or list(graph.outputs)
        wanted = precision or (train.precision if train else "float32")
        predictor = Predictor(self.evaluator, graph, outputs, self._data.known_dims, wanted)
        found: dict[str, Diagnostic] = {}
        predictions = self._of_parameters(
            feeds,
            precision,
            lambda held: predictor.stored_over(feeds, held, memory, lambda each: found.setdefault(each.code, each)),
        )
        for first in found.values():
            tell(first)
        return predictions

    def _evaluated(
        self, graph: Graph, targets: Sequence[int], feeds: Mapping[str, object], precision: Precision | None
    ) -> Values:
        wanted = precision or "float64"
        return self._of_parameters(
            feeds, precision, lambda held: self.evaluator.evaluate(graph, targets, feeds, held, precision=wanted)
        )


def _look(values: Values, shown: Sequence[int], tell: Tell) -> None:
    """Tells of the first node that is not finite on the way to some values."""
    for found in first_nonfinite(values.graph, values.slots, shown):
        tell(found)
