"""Which inputs are class numbers, and of how many classes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..ops.leaves import INPUT
from ..ops.operation import Reference
from ..shape import Size
from .graph import Graph, Node


class Judge(NamedTuple):
    """A node that takes an `int` input as class numbers, or as `indices` of elements, and how many it knows of them."""

    path: str
    classes: Size
    node: int
    indices: bool = False


def judges(graph: Graph) -> Iterator[Judge]:
    """Every node that takes an `int` input as class numbers, or as numbers of elements.

    The numbers are followed back through operations that leave them what they are.
    """
    sources: dict[int, tuple[int, ...]] = {}
    """The nodes that the values of a node come from unchanged; none for what no numbers are asked of."""
    for number, node in enumerate(graph.nodes):
        if node.type.kind == "int":
            sources[number] = _sources(number, node, sources)
        if (judged := _judged(graph, node)) is None:
            continue
        operand, classes = judged
        for source in sources.get(operand, ()):
            path = graph.nodes[source].path
            yield Judge(path, classes, number, node.operation.values.indices is not None)


def computed_classes(nodes: Sequence[Node], node: Node) -> Reference | None:
    """The operand of a node that holds class numbers, where these are computed: nobody sees them before they are used.

    Those of an input are looked at before anything runs; so are they where operations pass all of them on.
    """
    if node.operation.values.classes is None:
        return None
    found = node.operation.values.classes(tuple([nodes[operand].type for operand in node.inputs]), node.type)
    if found is None:
        return None
    operand = number = node.inputs[found[0]]
    while nodes[number].operation.values.passes_on in ("elements", "moved"):
        number = nodes[number].inputs[0]
    return None if nodes[number].operation is INPUT else operand


def _sources(number: int, node: Node, known: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    """The inputs that the whole numbers of a node come from unchanged."""
    if node.operation is INPUT:
        return (number,)
    if not node.operation.values.passes_on:
        return ()
    passed = node.inputs if node.operation.variadic else node.inputs[:1]
    if len(passed) == 1:
        return known.get(passed[0], ())
    return tuple(dict.fromkeys(source for operand in passed for source in known.get(operand, ())))


def _judged(graph: Graph, node: Node) -> tuple[Reference, Size] | None:
    """The operand of a node that counts classes or elements, and how many there are; None where there is no such."""
    classes, indices = node.operation.values.classes, node.operation.values.indices
    if classes is None and indices is None:
        return None
    types = tuple(graph.nodes[operand].type for operand in node.inputs)
    found = classes(types, node.type) if classes else indices(types, node.attributes) if indices else None
    return None if found is None else (node.inputs[found[0]], found[1])
