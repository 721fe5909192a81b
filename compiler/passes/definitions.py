"""Definitions: an operation that is defined by nodes becomes these nodes, for kernels and other passes to see."""

from dataclasses import dataclass

from ..graph.graph import GraphBuilder, Node
from ..lower.computation import Computation, Rewriting, rewritten


@dataclass(frozen=True)
class SpellOut:
    """Puts the nodes of its definition in place of an operation, unless that has a kernel of its own."""

    name: str = "spell definitions out"

    def __call__(self, computation: Computation) -> Computation:
        while any(_is_spelt_out(node) for node in computation.nodes):  # there may be definitions in definitions
            computation = rewritten(computation, _spelling())
        return computation


def _is_spelt_out(node: Node) -> bool:
    return node.operation.define is not None and node.operation.kernel is None


def _spelling() -> Rewriting:
    """The rule that puts nodes in the place of one."""
    builder = GraphBuilder()

    def spelt(made: list[Node], node: Node) -> Node | int:
        if not _is_spelt_out(node) or node.operation.define is None:
            return node
        builder.nodes, builder.span = made, node.span
        last = node.operation.define(builder, *node.inputs, *node.attributes)
        made[last] = made[last]._replace(path=node.path)
        return last

    return spelt
