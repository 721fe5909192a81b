"""The layers whose health is reported as a training goes on: weights, the nodes behind them, relus and sigmoids."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from ...compiler.derive.training import TrainingGraph
from ...compiler.graph.graph import Graph

MOST = 100
"""Weights and nodes that are watched; of more, the first ones of each."""


class Way(NamedTuple):
    """From a weight to a later one, both by path: how many nodes of the most frequent activation lie between them.

    `vanishing` is what to do where gradients vanish on their way through it.
    """

    early: str
    late: str
    activation: str
    between: int
    vanishing: str


class Layers(NamedTuple):
    """Weights by path, in the order of their use; ways from weights to the last ones; hidden activations by index.

    Of an activation in a scan the first step stands for all, which `steps` has by it; `names` say what it is called.
    `units` is the axis of its units.
    """

    weights: tuple[str, ...]
    ways: tuple[Way, ...]
    relus: tuple[int, ...]
    squashing: tuple[int, ...]
    steps: Mapping[int, tuple[int, ...]]
    names: Mapping[int, str]
    units: Mapping[int, int]


def layers_of(training: TrainingGraph) -> Layers:
    """The nodes whose health is reported. A weight is a parameter of two or more axes; hidden is what leads to one."""
    graph = training.graph
    needed = graph.ancestors([training.loss])
    users = _first_users(graph, needed)
    by_use = sorted((users[each.leaf], path) for path, each in training.parameters.items() if each.leaf in users)
    weights = {path: user for user, path in by_use if len(graph.nodes[training.parameters[path].leaf].type.shape) > 1}
    watched = dict(list(weights.items())[:MOST])
    ways: list[Way] = []
    for late in _last(graph, watched):
        before = graph.ancestors([watched[late]])
        ways += [
            _way(graph, early, late, watched, before) for early in watched if early != late and before[watched[early]]
        ]
    hidden = graph.ancestors(weights.values())
    found = [(number, node.operation.activation) for number, node in enumerate(graph.nodes) if hidden[number]]
    alike = _alike(graph, [number for number, activation in found if activation is not None])
    activations = [(steps[0], graph.nodes[steps[0]].operation.activation) for steps in alike.values()]
    channels = _with_channels(graph)
    return Layers(
        tuple(watched),
        tuple(ways),
        tuple(number for number, activation in activations if activation and activation.rectifies),
        tuple(number for number, activation in activations if activation and activation.slope is not None),
        {steps[0]: tuple(steps) for steps in alike.values()},
        {steps[0]: name for name, steps in alike.items()},
        {steps[0]: 1 if channels[steps[0]] else -1 for steps in alike.values()},
    )


def _alike(graph: Graph, numbers: Iterable[int]) -> dict[str, list[int]]:
    """Nodes by what they are called; those of all steps of a scan have one name: `y.states.tanh`."""
    owners = {path[: each.start()] for path in graph.params for each in re.finditer(r"\.", path)}
    found: dict[str, list[int]] = {}
    for number in numbers:
        name = _of_all_steps(node_name(graph, number), owners)
        if name in found or len(found) < MOST:
            found.setdefault(name, []).append(number)
    return found


def _of_all_steps(path: str, owners: Collection[str]) -> str:
    """A path without the steps of scans: those are copies of what owns params itself."""
    whole = ""
    for part in path.split("."):
        whole = f"{whole}.{part}" if whole else part
        begin, bracket, _ = whole.rpartition("[")
        if bracket and whole.endswith("]") and begin in owners:
            whole = begin
    return whole


def _with_channels(graph: Graph) -> list[bool]:
    """For each node whether its units are channels: of a convolution, and what keeps rows and channels as they are."""
    found: list[bool] = []
    for node in graph.nodes:
        shape = node.type.shape
        keeps = (graph.nodes[each].type.shape[:2] == shape[:2] and found[each] for each in node.inputs)
        kept = len(shape) > 2 and node.operation.values.passes_on != "moved" and any(keeps)
        found.append(node.operation.values.channels or kept)
    return found


def node_name(graph: Graph, number: int) -> str:
    """What a node is called: its path, or its operation where it has none."""
    node = graph.nodes[number]
    return node.path or f"{node.operation.called} {number}"


def _first_users(graph: Graph, needed: list[bool]) -> dict[int, int]:
    """The first node that takes each node, among those that the loss needs."""
    users: dict[int, int] = {}
    for number, node in enumerate(graph.nodes):
        if needed[number]:
            for operand in node.inputs:
                users.setdefault(operand, number)
    return users


def _last(graph: Graph, weights: dict[str, int]) -> list[str]:
    """The weights after whose use no other weight is used; four of them are enough to say that something is wrong."""
    last: list[str] = []
    earlier = [False] * len(graph.nodes)
    for path, user in reversed(weights.items()):
        if not earlier[user]:
            last.append(path)
            if len(last) == 4:
                break
            earlier = [either or other for either, other in zip(earlier, graph.ancestors([user]), strict=True)]
    return last


def _way(graph: Graph, early: str, late: str, weights: dict[str, int], before: list[bool]) -> Way:
    after = graph.dependents([weights[early]])
    between = Counter(
        node.operation
        for number, node in enumerate(graph.nodes)
        if before[number] and after[number] and node.operation.activation is not None
    )
    if not between:
        return Way(early, late, "", 0, "")
    operation, count = between.most_common(1)[0]
    assert operation.activation is not None  # only such were counted
    return Way(early, late, operation.called, count, operation.activation.vanishing)
