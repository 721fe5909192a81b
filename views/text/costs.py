"""What a graph costs: arithmetic and memory traffic of each node, parameters of the whole.

A FLOP is one addition, multiplication, division, comparison or elementary function on one element. Bytes are those of
the operands read and of the value written, each once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.graph.graph import Graph, Node
from ...compiler.graph.spec import Spec
from ...compiler.lower.computation import bound_attributes
from ...compiler.ops.facts import Types, elements
from ...compiler.shape import Linear, Type, bind_shape


@dataclass(frozen=True, slots=True)
class Cost:
    """FLOPs and bytes of one computation of a node."""

    flops: int
    bytes: int


def batch_dims(spec: Spec, known: Mapping[str, int] | None = None) -> dict[str, int]:
    """A size for each dim: as set or `known`, as the defaults have it, the batch for what counts rows, else 1."""
    graph = spec.graph
    sizes = {**(known or {}), **spec.known_dims}
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
    types = [Type(node.type.kind, bind_shape(node.type.shape, dims)) for node in graph.nodes]
    return [
        Cost(0, 0)
        if node.operation.role == "leaf"
        else _cost(node, tuple([types[operand] for operand in node.inputs]), types[number], dims, itemsize)
        for number, node in enumerate(graph.nodes)
    ]


def _shape_of(value: object) -> tuple[int, ...]:
    shape = []
    while isinstance(value, tuple):
        shape.append(len(value))
        value = value[0]
    return tuple(shape)


def _cost(node: Node, types: Types, result: Type, dims: Mapping[str, int], itemsize: int) -> Cost:
    operation = node.operation
    if operation.view is not None and operation.values.passes_on in ("elements", "moved"):
        return Cost(0, 0)  # the same elements in another form: nothing is computed or moved
    traffic = sum(map(elements, (*types, result))) * itemsize
    return Cost(operation.flops(types, result, bound_attributes(node, dims)), traffic)
