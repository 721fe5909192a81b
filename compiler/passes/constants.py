"""Constants: scalars computed from constants alone are computed by the compiler, in the precision of the run."""

import math
from dataclasses import dataclass

from ..graph.graph import Node
from ..lower.computation import Computation, rewritten
from ..ops.chance import IN_TRAINING
from ..ops.constant_value import folded
from ..ops.leaves import CONSTANT
from ..shape import SCALAR


@dataclass(frozen=True)
class FoldConstants:
    """Replaces a scalar whose operands are scalar constants by its value; NaN is left to the run, and so is what hangs
    on whether that is a training."""

    name: str = "fold constants"
    concerns: None = None

    def __call__(self, computation: Computation) -> Computation:
        def fold(made: list[Node], node: Node) -> Node | int:
            if (
                not node.inputs
                or node.type != SCALAR
                or node.operation.role == "metric"
                or node.operation is IN_TRAINING
            ):
                return node
            operands = [made[operand] for operand in node.inputs]
            if not all(operand.operation is CONSTANT and operand.type == SCALAR for operand in operands):
                return node
            values = [float(operand.attributes[0]) for operand in operands]  # type: ignore[arg-type]  # a scalar constant is a number
            value = folded(node.operation, values, node.attributes, computation.precision, scalar=computation.scalar)
            if value is None or math.isnan(value):
                return node
            return node._replace(operation=CONSTANT, inputs=(), attributes=(value,))

        return rewritten(computation, fold)
