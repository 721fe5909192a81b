"""The reverse rule of each operation as a reader writes it down, for the shapes that its operands have.

The rules stand in the operations' records, as expressions of the language and a few fixed words: tests carry them out,
and hold them against what the operations themselves do.
"""

from collections.abc import Sequence

from ...compiler.graph.graph import Node
from ...compiler.ops.attribute import is_number
from ...compiler.ops.facts import Share
from ...compiler.ops.measures.class_targets import rows_within
from ...compiler.ops.reductions.axes import count_of
from ...compiler.shape import Shape, Type
from ...runtime.arrays import Array
from .derivatives import derivative


def local_rule(node: Node, slot: int) -> str:
    """The local derivative by an operand, between scalars, over the names of operands and attributes."""
    operation = node.operation
    if operation.words.local:
        return operation.words.local[slot]
    found = derivative(operation, node.attributes, slot) if operation.define is not None else None
    return found or f"d {operation.called} / d {node.slots[slot]}"


def share(node: Node, slot: int, types: Sequence[Type]) -> Share:
    """What an operand gets of the gradient g that arrives; `types` are those of all operands."""
    operation, own = node.operation, types[slot].shape
    if operation.words.shares is not None:
        given = operation.words.shares(tuple(types), node.type, node.attributes)[slot]
    elif operation.rows.each:
        given = Share(_times_gradient(local_rule(node, slot)), shape=node.type.shape)
    else:
        given = Share(f"g times d {operation.called} / d {node.slots[slot]}")
    back = summed_over(own if given.shape is None else given.shape, own)
    return given._replace(ending=back or given.ending)


def _times_gradient(local: str) -> str:
    """A local derivative times g, each of its cases where it has several."""
    if " where " not in local:
        return _product(local)
    *cases, last = local.split(", ")
    told = [" where ".join((_product(value), case)) for value, _, case in (each.partition(" where ") for each in cases)]
    return ", ".join((*told, f"else {_product(last.removeprefix('else '))}"))


def _product(local: str) -> str:
    if local in ("1", "-1"):
        return f"{local[:-1]}g"
    if local == "0":
        return local
    return f"g / {local.removeprefix('1 / ')}" if local.startswith("1 / ") else f"g * ({local})"


def summed_over(shape: Shape, kept: Shape) -> str:
    """The words for a sum that brings a gradient back to the shape of an operand; none where it has that already."""
    if shape == kept:
        return ""
    lead = len(shape) - len(kept)
    axes = [axis for axis, size in enumerate(shape) if axis < lead or kept[axis - lead] != size]
    if len(axes) == len(shape):
        return "summed over all elements"
    if len(shape) == 2:
        return f"summed over the {'columns' if axes == [1] else 'rows'}"
    *others, last = map(str, axes)
    return f"summed over axes {', '.join(others)} and {last}" if others else f"summed over axis {last}"


def numbers_of(node: Node) -> dict[str, int | float]:
    """The attributes of a node that are numbers."""
    named = zip(node.operation.attributes, node.attributes, strict=True)
    return {attribute.name: value for attribute, value in named if is_number(value)}


def counts(node: Node, first: Array) -> dict[str, int | float]:
    """The numbers behind n, N and the attributes of a node; `first` is the value of its first operand."""
    numbers = numbers_of(node)
    named = zip(node.operation.attributes, node.attributes, strict=True)
    axis = next((value for attribute, value in named if attribute.name == "axis"), None)
    if isinstance(axis, int) and not -first.ndim <= axis < first.ndim:
        axis = None  # that of `expand` is one of the result
    numbers["n"] = count_of(first.shape, axis)
    if any(attribute.name == "rows" for attribute in node.operation.attributes):
        numbers["N"] = numbers.get("rows", first.shape[0] if first.ndim else 1)
        if node.operation.judges_classes:
            numbers["N"] *= rows_within(first.shape)
    return numbers
