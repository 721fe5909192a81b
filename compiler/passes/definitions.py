"""Definitions: an operation that is defined by nodes becomes these nodes, for kernels and other passes to see."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from ..graph.graph import GraphBuilder, Node
from ..lower.computation import Computation, Rewriting, rewritten
from ..ops.operation import Operation


def _has_kernel(operation: Operation) -> bool:
    return operation.kernel is not None


@dataclass(frozen=True)
class SpellOut:
    """Puts the nodes of its definition in place of an operation, unless that is kept whole."""

    whole: Callable[[Operation], bool] = _has_kernel
    name: str = "spell definitions out"
    concerns: Callable[[Operation], object] = attrgetter("define")

    def __call__(self, computation: Computation) -> Computation:
        while any(self._spells(node) for node in computation.nodes):  # there may be definitions in definitions
            computation = rewritten(computation, _spelling(self._spells))
        return computation

    def _spells(self, node: Node) -> bool:
        return node.operation.define is not None and not self.whole(node.operation)


def _spelling(spells: Callable[[Node], bool]) -> Rewriting:
    """The rule that puts nodes in the place of one."""
    builder = GraphBuilder()

    def spelt(made: list[Node], node: Node) -> Node | int:
        if not spells(node) or node.operation.define is None:
            return node
        builder.nodes, builder.span = made, node.span
        last = node.operation.define(builder, *node.inputs, *node.attributes)
        made[last] = made[last]._replace(path=node.path)
        return last

    return spelt
