"""The reverse pass as a graph of its own, to be drawn like any other."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...compiler.derive.gradients import GradientGraph, gradient_graph, paths_with_gradients
from ...compiler.derive.reverse import Flow
from ...compiler.graph.form import pruned
from ...compiler.graph.graph import Expansion, Graph, GraphBuilder, Node
from ...compiler.graph.spec import Spec
from ...compiler.ops.leaves import CONSTANT
from .heat import senders


def reverse_spec(spec: Spec, of: int) -> tuple[Spec, int]:
    """A spec whose outputs are the gradients of a node by every input and param that it depends on.

    With it comes the index at which its reverse pass begins. Raises shape.Clash for an unshaped tensor.
    """
    graph = spec.differentiable
    name = graph.nodes[of].path
    needed = graph.ancestors([of])
    paths = [
        path
        for path in paths_with_gradients(graph, of)
        if needed[graph.index[path]] and (path in graph.inputs or path in graph.params)
    ]
    flows: list[Flow] = []
    made = gradient_graph(graph, of, paths, upstream=bool(graph.nodes[of].type.shape), flows=flows)
    named, outputs = _named(made, name)
    named = replace(named, expansions=(*graph.expansions, *_backward(graph, senders(flows, len(graph.nodes)))))
    kept = named.ancestors(outputs)
    places: dict[int, int] = {}
    for number, keep in enumerate(kept):
        if keep:
            places[number] = len(places)
    first = sum(kept[: len(graph.nodes)])
    return replace(spec, graph=_pruned(named, places, outputs)), first


def _named(made: GradientGraph, of: str) -> tuple[Graph, list[int]]:
    """The graph with its gradients called `d(of)/d(path)`; one that shares its node gets a node of its own."""
    builder = GraphBuilder(made.graph.nodes)
    outputs: list[int] = []
    for path, place in made.gradients.items():
        node = builder.nodes[place]
        if node.path or node.operation is CONSTANT:
            place = builder.identity(place)
            node = builder.nodes[place]
        builder.nodes[place] = node._replace(path=f"d({of})/d({path})")
        outputs.append(place)
    names = tuple(builder.nodes[place].path for place in outputs)
    return replace(made.graph, nodes=tuple(builder.nodes), output_names=names), outputs


def _backward(graph: Graph, senders: Mapping[int, int]) -> Iterator[Expansion]:
    """The way back through each call and each copy: the nodes that those in it make, which stand side by side."""
    made: dict[int, list[int]] = {}
    for number, sender in senders.items():
        made.setdefault(sender, []).append(number)
    for call in graph.expansions:
        own = [number for each in range(call.start, call.stop) for number in made.get(each, ())]
        if own and max(own) - min(own) < len(own):
            path = f"back through {call.path}"
            yield call._replace(path=path, block="", start=min(own), stop=max(own) + 1)


def _pruned(graph: Graph, places: dict[int, int], outputs: list[int]) -> Graph:
    """The nodes that have a new place, in it."""

    def moved(node: Node) -> Node:
        return node._replace(inputs=tuple(places[operand] for operand in node.inputs))

    nodes = tuple(moved(graph.nodes[number]) for number in places)
    return pruned(replace(graph, outputs=tuple(outputs), aliases={}), nodes, places)
