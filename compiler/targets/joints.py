"""Nodes that are written together: a loss and its gradient, which have most of their work in common."""

from collections.abc import Sequence

from ..graph.graph import Node


def joint_nodes(nodes: Sequence[Node]) -> dict[int, int]:
    """The second of each two nodes that are written together, by the first."""
    joints = {node.operation.name: node.operation.joint for node in nodes if node.operation.joint}
    members = {name: name for name in joints} | {joint.other: name for name, joint in joints.items()}
    found: dict[tuple[object, ...], int] = {}
    pairs: dict[int, int] = {}
    for number, node in enumerate(nodes if joints else ()):
        if (name := members.get(node.operation.name)) is None:
            continue
        if not joints[name].fits(tuple(nodes[operand].type for operand in node.inputs), node.attributes):
            continue
        first = found.setdefault((name, node.inputs, node.attributes), number)
        if nodes[first].operation is not node.operation:
            pairs[first] = number
    return pairs
