"""How parameters, gradients and optimiser states lie in memory: one array each, every parameter a part of one."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..derive.optimisers import OPTIMISERS
from ..derive.training import SUM, TrainingGraph
from ..graph.graph import Node
from ..graph.signatures import Invocation
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
    fused parameter is changed by the matrix product that would make its gradient. `size` counts all elements. `rates`
    are the leaves of the learning rates and of further numbers that each step is fed. The last of the `states` are the
    sums of gradients, where several steps make one update.
    """

    segments: Mapping[str, Segment]
    plain: tuple[str, ...]
    fused: tuple[str, ...]
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
    fused = tuple(path for path in training.parameters if fuse and fusible(training, path))
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
    return Packing(segments, plain, fused, tuple(packs), updated, start, states, (*training.rates, *training.counts))


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


def fusible(training: TrainingGraph, path: str) -> bool:
    """Whether a parameter's gradient is one product transpose(x) @ d, which nothing but plain sgd reads."""
    settings = training.parameters[path].settings
    clipped = settings.arguments.get("clip_value") is not None or settings.arguments.get("clip_norm") is not None
    if settings.name != "sgd" or clipped or settings.arguments.get("weight_decay"):
        return False
    nodes = training.graph.nodes
    number = training.parameters[path].gradient
    node = nodes[number]
    if node.operation is not MATMUL or nodes[node.inputs[0]].operation is not TRANSPOSE:
        return False
    if any(len(nodes[operand].type.shape) != 2 for operand in node.inputs):
        return False
    if any(_of_parameter(nodes, operand) for operand in node.inputs):
        return False  # which another update may have changed by then
    return sum(number in each.inputs for each in nodes) == 1


def _of_parameter(nodes: Sequence[Node], number: int) -> bool:
    """Whether a value is a parameter, or a view of one."""
    while nodes[number].operation.view is not None:
        number = nodes[number].inputs[0]
    return nodes[number].operation is PARAM
