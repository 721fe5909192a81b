"""What a graph costs: arithmetic and memory traffic of each node, parameters of the whole.

A FLOP is one addition, multiplication, division, comparison or elementary function on one element. Bytes are those of
the operands read and of the value written, each once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.faults import SHAPE_CLASH
from ...compiler.graph.graph import Graph, Node
from ...compiler.graph.spec import Spec
from ...compiler.lower.computation import bound, bound_attributes
from ...compiler.lower.verify import Broken, verify
from ...compiler.ops.facts import Types, elements
from ...compiler.shape import Clash, Linear, Type, bind_shape
from ...grammar.spec_error import SpecError

GUESSES = (1, 2, 4, 8, 16, 32, 64, 128)
"""Sizes for what nothing gives a size: the first that the graph can be computed with."""


@dataclass(frozen=True, slots=True)
class Cost:
    """FLOPs and bytes of one computation of a node."""

    flops: int
    bytes: int


def batch_dims(spec: Spec, known: Mapping[str, int] | None = None) -> dict[str, int]:
    """A size for each dim: as set or `known`, as the defaults have it, the batch for what counts rows, else a guess."""
    graph = spec.graph
    sizes = {**(known or {}), **spec.known_dims}
    batch = spec.train.batch if spec.train else None
    for path, declaration in graph.inputs.items():
        shape = graph.nodes[declaration.index].type.shape
        given = _shape_of(declaration.default)
        for axis, size in enumerate(shape):
            if not isinstance(size, Linear) or len(size.terms) > 1:
                continue
            ((name, factor),) = size.terms
            if given:
                sizes.setdefault(name, (given[axis] - size.constant) // factor)
            elif batch and axis == 0 and any(path in section.columns for section in spec.data.values()):
                sizes.setdefault(name, batch)
    named = dict.fromkeys((*spec.dims, *graph.dims))
    if all(name in sizes for name in named):
        return {name: sizes[name] for name in named}
    guesses = ({name: sizes.get(name, guess) for name in named} for guess in GUESSES)
    return next((guess for guess in guesses if _possible(graph, guess)), {name: sizes.get(name, 1) for name in named})


def _possible(graph: Graph, dims: Mapping[str, int]) -> bool:
    """Whether all of a graph can be computed with these sizes: an index leaves something, scores have columns."""
    if any(size < 1 for shape in {node.type.shape for node in graph.nodes} for size in bind_shape(shape, dims)):  # type: ignore[operator]  # every dim has a size
        return False
    try:
        verify(bound(graph, range(len(graph.nodes)), dims, "float64"))
    except (Broken, Clash):
        return False
    return True


def costs(graph: Graph, dims: Mapping[str, int], itemsize: int) -> list[Cost]:
    """The cost of each node of a graph, for these sizes of its dims; leaves cost nothing.

    Raises SpecError for a node that cannot be with these sizes.
    """
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
    try:
        flops = operation.flops(types, result, bound_attributes(node, dims))
    except Clash as clash:
        raise SpecError([SHAPE_CLASH.at(node.span, message=clash.message, hint=clash.hint)]) from None
    read = [elements(each) for each in types]
    if operation.values.passes_on == "chosen" and not flops:  # of a table the rows that are taken, and no others
        read[0] = min(read[0], elements(result))
    return Cost(flops, (sum(read) + elements(result)) * itemsize)
