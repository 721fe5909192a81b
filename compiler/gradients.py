"""A graph with the gradients of one of its nodes: what `grad` computes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .graph import Graph, GraphBuilder
from .ops.leaves import STATE
from .reverse import differentiate
from .shape import Type

UPSTREAM = "upstream"
"""The leaf that the gradient arriving at a non-scalar node is fed to."""


@dataclass(frozen=True)
class GradientGraph:
    """A graph with a reverse pass appended; `gradients` are indices by path. `upstream` says whether it is fed."""

    graph: Graph
    of: int
    gradients: Mapping[str, int]
    upstream: bool

    @property
    def targets(self) -> tuple[int, ...]:
        return (self.of, *self.gradients.values())


def gradient_graph(graph: Graph, of: int, paths: Sequence[str], *, upstream: bool) -> GradientGraph:
    """Appends the gradients of a node with respect to nodes given by path. Raises shape.Clash for a tensor alone."""
    builder = GraphBuilder(graph.nodes)
    arriving = None
    if upstream:
        arriving = builder.leaf(STATE, Type("real", graph.nodes[of].type.shape), UPSTREAM, None)
    indices = [graph.index[path] for path in paths]
    found = differentiate(builder, of, indices, arriving)
    gradients = {path: found[index] for path, index in zip(paths, indices, strict=True)}
    return GradientGraph(graph.extended(builder.nodes[len(graph.nodes) :]), of, gradients, upstream)


def paths_with_gradients(graph: Graph, of: int) -> list[str]:
    """Every real input and param, and every named real node that `of` depends on, in the order of the graph."""
    needed = graph.ancestors([of])
    paths = []
    for number, node in enumerate(graph.nodes):
        if node.type.kind != "real" or not node.path:
            continue
        if node.path in graph.inputs or node.path in graph.params or (needed[number] and node.path in graph.named):
            paths.append(node.path)
    return paths
