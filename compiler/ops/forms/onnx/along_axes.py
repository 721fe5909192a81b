"""Forms in ONNX of operations along axes."""

from collections.abc import Sequence
from typing import Any

from ....shape import Type
from ...facts import Types
from .nodes import Nodes, NoForm, OnnxForm

LONGEST = 1000
"""Elements along an axis that are written one after the other."""


def _axes(axis: Any, type: Type) -> list[int]:
    if axis is None:
        return list(range(len(type.shape)))
    return list(axis) if isinstance(axis, tuple) else [axis]


def reducing(operator: str) -> OnnxForm:
    """An operator with the axes and `keepdims` of a reduction."""

    def form(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
        axis, keepdims = attributes
        if not types[0].shape:
            return nodes("Identity", x[0])
        return nodes(operator, x[0], nodes.integers(_axes(axis, types[0])), keepdims=int(keepdims))

    return form


def along(operator: str) -> OnnxForm:
    """An operator that takes one axis away."""

    def form(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
        return nodes(operator, x[0], nodes.integers([attributes[0]]), keepdims=0)

    return form


def placing(operator: str) -> OnnxForm:
    """`ArgMax` and `ArgMin`, which take one axis."""

    def form(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
        axis, keepdims = attributes
        if axis is None:
            found = nodes(operator, nodes("Reshape", x[0], nodes.integers([-1])), axis=0, keepdims=0)
            return nodes("Reshape", found, nodes.sizes(result.shape)) if keepdims else found
        return nodes(operator, x[0], axis=axis, keepdims=int(keepdims))

    return form


def with_axis(operator: str) -> OnnxForm:
    """An operator with an axis that stays."""
    return lambda nodes, x, types, result, attributes: nodes(operator, x[0], axis=_whole(attributes[0]))


def _whole(value: Any) -> int:
    return int(value)


def _pick(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    axis = attributes[0] % len(types[0].shape)
    found = nodes("GatherElements", x[0], nodes.add_axis(x[1], axis), axis=axis)
    return nodes("Squeeze", found, nodes.integers([axis]))


def _place(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    size, axis = attributes
    rank = len(result.shape)
    axis %= rank
    numbers = nodes.reshape(nodes.range(size), (*(1,) * axis, size, *(1,) * (rank - axis - 1)))
    at = nodes("Equal", numbers, nodes.add_axis(x[1], axis))
    return nodes.where(at, nodes.add_axis(x[0], axis), nodes.number(0.0))


def _cumulated(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    axis, *back = attributes
    if axis is None:
        return nodes("CumSum", nodes("Reshape", x[0], nodes.integers([-1])), nodes.whole(0))
    return nodes("CumSum", x[0], nodes.whole(axis), reverse=int(any(back)))


def _product_before(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """For each element the product of a row in which 1 stands for what does not stand before it."""
    axis, back = attributes
    rank, size = len(types[0].shape), types[0].shape[axis]
    axis %= rank
    numbers = nodes.range(size)
    here = nodes.reshape(numbers, (size, *(1,) * (rank - axis)))
    there = nodes.reshape(numbers, (1, size, *(1,) * (rank - axis - 1)))
    seen = nodes("Less", here, there) if back else nodes("Less", there, here)
    rows = nodes.where(seen, nodes.add_axis(x[0], axis), nodes.number(1.0))
    return nodes("ReduceProd", rows, nodes.integers([axis + 1]), keepdims=0)


def _carried(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """found[i] = g[i - 1] + x[i - 1] * found[i - 1], one after the other; the other way round from the end on."""
    axis, back = attributes
    size = types[0].shape[axis]
    if not isinstance(size, int) or size > LONGEST:
        raise NoForm(f"it goes along an axis of {size} one by one, and {LONGEST} is the most")

    def at(value: str, place: int) -> str:
        return nodes("Gather", value, nodes.integers([place]), axis=axis)

    order = list(range(size))[:: -1 if back else 1]
    found = [nodes("Mul", at(x[0], order[0]), nodes.number(0.0))]
    for place in order[:-1]:
        found.append(nodes("Add", at(x[0], place), nodes("Mul", at(x[1], place), found[-1])))
    return nodes("Concat", *found[:: -1 if back else 1], axis=axis)


def _logsumexp_slope(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes("Softmax", x[0], axis=attributes[0])


PICK, PLACE = _pick, _place
CUMULATED = _cumulated
PRODUCT_BEFORE, CARRIED = _product_before, _carried
LOGSUMEXP_SLOPE = _logsumexp_slope
