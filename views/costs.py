"""What a graph costs: arithmetic and memory traffic of each node, parameters of the whole.

A FLOP is one addition, multiplication, division, comparison or elementary function on one element. Bytes are those of
the operands read and of the value written, each once.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from ..compiler.graph import Graph, Node
from ..compiler.shape import Linear, Shape, bind_shape
from ..compiler.spec import Spec

Sizes: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """FLOPs and bytes of one computation of a node."""

    flops: int
    bytes: int


def batch_dims(spec: Spec) -> dict[str, int]:
    """A size for each dim: as set, as the defaults have it, the batch for what counts rows, else 1."""
    graph = spec.graph
    sizes = {name: size for name, size in spec.dims.items() if size is not None}
    batch = (spec.train.batch if spec.train else None) or 1
    for path, declaration in graph.inputs.items():
        shape = graph.nodes[declaration.index].type.shape
        given = _shape_of(declaration.default)
        for axis, size in enumerate(shape):
            if not isinstance(size, Linear) or len(size.terms) > 1:
                continue
            ((name, factor),) = size.terms
            if given:
                sizes.setdefault(name, (given[axis] - size.constant) // factor)
            elif axis == 0 and any(path in section.columns for section in spec.data.values()):
                sizes.setdefault(name, batch)
    return {name: sizes.get(name, 1) for name in dict.fromkeys((*spec.dims, *graph.dims))}


def costs(graph: Graph, dims: Mapping[str, int], itemsize: int) -> list[Cost]:
    """The cost of each node of a graph, for these sizes of its dims; leaves cost nothing."""
    shapes = [_bound(node.type.shape, dims) for node in graph.nodes]
    return [
        Cost(0, 0)
        if node.operation.role == "leaf"
        else _cost(node, [shapes[operand] for operand in node.inputs], shapes[number], itemsize)
        for number, node in enumerate(graph.nodes)
    ]


def elements(shape: Shape, dims: Mapping[str, int]) -> int:
    """How many elements a shape has, for these sizes of its dims."""
    return math.prod(_bound(shape, dims))


def _bound(shape: Shape, dims: Mapping[str, int]) -> Sizes:
    return tuple(size for size in bind_shape(shape, dims) if isinstance(size, int))


def _shape_of(value: object) -> Sizes:
    shape = []
    while isinstance(value, tuple):
        shape.append(len(value))
        value = value[0]
    return tuple(shape)


def _cost(node: Node, operands: list[Sizes], result: Sizes, itemsize: int) -> Cost:
    if node.operation.name in VIEWS:
        return Cost(0, 0)
    count = FLOPS.get(node.operation.name, _each_largest)
    traffic = sum(math.prod(shape) for shape in (*operands, result)) * itemsize
    return Cost(count(operands, result), traffic)


VIEWS = frozenset({"identity", "reshape", "flatten", "transpose"})
"""Operations that give the same elements in another form: nothing is computed or moved."""


def _each(flops: int) -> Callable[[list[Sizes], Sizes], int]:
    """So many FLOPs for each element of the result."""
    return lambda operands, result: flops * math.prod(result)


def _each_operand(flops: int) -> Callable[[list[Sizes], Sizes], int]:
    """So many FLOPs for each element of the first operand."""
    return lambda operands, result: flops * math.prod(operands[0])


def _each_largest(operands: list[Sizes], result: Sizes) -> int:
    return max(math.prod(shape) for shape in (*operands, result))


def _matmul(operands: list[Sizes], result: Sizes) -> int:
    """A product and a sum for each element of the result and of the inner axis."""
    return 2 * math.prod(result) * operands[0][-1]


def _affine(operands: list[Sizes], result: Sizes) -> int:
    return (2 * operands[1][0] + 1) * math.prod(result)


FLOPS: Mapping[str, Callable[[list[Sizes], Sizes], int]] = MappingProxyType(
    {
        "matmul": _matmul,
        "affine": _affine,
        "expand": _each(0),
        "real": _each(0),
        "sum": _each_operand(1),
        "sum-to": _each_operand(1),
        "mean": _each_operand(1),
        "sigmoid": _each(4),  # exp, 1 +, /, the choice of the tail
        "sigmoid-slope": _each(5),
        "tanh-slope": _each(5),
        "softplus": _each(4),
        "softmax": _each(5),  # max, -, exp, sum, /
        "log-softmax": _each(5),
        "softmax-loss": _each_operand(5),
        "softmax-loss-gradient": _each(6),
        "cross-entropy": _each_operand(3),
        "mse": _each_operand(3),
        "quadratic-loss": _each_operand(3),
    }
)
"""FLOPs by operation; any other does one for each element of its largest operand or result."""
