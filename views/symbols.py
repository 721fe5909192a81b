"""What stands in the picture of a node: the sign that a textbook writes there."""

from ..compiler.graph import Node
from ..compiler.ops.leaves import CONSTANT, SIZE
from .numerals import short

SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "/", "neg": "−", "matmul": "@", "pow": "^", "identity": "="}
"""Operations that have a sign of their own; every other one is called by its name."""


def symbol(node: Node) -> str:
    """The sign of an operation, the number of a constant, the name of a size."""
    if node.operation is CONSTANT:
        value = node.attributes[0]
        return short(value) if isinstance(value, int | float) else "list"
    if node.operation is SIZE:
        return str(node.attributes[0])
    return SIGNS.get(node.operation.name, node.operation.name)


def spelled(node: Node) -> str:
    """The operation with the attributes that a spec wrote: `sum(axis = 1)`."""
    written = [
        f"{attribute.name} = {value}"
        for attribute, value in zip(node.operation.attributes, node.attributes, strict=True)
        if attribute.written and value is not None and value != attribute.default
    ]
    name = node.operation.name
    return f"{name}({', '.join(written)})" if written and node.operation.role != "leaf" else name
