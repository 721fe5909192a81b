"""The order of nodes: each param's update as soon as nothing of the reverse pass reads the param any more."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from ...lower.computation import Computation


def updates_early(computation: Computation, core: Collection[int], leaves: Mapping[int, int]) -> Computation:
    """The computation in an order in which gradients live as briefly as they can.

    `core` are the nodes that are computed in their order, with all that they depend on: the loss and the gradients.
    `leaves` are params by the node that is their value after the step.
    """
    nodes = computation.nodes
    needed = [False] * len(nodes)
    for number in core:
        needed[number] = True
    for number in range(len(nodes) - 1, -1, -1):
        if needed[number]:
            for operand in nodes[number].inputs:
                needed[operand] = True
    ready = [number if node.inputs or needed[number] else 0 for number, node in enumerate(nodes)]
    last_reader: dict[int, int] = {}
    for number, node in enumerate(nodes):
        if needed[number]:
            last_reader |= dict.fromkeys(node.inputs, number)
        elif node.inputs:
            ready[number] = max(ready[operand] for operand in node.inputs)
    for value, leaf in leaves.items():
        if not needed[value]:
            ready[value] = max(ready[value], last_reader.get(leaf, 0))
    latest = [len(nodes)] * len(nodes)
    for number in range(len(nodes) - 1, -1, -1):
        if not needed[number] and latest[number] < len(nodes):
            ready[number] = max(ready[number], latest[number])
        for operand in nodes[number].inputs:
            latest[operand] = min(latest[operand], ready[number])
    order = sorted(range(len(nodes)), key=lambda number: (ready[number], not needed[number], number))
    place = {number: at for at, number in enumerate(order)}
    moved = [nodes[number]._replace(inputs=tuple([place[each] for each in nodes[number].inputs])) for number in order]
    return replace(computation, nodes=tuple(moved), targets=tuple([place[each] for each in computation.targets]))
