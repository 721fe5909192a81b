"""The reverse pass, as nodes of the same graph."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..graph.graph import GraphBuilder, Node
from ..ops.operation import Reference
from ..shape import Clash, shape_text


class Flow(NamedTuple):
    """What the reverse pass sends from a node to one of its operands."""

    user: Reference
    slot: int
    gradient: Reference


def differentiate(
    builder: GraphBuilder,
    of: Reference,
    with_respect_to: Sequence[Reference],
    upstream: Reference | None = None,
    flows: list[Flow] | None = None,
) -> Mapping[Reference, Reference]:
    """Appends the gradients of one node with respect to others; returns them by node, each of that node's shape.

    `upstream` is the gradient that arrives at `of`; without it `of` must be a scalar, and 1 arrives. A node that `of`
    does not depend on gets zeros; a node of kind int gets none and may not be asked for. A value that is used several
    times gets the sum, added in the order in which its users stand. `flows` takes down what each user
    sends. Raises shape.Clash for a tensor without upstream.
    """
    start = builder.type(of)
    if start.shape and upstream is None:
        raise Clash(
            f"only a scalar has gradients without an upstream gradient; this has shape {shape_text(start.shape)}"
        )
    nodes = builder.nodes[: of + 1]
    wanted = [reference for reference in with_respect_to if reference <= of]
    active = _active(nodes, wanted)
    arrived: dict[Reference, list[Reference]] = {}
    if active[of]:
        arrived[of] = [builder.constant(1.0) if upstream is None else upstream]
    gradients: dict[Reference, Reference] = {}
    outer = builder.span
    asked = set(wanted)
    for number in range(of, -1, -1):
        if (parts := arrived.pop(number, None)) is None:
            continue
        gradient = _total(builder, parts)
        if number in asked:
            gradients[number] = gradient
        node = nodes[number]
        if not any(active[operand] for operand in node.inputs):
            continue
        if node.operation.vjp is None:
            continue
        builder.span = node.span  # what goes wrong in a reverse pass is shown at the node that it belongs to
        sent = node.operation.vjp(builder, gradient, *node.inputs, number, *node.attributes)
        for slot in range(len(sent) - 1, -1, -1):  # last operand first, as the last user comes first
            operand, part = node.inputs[slot], sent[slot]
            if part is None or not active[operand]:
                continue
            arrived.setdefault(operand, []).append(part)
            if flows is not None:
                flows.append(Flow(number, slot, part))
    builder.span = outer
    for reference in with_respect_to:
        if reference not in gradients:
            gradients[reference] = _zeros(builder, reference)
    return gradients


def _active(nodes: Sequence[Node], sources: Sequence[Reference]) -> list[bool]:
    """For each node, whether it depends through reals on one of the sources."""
    active = [False] * len(nodes)
    for source in sources:
        active[source] = True
    for number, node in enumerate(nodes):
        if active[number] or not node.inputs:
            continue
        if node.type.kind == "real":
            active[number] = any(active[operand] for operand in node.inputs)
    return active


def _total(builder: GraphBuilder, parts: list[Reference]) -> Reference:
    """The sum of what the users send; they arrive last user first, and are added first user first."""
    total = parts[-1]
    for part in reversed(parts[:-1]):
        total = builder.add(total, part)
    return total


def _zeros(builder: GraphBuilder, reference: Reference) -> Reference:
    zero = builder.constant(0.0)
    shape = builder.type(reference).shape
    return builder.expand(zero, shape=shape) if shape else zero
