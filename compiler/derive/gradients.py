"""A graph with the gradients of one of its nodes: what `grad` computes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...grammar.spec_error import SpecError
from ..faults import WHICH_NODE
from ..graph.graph import Graph, GraphBuilder, Node
from ..graph.spec import Spec
from ..ops.leaves import FED, STATE
from ..shape import Type
from .reverse import Flow, differentiate

UPSTREAM = "upstream gradient"
"""The leaf that the gradient arriving at a non-scalar node is fed to; no text can name it."""


class GradientGraph(NamedTuple):
    """A graph with a reverse pass appended; `gradients` are indices by path. `upstream` says whether it is fed."""

    graph: Graph
    of: int
    gradients: Mapping[str, int]
    upstream: bool

    @property
    def targets(self) -> tuple[int, ...]:
        return (self.of, *self.gradients.values())


def gradient_graph(
    graph: Graph, of: int, paths: Sequence[str], *, upstream: bool, flows: list[Flow] | None = None
) -> GradientGraph:
    """Appends the gradients of a node with respect to nodes given by path. Raises shape.Clash for a tensor alone.

    `flows` takes down what each node sends back.
    """
    builder = GraphBuilder(graph.nodes)
    arriving = None
    if upstream:
        arriving = builder.leaf(FED, Type("real", graph.nodes[of].type.shape), UPSTREAM, graph.nodes[of].span)
    indices = [graph.index[path] for path in paths]
    found = differentiate(builder, of, indices, arriving, flows)
    gradients = {path: found[index] for path, index in zip(paths, indices, strict=True)}
    return GradientGraph(graph.extended(builder.nodes[len(graph.nodes) :]), of, gradients, upstream)


def paths_with_gradients(graph: Graph, of: int, *, unnamed: bool = False) -> list[str]:
    """Every real input and param, and every named real node that `of` depends on, in the order of the graph.

    `unnamed` takes in the other nodes too (`y.relu_2`).
    """
    needed = graph.ancestors([of])
    paths = [
        path
        for path, number in graph.index.items()
        if graph.nodes[number].type.kind == "real"
        and not held_fixed(graph.nodes[number])
        and (path in graph.inputs or path in graph.params or (needed[number] and (unnamed or path in graph.named)))
    ]
    return sorted(paths, key=graph.index.__getitem__)


def held_fixed(node: Node) -> str:
    """What a node is that no gradient flows to; empty for any other."""
    if node.operation is STATE:
        return "a state"
    return "drawn at random" if node.operation.fed_as is not None else ""


def default_of(spec: Spec) -> str:
    """What is differentiated unless told: what `train` minimises, else the only scalar or the only output.

    Raises SpecError where there are several.
    """
    graph, train = spec.differentiable, spec.train
    if train is not None and graph.index.get(train.loss) == train.minimize:
        return train.loss
    if train is not None and graph.nodes[train.minimize].path:  # an expression of its own
        return graph.nodes[train.minimize].path
    scalars = [
        name for name, index in zip(graph.output_names, graph.outputs, strict=True) if not graph.nodes[index].type.shape
    ]
    outputs = list(spec.graph.output_names)
    for candidates in (scalars, outputs):
        if len(candidates) == 1:
            return candidates[0]
    span = graph.nodes[graph.outputs[0]].span if graph.outputs else None
    listed = ", ".join(f"`{name}`" for name in outputs)
    raise SpecError([WHICH_NODE.at(span, hint=f"say of what: {listed}")])
