"""The reverse pass, as nodes of the same graph."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..graph.form import chosen
from ..graph.graph import GraphBuilder, Node
from ..ops.backwards import sent, total
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
    *,
    training: bool | None = None,
) -> Mapping[Reference, Reference]:
    """Appends the gradients of one node with respect to others; returns them by node, each of that node's shape.

    `upstream` is the gradient that arrives at `of`; without it `of` must be a scalar, and 1 arrives. A node that `of`
    does not depend on gets zeros; a node of kind int gets none and may not be asked for. A value that is used several
    times gets the sum, added in the order in which its users stand. `flows` takes down what each user
    sends. `training` says in which of its forms a graph with both is differentiated. Raises shape.Clash for a tensor
    without upstream.
    """
    _check_start(builder, of, upstream)
    nodes: Sequence[Node] = builder.nodes[: of + 1]
    if training is not None:
        nodes = chosen(nodes, training=training)
    active = _active(nodes, [each for each in with_respect_to if each <= of])
    arrived: dict[Reference, list[Reference]] = {}
    if active[of]:
        arrived[of] = [builder.constant(1.0) if upstream is None else upstream]
    gradients: dict[Reference, Reference] = {}
    outer = builder.span
    for number in reversed(range(of + 1)):
        if number in arrived:
            gradients[number] = total(builder, arrived.pop(number))
            for flow in _sent_on(builder, nodes[number], number, gradients[number], active):
                arrived.setdefault(nodes[number].inputs[flow.slot], []).append(flow.gradient)
                if flows is not None:
                    flows.append(flow)
    builder.span = outer
    for reference in with_respect_to:
        if reference not in gradients:
            gradients[reference] = _zeros(builder, reference)
    return {reference: gradients[reference] for reference in with_respect_to}


def _check_start(builder: GraphBuilder, of: Reference, upstream: Reference | None) -> None:
    shape = builder.type(of).shape
    if shape and upstream is None:
        raise Clash(f"only a scalar has gradients without an upstream gradient; this has shape {shape_text(shape)}")


def _sent_on(
    builder: GraphBuilder, node: Node, number: Reference, gradient: Reference, active: Sequence[bool]
) -> Iterator[Flow]:
    """What a node at which a gradient has arrived sends to those of its operands that are active."""
    counted = [active[operand] for operand in node.inputs]
    if not any(counted):
        return
    builder.span = node.span  # what goes wrong in a reverse pass is shown at the node that it belongs to
    for slot, part in sent(builder, node.operation, gradient, node.inputs, number, node.attributes, counted):
        yield Flow(number, slot, part)


def _active(nodes: Sequence[Node], sources: Iterable[Reference]) -> list[bool]:
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


def _zeros(builder: GraphBuilder, reference: Reference) -> Reference:
    zero = builder.constant(0.0)
    shape = builder.type(reference).shape
    return builder.expand(zero, shape=shape) if shape else zero
