"""Sizes for dims: read off the shapes of what is fed."""

from collections.abc import Collection, Mapping

from ...grammar.diagnostic import Diagnostic, Note, shown
from ...grammar.spec_error import SpecError
from .. import faults
from ..shape import Linear, Size, bind_size, shape_text, solve_size
from .graph import Graph


def bind_dims(
    graph: Graph, shapes: Mapping[str, tuple[int, ...]], known: Mapping[str, int], defaults: Collection[str] = ()
) -> dict[str, int]:
    """The sizes of all dims that fed shapes determine; `known` are given already.

    Each size is solved for one unknown dim, again and again until nothing new is found. Raises SpecError where a
    rank or a size does not agree; the diagnostic stands at the input's declaration, notes who bound the dim first,
    and says where the shape is that of a default: `defaults` are the inputs that have nothing else.
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
                    faulty.append(_size_clash(graph, path, size, given, bound, origins, dims, defaults))
            elif len(bound.terms) > 1:
                waiting.append((path, size, given))
            elif (solution := _solved(bound, given)) is None:
                faulty.append(_size_clash(graph, path, size, given, bound, origins, dims, defaults))
            else:
                dims |= solution
                origins |= dict.fromkeys(solution, path)
        if len(waiting) == len(pending):
            break
        pending = waiting
    if faulty:
        raise SpecError(faulty)
    return dims


def with_sizes_from(graph: Graph, shapes: Mapping[str, tuple[int, ...]], dims: Mapping[str, int]) -> dict[str, int]:
    """The dims, and sizes for those that have none as far as shapes say them; these need not agree with the others."""
    found = dict(dims)
    pending = [pair for path, shape in shapes.items() for pair in _sizes(graph, path, shape)]
    while pending:
        waiting = []
        for size, given in pending:
            bound = bind_size(size, found)
            if isinstance(bound, Linear):
                if len(bound.terms) > 1:
                    waiting.append((size, given))
                else:
                    found |= _solved(bound, given) or {}
        if len(waiting) == len(pending):
            break
        pending = waiting
    return found


def _sizes(graph: Graph, path: str, shape: tuple[int, ...]) -> list[tuple[Size, int]]:
    """Declared sizes with the given ones; none where the ranks differ."""
    declared = graph.nodes[graph.index[path]].type.shape
    return list(zip(declared, shape, strict=True)) if len(declared) == len(shape) else []


def _solved(bound: Linear, given: int) -> dict[str, int] | None:
    """The size of the one dim that is unknown; None where no size from 1 on fits."""
    solution = solve_size(bound, given)
    sizes = {name: size for name, size in (solution or {}).items() if isinstance(size, int) and size >= 1}
    return sizes or None


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
    defaults: Collection[str],
) -> Diagnostic:
    node = graph.nodes[graph.index[path]]
    notes = []
    for name, _ in () if isinstance(size, int) else size.terms:
        if name in origins:
            origin = origins[name]
            by = f"{'the default of ' if origin in defaults else ''}`{shown(origin)}`"
            notes.append(Note(f"`{name}` was bound to {dims[name]} by {by}", graph.nodes[graph.index[origin]].span))
    hint = f"that is its default: give `{shown(path)}` a value of the wanted size as well" if path in defaults else None
    return faults.SIZE_CLASH.at(
        node.span,
        name=path,
        given=given,
        declared=shape_text(node.type.shape),
        wanted=f"{size} = {wanted}" if isinstance(size, Linear) and isinstance(wanted, int) else str(wanted),
        hint=hint,
        notes=notes,
    )
