"""The reverse pass as a graph of its own, to be drawn like any other."""

from collections.abc import Iterator, Mapping, Sequence
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
    paths = [path for path in paths_with_gradients(graph, of) if needed[graph.index[path]] and path != name]
    flows: list[Flow] = []
    made = gradient_graph(graph, of, paths, upstream=bool(graph.nodes[of].type.shape), flows=flows)
    asked = [path for path in paths if path in graph.inputs or path in graph.params]
    named, outputs = _named(made, name, asked, len(graph.nodes))
    named = replace(named, expansions=(*graph.expansions, *_backward(graph, senders(flows, len(graph.nodes)))))
    kept = named.ancestors(outputs)
    places: dict[int, int] = {}
    for number, keep in enumerate(kept):
        if keep:
            places[number] = len(places)
    first = sum(kept[: len(graph.nodes)])
    return replace(spec, graph=_pruned(named, places, outputs)), first


def _named(made: GradientGraph, of: str, asked: Sequence[str], first: int) -> tuple[Graph, list[int]]:
    """The graph with its gradients called `d(of)/d(path)`, those on the way to the ones asked for too.

    One asked for that shares its node gets a node of its own; of others the node keeps its first name.
    """
    builder = GraphBuilder(made.graph.nodes)
    names = {path: f"d({of})/d({path})" for path in made.gradients}
    outputs: list[int] = []
    for path in asked:
        place = made.gradients[path]
        node = builder.nodes[place]
        if node.path or node.operation is CONSTANT:
            place = builder.identity(place)
            node = builder.nodes[place]
        builder.nodes[place] = node._replace(path=names[path])
        outputs.append(place)
    for path, place in made.gradients.items():
        node = builder.nodes[place]
        if place >= first and not node.path and node.operation is not CONSTANT:
            builder.nodes[place] = node._replace(path=names[path])
    output_names = tuple(names[path] for path in asked)
    known = made.graph.named.union(names.values())
    return replace(made.graph, nodes=tuple(builder.nodes), output_names=output_names, named=known), outputs


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
