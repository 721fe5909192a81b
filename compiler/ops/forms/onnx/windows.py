"""Forms in ONNX of windows over axes of space: rows first where specs call them, rows last within."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ....shape import Shape, Type
from ...facts import Types
from ...windows.geometry import Sides, each_axis, windows
from .nodes import Nodes


def _pads(sides: Sides) -> tuple[int, ...]:
    return (*(before for before, _ in sides), *(after for _, after in sides))


def _space(shape: Shape) -> tuple[int, ...]:
    return tuple([size for size in shape if isinstance(size, int)])


def _rows_first(nodes: Nodes, x: str, rank: int) -> str:
    """[C, ...space, N] as [N, C, ...space]."""
    return nodes("Transpose", x, perm=(rank - 1, *range(rank - 1)))


def _rows_last(nodes: Nodes, x: str, rank: int) -> str:
    return nodes("Transpose", x, perm=(*range(1, rank), 0))


# --- convolutions -----------------------------------------------------------------------------------------------


def _conv(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    stride, padding, dilation, groups = attributes
    found = windows("conv", _space(types[0].shape[2:]), _space(types[1].shape[2:]), stride, padding, dilation)
    return nodes(
        "Conv", *x, kernel_shape=found.size, strides=found.stride, pads=_pads(found.sides), dilations=found.dilation,
        group=groups,
    )  # fmt: skip


def _spread_windows(nodes: Nodes, x: Sequence[str], weights: Shape, given: Shape, space: Shape, settings: Any) -> str:
    """`ConvTranspose` to a space of these sizes."""
    stride, sides, dilation, groups = settings
    size = _space(weights)
    left = [
        own + sum(side) - ((count - 1) * by + (each - 1) * apart + 1)
        for own, side, count, by, each, apart in zip(
            _space(space), sides, _space(given), stride, size, dilation, strict=True
        )
    ]
    return nodes(
        "ConvTranspose", *x, kernel_shape=size, strides=stride, pads=_pads(sides), dilations=dilation, group=groups,
        output_padding=tuple(left),
    )  # fmt: skip


def _conv_transpose(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    stride, padding, dilation, groups, _ = attributes
    space, size = _space(result.shape[2:]), _space(types[1].shape[2:])
    found = windows("conv_transpose", space, size, stride, padding, dilation)
    settings = (found.stride, found.sides, found.dilation, groups)
    return _spread_windows(nodes, x, size, types[0].shape[2:], space, settings)


def _weights(nodes: Nodes, g: str, x: str, given: tuple[Shape, Shape], size: Any, settings: Any) -> str:
    """The gradient by the weights of a convolution of x [N, C, ...] that gave g [N, O, ...]: the convolution of x with
    g, rows and channels swapped, in which stride and dilation change places."""
    stride, sides, dilation, groups = settings
    (rows, _, *counts), (_, channels, *space) = given
    each = channels // groups if isinstance(channels, int) else channels
    apart = x
    if groups > 1:
        apart = nodes.reshape(apart, (rows, groups, each, *space))
        apart = nodes("Transpose", apart, perm=(2, 1, 0, *range(3, 3 + len(space))))
        apart = nodes("Reshape", apart, nodes.integers([*_space((each,)), -1, *_space(tuple(space))]))
    else:
        apart = nodes("Transpose", apart, perm=(1, 0, *range(2, 2 + len(space))))
    turned = nodes("Transpose", g, perm=(1, 0, *range(2, 2 + len(counts))))
    found = nodes("Conv", apart, turned, strides=tuple(dilation), dilations=tuple(stride), pads=_pads(sides),
                  group=groups)  # fmt: skip
    axes = list(range(2, 2 + len(space)))
    found = nodes("Slice", found, nodes.integers([0] * len(axes)), nodes.integers(size), nodes.integers(axes))
    return nodes("Transpose", found, perm=(1, 0, *axes))


def _conv_weights(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    size, stride, padding, dilation, groups = attributes
    found = windows("conv_weights", _space(types[1].shape[2:]), size, stride, padding, dilation)
    settings = (found.stride, found.sides, found.dilation, groups)
    return _weights(nodes, x[0], x[1], (types[0].shape, types[1].shape), found.size, settings)


def _plain(axes: int) -> Sides:
    return ((0, 0),) * axes


def _correlate(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    stride, dilation, groups = attributes
    rank = len(types[0].shape)
    found = nodes("Conv", _rows_first(nodes, x[0], rank), x[1], strides=stride, dilations=dilation, group=groups)
    return _rows_last(nodes, found, rank)


def _correlate_input(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    space, stride, dilation, groups = attributes
    rank = len(types[0].shape)
    settings = (stride, _plain(rank - 2), dilation, groups)
    g = _rows_first(nodes, x[0], rank)
    found = _spread_windows(nodes, (g, x[1]), types[1].shape[2:], types[0].shape[1:-1], space, settings)
    return _rows_last(nodes, found, rank)


def _correlate_weights(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    size, stride, dilation, groups = attributes
    rank = len(types[0].shape)
    g, own = (_rows_first(nodes, each, rank) for each in x)
    shapes = tuple((type.shape[-1], *type.shape[:-1]) for type in types)
    return _weights(nodes, g, own, shapes, size, (stride, _plain(rank - 2), dilation, groups))  # type: ignore[arg-type]  # two operands


def _channel_sum(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes.sum(x[0], list(range(1, len(types[0].shape))))


# --- pools ------------------------------------------------------------------------------------------------------


def _pool(operator: str) -> Any:
    def form(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
        size, stride, padding = attributes
        space = _space(types[0].shape[2:])
        own = each_axis("pool", "size", size, len(space), 1)
        found = windows("pool", space, own, own if stride is None else stride, padding, 1)
        return _pooled(nodes, operator, x[0], (found.size, found.stride, found.sides))

    return form


def _pooled(nodes: Nodes, operator: str, x: str, settings: Any) -> str:
    size, stride, sides = settings
    rest = {"count_include_pad": 1} if operator == "AveragePool" and any(map(any, sides)) else {}
    return nodes(operator, x, kernel_shape=size, strides=stride, pads=_pads(sides), **rest)


def _pooled_last(operator: str) -> Any:
    def form(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
        rank = len(types[0].shape)
        return _rows_last(nodes, _pooled(nodes, operator, _rows_first(nodes, x[0], rank), attributes), rank)

    return form


def _chosen_places(nodes: Nodes, x: str, settings: Any) -> str:
    """Where in x, counted through, the largest element of each window stands."""
    size, stride, sides = settings
    _, places = nodes.several("MaxPool", [x], 2, kernel_shape=size, strides=stride, pads=_pads(sides))
    return nodes("Reshape", places, nodes.integers([-1]))


def _max_gradient(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    rank = len(result.shape)
    g, own = (_rows_first(nodes, each, rank) for each in x[:2])
    shape = nodes("Shape", own)
    whole = nodes("Expand", nodes.number(0.0), nodes("ReduceProd", shape, keepdims=1))
    flat = nodes("Reshape", g, nodes.integers([-1]))
    put = nodes("ScatterElements", whole, _chosen_places(nodes, own, attributes), flat, axis=0, reduction="add")
    return _rows_last(nodes, nodes("Reshape", put, shape), rank)


def _chosen(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    rank = len(result.shape)
    a, own, y = (_rows_first(nodes, each, rank) for each in x)
    flat = nodes("Reshape", a, nodes.integers([-1]))
    found = nodes("Gather", flat, _chosen_places(nodes, own, attributes), axis=0)
    return _rows_last(nodes, nodes("Reshape", found, nodes("Shape", y)), rank)


def _mean_gradient(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """Each channel of each row apart, with a filter that has the same share everywhere."""
    space, size, stride, sides = attributes
    given = types[0].shape
    rank = len(given)
    rows = _rows_first(nodes, x[0], rank)
    apart = nodes("Reshape", rows, nodes.integers([-1, 1, *_space(given[1:-1])]))
    share = nodes.array(np.full((1, 1, *size), 1 / prod(size), nodes.precision), "share")
    settings = (stride, sides, (1,) * len(size), 1)
    found = _spread_windows(nodes, (apart, share), size, given[1:-1], space, settings)
    return _rows_last(nodes, nodes("Reshape", found, nodes.sizes((given[-1], given[0], *space))), rank)


CONV, CONV_TRANSPOSE, CONV_WEIGHTS = _conv, _conv_transpose, _conv_weights
CORRELATE, CORRELATE_INPUT, CORRELATE_WEIGHTS, CHANNEL_SUM = (
    _correlate,
    _correlate_input,
    _correlate_weights,
    _channel_sum,
)
MAX_POOL, MEAN_POOL = _pool("MaxPool"), _pool("AveragePool")
POOL_MAX, POOL_MEAN = _pooled_last("MaxPool"), _pooled_last("AveragePool")
POOL_MAX_GRADIENT, POOL_CHOSEN, POOL_MEAN_GRADIENT = _max_gradient, _chosen, _mean_gradient
