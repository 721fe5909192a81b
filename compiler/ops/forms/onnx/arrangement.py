"""Forms in ONNX of operations that put elements elsewhere, and of products of matrices."""

from collections.abc import Sequence
from typing import Any

from ....shape import Shape, Type
from ...facts import Types
from .nodes import INT64, Nodes

BEGINNING = -(2**62)
"""Where a slice ends that goes back over the first element."""


def _affine(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    given, (flatten,) = types[0].shape, attributes
    rows = nodes("Flatten", x[0], axis=1) if flatten and len(given) > 2 else x[0]
    if len(given) == 2 or (flatten and len(given) > 2):
        return nodes("Gemm", rows, x[1], x[2])
    return nodes("Add", nodes("MatMul", rows, x[1]), x[2])


def _outer(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    a, b = (each if len(type.shape) == 1 else nodes("Reshape", each, nodes.integers([-1]))
            for each, type in zip(x, types, strict=True))  # fmt: skip
    return nodes("Mul", nodes.add_axis(a, 1), nodes.add_axis(b, 0))


def _flatten(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes("Flatten", x[0], axis=1) if len(types[0].shape) > 1 else nodes("Identity", x[0])


def _transpose(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    (axes,) = attributes
    if axes is None:
        *first, row, column = range(len(types[0].shape))
        axes = (*first, column, row)
    return nodes("Transpose", x[0], perm=tuple(axes))


def _one_hot(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    (classes,) = attributes
    return nodes.cast(nodes("Equal", nodes.add_axis(x[0], -1), nodes.range(classes)), INT64)


def _reshape(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes.reshape(x[0], result.shape)


def _expand(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    _, axis = attributes
    value = x[0] if axis is None else nodes.add_axis(x[0], axis)
    return nodes("Expand", value, nodes.sizes(result.shape))


def _sum_to(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    own, kept = types[0].shape, result.shape
    lead = len(own) - len(kept)
    stretched = [axis for axis in range(lead, len(own)) if kept[axis - lead] == 1 and own[axis] != 1]
    value = nodes.sum(x[0], stretched, keepdims=True) if stretched else x[0]
    value = nodes.sum(value, list(range(lead))) if lead else value
    return value if value != x[0] else nodes("Identity", value)


def _slice(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    start, count, step = attributes
    own = types[0].shape
    axes = [axis for axis in range(len(own)) if not _whole_axis(own, start, count, step, axis)]
    value = x[0]
    if axes:
        numbers = tuple([start[axis] for axis in axes])
        steps = [step[axis] or 1 for axis in axes]
        value = nodes("Slice", value, nodes.sizes(numbers), _ends(nodes, start, count, step, axes),
                      nodes.integers(axes), nodes.integers(steps))  # fmt: skip
    gone = [axis for axis, by in enumerate(step) if by == 0]
    if gone:
        value = nodes("Squeeze", value, nodes.integers(gone))
    return value if value != x[0] else nodes("Identity", value)


def _ends(nodes: Nodes, start: Shape, count: Shape, step: Sequence[int], axes: Sequence[int]) -> str:
    numbers: list[int] = []
    for axis in axes:
        first, many, by = start[axis], count[axis], step[axis] or 1
        if not isinstance(first, int) or not isinstance(many, int):
            return _open_ends(nodes, start, count, step, axes)
        end = first + many * by
        numbers.append(end if end >= 0 else BEGINNING)
    return nodes.integers(numbers)


def _open_ends(nodes: Nodes, start: Shape, count: Shape, step: Sequence[int], axes: Sequence[int]) -> str:
    """Ends, where a size is no number: behind the last element that is taken."""
    ends = []
    for axis in axes:
        by = step[axis] or 1
        reach = nodes("Mul", nodes.size(count[axis]), nodes.whole(by))
        end = nodes("Add", nodes.size(start[axis]), reach)
        if by < 0:
            end = nodes.where(nodes("Less", end, nodes.whole(0)), nodes.whole(BEGINNING), end)
        ends.append(nodes.add_axis(end, 0))
    return ends[0] if len(ends) == 1 else nodes("Concat", *ends, axis=0)


def _whole_axis(own: Shape, start: Shape, count: Shape, step: Sequence[int], axis: int) -> bool:
    return start[axis] == 0 and count[axis] == own[axis] and step[axis] == 1


def _slice_gradient(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """g at the places of a part, axis by axis, and 0 elsewhere."""
    shape, start, count, step = attributes
    value, now = nodes.reshape(x[0], count), list(count)
    for axis, size in enumerate(shape):
        if _whole_axis(shape, start, count, step, axis):
            continue
        now[axis] = size
        places = nodes("Mul", nodes.range(count[axis]), nodes.whole(step[axis] or 1))
        places = nodes("Add", places, nodes.size(start[axis]))
        places = nodes.reshape(places, tuple(count[each] if each == axis else 1 for each in range(len(shape))))
        places = nodes("Expand", places, nodes("Shape", value))
        value = nodes("ScatterElements", nodes.zeros(tuple(now)), places, value, axis=axis)
    return value


def _pad(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    widths, value = attributes
    pads = [each[0] for each in widths] + [each[1] for each in widths]
    filling = nodes.number(value) if result.kind == "real" else nodes.whole(int(value))
    return nodes("Pad", x[0], nodes.integers(pads), filling)


def _concat(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes("Concat", *x, axis=attributes[0])


def _stack(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    axis = attributes[0]
    return nodes("Concat", *(nodes.add_axis(each, axis) for each in x), axis=axis)


def _take(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes("Gather", x[0], x[1], axis=attributes[0])


def _take_gradient(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """The gradients of what was taken, added up where it was taken from."""
    shape, axis = attributes
    axis %= len(shape)
    g, indices = x
    behind = len(shape) - axis - 1
    places = nodes("Reshape", indices, nodes.integers([-1]))
    before, after = shape[:axis], shape[axis + 1 :]
    many = nodes("Shape", places)
    flat = nodes("Concat", nodes.sizes(before), many, nodes.sizes(after), axis=0)
    rows = nodes("Reshape", g, flat)
    places = nodes("Reshape", places, nodes.integers([*(1,) * axis, -1, *(1,) * behind]))
    places = nodes("Expand", places, flat)
    return nodes("ScatterElements", nodes.zeros(shape), places, rows, axis=axis, reduction="add")


def _range(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes("Identity", nodes.range(attributes[0]))


AFFINE, OUTER = _affine, _outer
FLATTEN, TRANSPOSE, ONE_HOT, RESHAPE, EXPAND, SUM_TO = _flatten, _transpose, _one_hot, _reshape, _expand, _sum_to
SLICE, SLICE_GRADIENT, PAD = _slice, _slice_gradient, _pad
CONCAT, STACK, TAKE, TAKE_GRADIENT, RANGE = _concat, _stack, _take, _take_gradient, _range
