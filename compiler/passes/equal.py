"""Equal nodes: the same operation on the same operands is computed once."""

from dataclasses import dataclass

from ..graph.graph import Node
from ..lower.computation import Computation, rewritten
from ..ops.leaves import CONSTANT


@dataclass(frozen=True)
class ShareEqual:
    """Computes nodes of one operation, one set of operands and attributes once. Leaves are told apart by path."""

    name: str = "share equal nodes"
    concerns: None = None

    def __call__(self, computation: Computation) -> Computation:
        seen: dict[object, int] = {}

        def shared(made: list[Node], node: Node) -> Node | int:
            # repr keeps apart what == does not: 0.0 and -0.0, 1 and 1.0; and joins nan with nan.
            path = node.path if node.operation.role == "leaf" and node.operation is not CONSTANT else ""
            key = (node.operation.name, node.inputs, repr(node.attributes), node.type, path)
            found = seen.setdefault(key, len(made))
            return node if found == len(made) else found

        return rewritten(computation, shared)
