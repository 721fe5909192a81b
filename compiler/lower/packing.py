"""How parameters, gradients and optimiser states lie in memory: one array each, every parameter a part of one."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..derive.optimisers import OPTIMISERS
from ..derive.training import TrainingGraph
from ..graph.graph import Node
from ..graph.signatures import Invocation
from ..ops.arrangement.shaping import TRANSPOSE
from ..ops.leaves import PARAM
from ..ops.linear import MATMUL


class Place(NamedTuple):
    """Where a parameter's elements stand in the packed array, and its shape."""

    start: int
    shape: tuple[int, ...]


class Packing(NamedTuple):
    """The order of the parameters: those with a gradient of their own, then the folded ones, then those at rest.

    The first `updated` elements are changed by the packed update; gradients and states are as long. A folded
    parameter is changed by the matrix product that would make its gradient. `size` counts all elements.
    """

    places: Mapping[str, Place]
    plain: tuple[str, ...]
    folded: tuple[str, ...]
    updated: int
    size: int
    states: tuple[str, ...]


def packing(
    training: TrainingGraph, optimizer: Invocation, shapes: Mapping[str, tuple[int, ...]], *, fold: bool
) -> Packing:
    """The packing for parameters of these shapes; `fold` allows updates to be folded where that can be done."""
    folded = tuple(path for path in training.parameters if fold and foldable(training, optimizer, path))
    plain = tuple(path for path in training.parameters if path not in folded)
    places: dict[str, Place] = {}
    start = updated = 0
    for path in (*plain, *folded, *(path for path in shapes if path not in training.parameters)):
        places[path] = Place(start, shapes[path])
        start += math.prod(shapes[path])
        if path in plain:
            updated = start
    return Packing(places, plain, folded, updated, start, OPTIMISERS[optimizer.name].states)


def foldable(training: TrainingGraph, optimizer: Invocation, path: str) -> bool:
    """Whether a parameter's gradient is one product transpose(x) @ d, which nothing but plain sgd reads."""
    clipped = optimizer.arguments.get("clip_value") is not None or optimizer.arguments.get("clip_norm") is not None
    if optimizer.name != "sgd" or clipped or optimizer.arguments.get("weight_decay"):
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
