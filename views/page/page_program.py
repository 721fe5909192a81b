"""What the page computes again when a number is edited: both passes, node by node, in JavaScript."""

from typing import Any

from ...compiler.derive.gradients import UPSTREAM
from ...compiler.graph.graph import Node
from ...compiler.lower.computation import bound
from ...compiler.ops.chance import DRAWS
from ...compiler.ops.leaves import CONSTANT
from ...compiler.ops.operation import Operation
from ...compiler.ops.table import OPERATIONS
from ...compiler.passes.definitions import SpellOut
from ...compiler.shape import SCALAR
from ..walk.walk import Walk


def page_program(walk: Walk) -> dict[str, Any] | None:
    """The nodes of both passes, and where in them the numbers of a walk are; None where the page cannot compute them.

    A node is `["constant", number]`, `["input", node of the graph]`, or `[operation, operands, attributes]`.
    """
    graph, traced = walk.graph, walk.traced
    if walk.of is None or len(walk.values) < len(graph.nodes):
        return None
    if not all(node.type == SCALAR for node in traced.graph.nodes) or not _all_finite(walk):
        return None
    places = [*range(len(graph.nodes)), *traced.gradients.values(), *traced.products.values(), *traced.locals.values()]
    computation = SpellOut()(bound(traced.graph, places, {}, "float64", scalar=True))
    seed = float(walk.gradients[walk.of])
    nodes = [_written(node, walk, seed) for node in computation.nodes]
    if not all(nodes):
        return None
    slots = dict(zip(places, computation.targets, strict=True))
    return {
        "nodes": nodes,
        "values": [slots[number] for number in range(len(graph.nodes))],
        "gradients": [(number, slots[place]) for number, place in traced.gradients.items()],
        "products": [(f"{user},{slot}", slots[place]) for (user, slot), place in traced.products.items()],
        "locals": [(f"{user},{slot}", slots[place]) for (user, slot), place in traced.locals.items()],
    }


def _all_finite(walk: Walk) -> bool:
    return all(abs(value.item()) < float("inf") for value in walk.values.values())


def _written(node: Node, walk: Walk, seed: float) -> list[Any] | None:
    """A node as the page takes it; None where it has no form in JavaScript."""
    if node.operation is CONSTANT:
        return ["constant", node.attributes[0]]
    if node.operation.role == "leaf":
        if node.operation in DRAWS:
            return ["constant", walk.values[walk.graph.index[node.path]].item()]
        return ["constant", seed] if node.path == UPSTREAM else ["input", walk.graph.index[node.path]]
    if node.operation.javascript is None:
        return None
    return [node.operation.name, node.inputs, node.attributes]


def forms() -> str:
    """The forms of all operations in JavaScript, by name."""
    lines = (f"  {_form(each)}" for each in OPERATIONS.values() if each.javascript is not None)
    return "\n".join(("// Each operation on numbers.", "const FORWARD = {", *lines, "};", ""))


def _form(operation: Operation) -> str:
    names = ", ".join((*operation.operands, *(attribute.name for attribute in operation.attributes)))
    return f'"{operation.name}": ({names}) => {operation.javascript},'
