"""A forward and a reverse pass taken down step by step: what `step`, the player and the pictures tell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from ...compiler.derive.gradients import UPSTREAM, paths_with_gradients
from ...compiler.derive.reverse import Flow, differentiate
from ...compiler.graph.graph import Graph, GraphBuilder, Node
from ...compiler.graph.spec import Precision, Spec
from ...compiler.ops.leaves import CONSTANT, FED, SIZE
from ...compiler.shape import SCALAR, Type
from ...runtime.arrays import Array
from ...runtime.evaluate.evaluate import Evaluator

MOST_LOCAL = 20_000
"""Nodes of a graph up to which local derivatives are computed apart."""


class WalkStep(NamedTuple):
    """One step; `user` and `slot` say on which edge a product arises.

    `value`: a node gets its value. `seed`: the gradient that arrives at the end. `product`: what a user sends to
    one of its operands, the node. `sum`: what several users sent to the node is added up.
    """

    kind: Literal["value", "seed", "product", "sum"]
    node: int
    user: int = -1
    slot: int = -1


@dataclass(frozen=True)
class Walk:
    """The passes of one run: every value, and where a node is differentiated every gradient and what made it.

    All are by index of a node, those of edges by user and slot. A node without an entry was not computed.
    `locals` are the local derivatives of edges between scalars. `traced` is what was computed.
    """

    graph: Graph
    of: int | None
    steps: tuple[WalkStep, ...]
    values: Mapping[int, Array]
    gradients: Mapping[int, Array]
    products: Mapping[tuple[int, int], Array]
    locals: Mapping[tuple[int, int], Array]
    traced: "Traced"

    def users(self, node: int) -> list[tuple[int, int]]:
        """Edges along which a gradient comes back to a node, in the order in which it is added up."""
        return self._arrivals.get(node, [])

    def uses(self, node: int) -> list[tuple[int, int]]:
        """Users and slots of a node, whatever comes back from them; none of a constant."""
        return self._uses.get(node, [])

    @cached_property
    def _uses(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        nodes = self.graph.nodes
        for user, node in enumerate(nodes):
            for slot, operand in enumerate(node.inputs):
                if nodes[operand].operation is not CONSTANT and nodes[operand].operation is not SIZE:
                    found.setdefault(operand, []).append((user, slot))
        return found

    @cached_property
    def _arrivals(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        for user, slot in sorted(self.products):
            found.setdefault(self.graph.nodes[user].inputs[slot], []).append((user, slot))
        return found


def walk(
    spec: Spec,
    of: int | None,
    feeds: Mapping[str, object],
    parameters: Mapping[str, Array],
    *,
    upstream: Array | None = None,
    precision: Precision = "float64",
) -> Walk:
    """Carries out both passes; of `of` None the forward pass alone.

    Values that an input without a value blocks stay uncomputed. Raises SpecError for values that do not fit,
    shape.Clash for a tensor without an upstream gradient.
    """
    graph = spec.graph if of is None or of < len(spec.graph.nodes) else spec.differentiable
    unfed = [each.index for path, each in graph.inputs.items() if path not in feeds and each.default is None]
    blocked = graph.dependents(unfed) if unfed else [False] * len(graph.nodes)
    if of is not None and blocked[of]:
        of = None
    traced = _traced(graph, of, upstream is not None)
    fed = dict(feeds) if upstream is None or of is None else {**feeds, UPSTREAM: upstream}
    targets = [number for number in range(len(graph.nodes)) if not blocked[number]]
    targets += [*traced.gradients.values(), *traced.products.values(), *traced.locals.values()]
    known = spec.known_dims
    computed = Evaluator(known).evaluate(traced.graph, targets, fed, parameters, precision=precision)

    def arrays(places: Mapping[int, int]) -> dict[int, Array]:
        return {node: computed.at(place) for node, place in places.items()}

    def edges(places: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], Array]:
        return {edge: computed.at(place) for edge, place in places.items()}

    values = arrays({number: number for number in range(len(graph.nodes)) if not blocked[number]})
    products = edges(traced.products)
    steps = (*_forward(graph, blocked, of), *_reverse(graph, of, products))
    return Walk(graph, of, steps, values, arrays(traced.gradients), products, edges(traced.locals), traced)


class Traced(NamedTuple):
    """A graph with its reverse pass, and where in it the numbers of the walk are."""

    graph: Graph
    gradients: dict[int, int]
    products: dict[tuple[int, int], int]
    locals: dict[tuple[int, int], int]


def _traced(graph: Graph, of: int | None, fed: bool) -> Traced:
    if of is None:
        return Traced(graph, {}, {}, {})
    builder = GraphBuilder(graph.nodes)
    seed = Type("real", graph.nodes[of].type.shape)
    arriving = builder.leaf(FED, seed, UPSTREAM, graph.nodes[of].span) if fed else None
    # The same sources as `grad` has, so that the same sums arise, in the same order.
    sources = [graph.index[path] for path in paths_with_gradients(graph, of)]
    reached, needed = graph.dependents(sources), graph.ancestors([of])
    wanted = [
        number
        for number, node in enumerate(graph.nodes)
        if reached[number] and needed[number] and node.type.kind == "real"
    ]
    wanted += [source for source in sources if not needed[source]]  # these get zeros
    flows: list[Flow] = []
    gradients = differentiate(builder, of, wanted, arriving, flows)
    products = {(flow.user, flow.slot): flow.gradient for flow in flows}
    slopes = _locals(builder, graph, products) if len(graph.nodes) <= MOST_LOCAL else {}
    return Traced(graph.extended(builder.nodes[len(graph.nodes) :]), dict(gradients), products, slopes)


def _locals(builder: GraphBuilder, graph: Graph, products: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """The derivative of each scalar by its scalar operands: its own reverse rule on a gradient of 1."""
    found: dict[tuple[int, int], int] = {}
    for number, node in enumerate(graph.nodes):
        slots = [slot for slot in range(len(node.inputs)) if (number, slot) in products]
        if not slots or node.operation.vjp is None or not _all_scalars(graph, node):
            continue
        sent = node.operation.vjp(builder, builder.constant(1.0), *node.inputs, number, *node.attributes)
        found |= {(number, slot): place for slot in slots if (place := sent[slot]) is not None}
    return found


def _all_scalars(graph: Graph, node: Node) -> bool:
    return node.type == SCALAR and all(graph.nodes[operand].type == SCALAR for operand in node.inputs)


def _forward(graph: Graph, blocked: list[bool], of: int | None) -> Iterator[WalkStep]:
    """Values in the order of the graph; a constant is no step."""
    shown = [number for number in range(len(graph.nodes)) if not blocked[number]]
    for number in shown:
        if graph.nodes[number].operation not in (CONSTANT, SIZE):
            yield WalkStep("value", number)


def _reverse(graph: Graph, of: int | None, products: Mapping[tuple[int, int], Array]) -> Iterator[WalkStep]:
    """From the end back: what each node sends to its operands, after what it got from several users is added up."""
    if of is None:
        return
    yield WalkStep("seed", of)
    arrived: dict[int, int] = {}
    for number in range(of, -1, -1):
        if arrived.get(number, 0) > 1:
            yield WalkStep("sum", number)
        for slot, operand in enumerate(graph.nodes[number].inputs):
            if (number, slot) in products:
                arrived[operand] = arrived.get(operand, 0) + 1
                yield WalkStep("product", operand, number, slot)


def not_walked(graph: Graph) -> Walk:
    """A walk of no steps: nothing was computed."""
    return Walk(graph, None, (), {}, {}, {}, {}, Traced(graph, {}, {}, {}))


def seed_of(walk: Walk) -> Array:
    """The gradient that arrives at the end: 1 unless another was given."""
    return walk.gradients.get(walk.of, np.ones(())) if walk.of is not None else np.ones(())
