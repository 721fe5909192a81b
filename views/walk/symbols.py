"""What stands in the picture of a node: the sign that a textbook writes there."""

from collections.abc import Callable, Iterator

from ...compiler.graph.graph import Node
from ...compiler.ops.attribute import attribute_text
from ...compiler.ops.leaves import CONSTANT, SIZE
from ..text.numerals import short


def symbol(node: Node) -> str:
    """The sign of an operation, else its name; the number of a constant, the name of a size."""
    if node.operation is CONSTANT:
        value = node.attributes[0]
        return short(value) if isinstance(value, int | float) else "list"
    if node.operation is SIZE:
        return str(node.attributes[0])
    return node.operation.words.sign or node.operation.called


def spelled(node: Node) -> str:
    """The operation with the attributes that a spec wrote: `sum(axis = 1)`."""
    if (index := node.operation.words.index) is not None:
        return index(*node.attributes)
    name, written = node.operation.called, list(written_attributes(node, str))
    return f"{name}({', '.join(written)})" if written and node.operation.role != "leaf" else name


def written_attributes(node: Node, number: Callable[[float], str] = short) -> Iterator[str]:
    """The attributes of a node that are not what they are by default, as a spec writes them."""
    for attribute, value in zip(node.operation.attributes, node.attributes, strict=True):
        if attribute.written and value is not None and value != attribute.default:
            yield f"{attribute.name} = {attribute_text(value, number)}"
