"""Sizes for dims: read off the shapes of what is fed."""

from collections.abc import Mapping

from ..grammar.diagnostic import Diagnostic, Note, SpecError
from . import faults
from .graph import Graph
from .shape import Linear, Size, bind_size, shape_text, solve_size


def bind_dims(graph: Graph, shapes: Mapping[str, tuple[int, ...]], known: Mapping[str, int]) -> dict[str, int]:
    """The sizes of all dims that fed shapes determine; `known` are given already.

    Each size is solved for one unknown dim, again and again until nothing new is found. Raises SpecError where a
    rank or a size does not agree; the diagnostic stands at the input's declaration and notes who bound the dim first.
    """
    dims = dict(known)
    origins: dict[str, str] = {}
    faulty: list[Diagnostic] = []
    pending: list[tuple[str, Size, int]] = []
    for path, shape in shapes.items():
        declared = graph.nodes[graph.index[path]].type.shape
        if len(declared) != len(shape):
            faulty.append(_rank_clash(graph, path, shape))
            continue
        pending += [(path, size, given) for size, given in zip(declared, shape, strict=True)]
    while pending:
        waiting: list[tuple[str, Size, int]] = []
        for path, size, given in pending:
            bound = bind_size(size, dims)
            if isinstance(bound, int):
                if bound != given:
                    faulty.append(_size_clash(graph, path, size, given, bound, origins, dims))
            elif len(bound.terms) > 1:
                waiting.append((path, size, given))
            elif (solution := solve_size(bound, given)) is None or any(_below_one(each) for each in solution.values()):
                faulty.append(_size_clash(graph, path, size, given, bound, origins, dims))
            else:
                for name, value in solution.items():
                    assert isinstance(value, int)  # one unknown against a number
                    dims[name] = value
                    origins[name] = path
        if len(waiting) == len(pending):
            break
        pending = waiting
    if faulty:
        raise SpecError(faulty)
    return dims


def _below_one(size: Size) -> bool:
    return isinstance(size, int) and size < 1


def _rank_clash(graph: Graph, path: str, shape: tuple[int, ...]) -> Diagnostic:
    node = graph.nodes[graph.index[path]]
    declared = shape_text(node.type.shape) if node.type.shape else "a scalar"
    return faults.WRONG_SHAPE.at(
        node.span, name=path, declared=declared, given=shape_text(shape) if shape else "a scalar"
    )


def _size_clash(
    graph: Graph,
    path: str,
    size: Size,
    given: int,
    wanted: Size,
    origins: Mapping[str, str],
    dims: Mapping[str, int],
) -> Diagnostic:
    node = graph.nodes[graph.index[path]]
    notes = []
    for name, _ in () if isinstance(size, int) else size.terms:
        if name in origins:
            other = graph.nodes[graph.index[origins[name]]]
            notes.append(Note(f"`{name}` was bound to {dims[name]} by `{origins[name]}`", other.span))
    return faults.SIZE_CLASH.at(
        node.span,
        name=path,
        given=given,
        declared=shape_text(node.type.shape),
        wanted=f"{size} = {wanted}" if isinstance(size, Linear) and isinstance(wanted, int) else str(wanted),
        notes=notes,
    )
