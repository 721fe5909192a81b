"""Gradients of a node on fed values: the graphs that compute them, and what comes back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from ...compiler.derive.gradients import GradientGraph, gradient_graph, held_fixed, paths_with_gradients
from ...compiler.elaborate.state_faults import HELD_FIXED
from ...compiler.faults import NO_GRADIENT, NOT_SCALAR, SHAPE_CLASH, UNKNOWN_NAME
from ...compiler.graph.graph import Graph
from ...compiler.shape import shape_text
from ...grammar.garbage import collection_paused
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ..arrays import Array
from ..data.foreign import described, plain
from .evaluate import Values, missing
from .ownership import own
from .showing import Showing


class Gradients(Showing):
    """Gradients of the node `of`, by path; `computed` has the values of the same run. Each is the reader's own.

    Goes over the nodes that the text names; asked for, it gives the gradient of any other path too (`y.relu_2`).
    """

    def __init__(self, of: str, values: Values, indices: Mapping[str, int], listed: Sequence[str]) -> None:
        self.of = of
        self.computed = values
        self.indices = indices
        self._listed = listed
        self._given: dict[str, Array] = {}

    def __getitem__(self, path: str) -> Array:
        if path not in self._given:
            index = self.indices.get(path)
            if index is None:
                raise KeyError(missing(path, self.indices, "gradients"))
            value = self.computed.slots[index]
            if isinstance(value, np.ndarray):
                named = bool(self.computed.graph.nodes[index].path)
                value = own(self.computed.at(index), named or self._paths[index] > 1)
            self._given[path] = np.asarray(value)
        return self._given[path]

    @cached_property
    def _paths(self) -> Counter[int]:
        """How many paths have the same gradient."""
        return Counter(self.indices.values())

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


class Differentiator:
    """Makes the graphs that compute gradients of a graph's nodes, each once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._made: dict[tuple[int, tuple[str, ...], bool], GradientGraph] = {}

    def node(self, path: object) -> int:
        """The index of a node. Raises SpecError for a path that leads nowhere."""
        if not isinstance(path, str):
            hint = 'write the name of a node first: `grad("loss", values)`'
            raise SpecError([UNKNOWN_NAME.at(None, name=described(path), hint=hint)])
        index = self.graph.index.get(path)
        if index is None:
            raise SpecError([UNKNOWN_NAME.at(None, name=path, hint=suggestion(path, self.graph.index, what="nodes"))])
        return index

    def graph_of(self, path: str, wanted: Sequence[str] | None = None, *, upstream: bool = False) -> GradientGraph:
        """The graph with the gradients of a node: of the paths that are wanted, else of all that it depends on.

        `upstream` says whether the gradient that arrives will be fed. Raises SpecError.
        """
        index = self.node(path)
        node = self.graph.nodes[index]
        if node.type.kind == "int":
            raise SpecError([NO_GRADIENT.at(node.span, name=path)])
        if node.type.shape and not upstream:
            hint = "give the gradient that arrives: `--upstream VALUE`, `upstream=array`"
            shape = shape_text(node.type.shape)
            what = "what is differentiated"
            raise SpecError([NOT_SCALAR.at(node.span, what=what, name=path, shape=shape, hint=hint)])
        paths = paths_with_gradients(self.graph, index, unnamed=True) if wanted is None else wanted
        for each in paths:
            source = self.graph.nodes[self.node(each)]
            if source.type.kind == "int":
                raise SpecError([NO_GRADIENT.at(source.span, name=each)])
            if what := held_fixed(source):
                raise SpecError([HELD_FIXED.at(source.span, name=each, what=what)])
        key = (index, tuple(paths), upstream)
        if key not in self._made:
            with collection_paused():
                self._made[key] = gradient_graph(self.graph, index, paths, upstream=upstream)
        return self._made[key]

    def fitting(self, upstream: object, path: str) -> Array:
        """An upstream gradient as an array. Raises SpecError where it does not have the node's shape.

        Sizes along dims are the planner's to look at, which knows what else is fed.
        """
        node = self.graph.nodes[self.node(path)]
        array = plain("upstream", upstream, node.span)
        wanted = node.type.shape
        sizes = zip(wanted, array.shape, strict=False)
        if len(wanted) == array.ndim and all(size == given for size, given in sizes if isinstance(size, int)):
            return array
        given = list(array.shape)
        message = f"the upstream gradient of `{path}` has shape {given}; it must be {shape_text(wanted)}"
        raise SpecError([SHAPE_CLASH.at(node.span, message=message)])
