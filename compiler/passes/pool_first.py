"""Pools before relus: the largest element is looked for first, so that a relu goes over fewer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..graph.graph import Node
from ..lower.computation import Computation
from ..ops.activation import RELU, RELU_GRADIENT
from ..ops.operation import Operation
from ..ops.windows.pooling import POOL_MAX, POOL_MAX_GRADIENT


@dataclass(frozen=True)
class PoolFirst:
    """Puts a relu that a pool alone reads behind it, and its gradient before that of the pool.

    The largest of what is cut off at 0 is the largest, cut off at 0: of numpy's maximum that is so to the bit, as a
    zero with a sign never comes out of a relu. Above 0 the same element is the first of the largest; below, no gradient
    passes either way, and the windows get zeros.
    """

    name: str = "pool first"
    concerns: Callable[[Operation], object] = frozenset({POOL_MAX}).__contains__

    def __call__(self, computation: Computation) -> Computation:
        relus = dict(_relus(computation))
        if not relus:
            return computation
        nodes, made = computation.nodes, list[Node]()
        place: dict[int, int] = {}
        largest: dict[int, int] = {}
        """By relu, where the pool of its operand stands."""

        def add(node: Node, *inputs: int) -> int:
            made.append(node._replace(inputs=inputs))
            return len(made) - 1

        for number, node in enumerate(nodes):
            if number in relus:
                continue
            relu = _read(node)
            if relu is None or relu not in relus:
                place[number] = add(node, *(place[each] for each in node.inputs))
            elif node.operation is POOL_MAX:
                largest[relu] = add(node._replace(path=""), place[nodes[relu].inputs[0]])
                rectified = nodes[relu]._replace(type=node.type, path=node.path, span=node.span)
                place[number] = add(rectified, largest[relu])
            elif node.operation is RELU_GRADIENT:
                pooled = nodes[node.inputs[0]]
                g, pool = place[pooled.inputs[0]], place[relus[relu]]
                passed = add(node._replace(type=nodes[relus[relu]].type, path=""), g, pool)
                back = pooled._replace(path=node.path, span=node.span)
                place[number] = add(back, passed, place[nodes[relu].inputs[0]], largest[relu])
        targets = tuple([place[target] for target in computation.targets])
        return replace(computation, nodes=tuple(made), targets=targets)


def _read(node: Node) -> int | None:
    """The operand that may be a relu which goes behind a pool; None where there is none."""
    back = node.operation in (RELU_GRADIENT, POOL_MAX_GRADIENT)
    return node.inputs[1] if back else next(iter(node.inputs), None)


def _relus(computation: Computation) -> Iterator[tuple[int, int]]:
    """Relus that can be put behind a pool, and the pool."""
    nodes = computation.nodes
    readers: dict[int, list[int]] = {}
    for number, node in enumerate(nodes):
        for operand in set(node.inputs):
            readers.setdefault(operand, []).append(number)
    for number, node in enumerate(nodes):
        if node.operation is not RELU or number in computation.targets:
            continue
        own = readers.get(number, [])
        pools = [each for each in own if nodes[each].operation is POOL_MAX]
        if len(pools) == 1 and all(
            each == pools[0] or _goes_back(computation, readers, each, number, pools[0]) for each in own
        ):
            yield number, pools[0]


def _goes_back(computation: Computation, readers: Mapping[int, list[int]], at: int, relu: int, pool: int) -> bool:
    """Whether a node brings a gradient back through the pool, or then through the relu, and nothing else reads it."""
    nodes = computation.nodes
    node = nodes[at]
    if node.operation is POOL_MAX_GRADIENT:
        following = readers.get(at, [])
        return (
            node.inputs[1:] == (relu, pool)
            and at not in computation.targets
            and len(following) == 1
            and nodes[following[0]].operation is RELU_GRADIENT
            and nodes[following[0]].inputs == (at, relu)
        )
    if node.operation is RELU_GRADIENT:
        below = nodes[node.inputs[0]]
        return node.inputs[1] == relu and below.operation is POOL_MAX_GRADIENT and below.inputs[1:] == (relu, pool)
    return False
