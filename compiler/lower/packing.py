"""How parameters, gradients and optimiser states lie in memory: one array each, every parameter a part of one."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..derive.optimisers import OPTIMISERS
from ..derive.training import SUM, TrainingGraph
from ..graph.graph import Node
from ..graph.signatures import Invocation
from ..ops.arithmetic import ADD
from ..ops.arrangement.shaping import TRANSPOSE
from ..ops.leaves import PARAM
from ..ops.linear import MATMUL


class Segment(NamedTuple):
    """Where a parameter's elements stand in the packed array, and its shape."""

    start: int
    shape: tuple[int, ...]


class Pack(NamedTuple):
    """Parameters that are updated in the same way, side by side: the settings, the leaf of their learning rate, where
    their first element stands, and how many they have together.

    `path` is that of a parameter for itself, of which an update may change some rows alone.
    """

    settings: Invocation
    rate: str
    start: int
    size: int
    path: str = ""


class Packing(NamedTuple):
    """The order of the parameters: those with a gradient of their own, the last of which may have updates of some rows
    alone, then the fused ones, then those at rest.

    The first `updated` elements are changed by the packed update, pack by pack; gradients and states are as long. A
    fused parameter is changed by the matrix products that would make its gradient: `products` are their nodes, by path.
    `size` counts all elements. `rates` are the leaves of the learning rates and of further numbers that each step is
    fed. The last of the `states` are the sums of gradients, where several steps make one update.
    """

    segments: Mapping[str, Segment]
    plain: tuple[str, ...]
    fused: tuple[str, ...]
    products: Mapping[str, tuple[int, ...]]
    packs: tuple[Pack, ...]
    updated: int
    size: int
    states: tuple[str, ...]
    rates: tuple[str, ...]


def packing(
    training: TrainingGraph, optimizer: Invocation, shapes: Mapping[str, tuple[int, ...]], *, fuse: bool
) -> Packing:
    """The packing for parameters of these shapes; `fuse` allows updates to be fused where that can be done."""
    fuse = fuse and not training.sums
    products = fusible(training) if fuse else {}
    fused = tuple(products)
    alike = _alike(training, frozenset(fused))
    plain = tuple(path for paths in alike for path in paths)
    segments: dict[str, Segment] = {}
    start = 0
    for path in (*plain, *fused, *(path for path in shapes if path not in training.parameters)):
        segments[path] = Segment(start, shapes[path])
        start += math.prod(shapes[path])
    packs: list[Pack] = []
    updated = 0
    for paths in alike:
        first, size = training.parameters[paths[0]], sum(math.prod(shapes[path]) for path in paths)
        packs.append(Pack(first.settings, first.rate, updated, size, paths[0] if first.rows else ""))
        updated += size
    states = (*OPTIMISERS[optimizer.name].states, *([SUM] if training.sums else []))
    return Packing(
        segments, plain, fused, products, tuple(packs), updated, start, states, (*training.rates, *training.counts)
    )


APART = ("lr", "clip_value", "clip_norm", "lazy")
"""Settings that no packed update reads: the rate is given to it, and gradients have been clipped."""


def _alike(training: TrainingGraph, fused: Collection[str]) -> list[list[str]]:
    """The parameters that have a gradient of their own, those that are updated in the same way together; then each of
    those of which some rows may change alone."""
    alike: dict[object, list[str]] = {}
    for path, update in training.parameters.items():
        if path not in fused and update.rows is None:
            read = [(name, value) for name, value in update.settings.arguments.items() if name not in APART]
            alike.setdefault((update.rate, *read), []).append(path)
    return [*alike.values(), *([path] for path, update in training.parameters.items() if update.rows is not None)]


def fusible(training: TrainingGraph) -> dict[str, tuple[int, ...]]:
    """The parameters whose gradient is a product transpose(x) @ d, or a sum of such, which nothing but plain sgd reads;
    these products, in the order in which they are added."""
    nodes = training.graph.nodes
    readers = Counter(each for node in nodes for each in node.inputs)
    plain = {path: update.gradient for path, update in training.parameters.items() if _is_plain(update.settings)}
    found = {path: _products(nodes, readers, gradient) for path, gradient in plain.items()}
    return {path: products for path, products in found.items() if products}


def _is_plain(settings: Invocation) -> bool:
    """Whether it is sgd, which takes a gradient as it is."""
    clipped = settings.arguments.get("clip_value") is not None or settings.arguments.get("clip_norm") is not None
    return settings.name == "sgd" and not clipped and not settings.arguments.get("weight_decay")


def _products(nodes: Sequence[Node], readers: Mapping[int, int], gradient: int) -> tuple[int, ...]:
    """The products whose sum a gradient is; none where it is anything else, or where something reads a part of it."""
    found: list[int] = []
    waiting = [gradient]
    while waiting:
        number = waiting.pop()
        node = nodes[number]
        if readers[number] != 1 or node.type != nodes[gradient].type:
            return ()
        if node.operation is ADD:
            waiting += reversed(node.inputs)
        elif _is_product(nodes, node):
            found.append(number)
        else:
            return ()
    return tuple(found)


def _is_product(nodes: Sequence[Node], node: Node) -> bool:
    """Whether it is transpose(x) @ d, of matrices that no update changes."""
    if node.operation is not MATMUL or nodes[node.inputs[0]].operation is not TRANSPOSE:
        return False
    return not any(len(nodes[each].type.shape) != 2 or _of_parameter(nodes, each) for each in node.inputs)


def _of_parameter(nodes: Sequence[Node], number: int) -> bool:
    """Whether a value is a parameter, or a view of one."""
    while nodes[number].operation.view is not None:
        number = nodes[number].inputs[0]
    return nodes[number].operation is PARAM
