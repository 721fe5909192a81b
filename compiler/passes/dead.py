"""Dead nodes: those that no target depends on."""

from dataclasses import dataclass, replace

from ..graph.graph import Node
from ..lower.computation import Computation


@dataclass(frozen=True)
class DropDead:
    """Leaves out every node that no target depends on."""

    name: str = "drop dead nodes"
    concerns: None = None

    def __call__(self, computation: Computation) -> Computation:
        nodes = computation.nodes
        needed = [False] * len(nodes)
        for target in computation.targets:
            needed[target] = True
        for number in reversed(range(len(nodes))):
            if needed[number]:
                for operand in nodes[number].inputs:
                    needed[operand] = True
        if all(needed):
            return computation
        place: dict[int, int] = {}
        kept: list[Node] = []
        for number, node in enumerate(nodes):
            if needed[number]:
                place[number] = len(kept)
                kept.append(node._replace(inputs=tuple([place[operand] for operand in node.inputs])))
        targets = tuple([place[target] for target in computation.targets])
        return replace(computation, nodes=tuple(kept), targets=targets)
