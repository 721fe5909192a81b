"""The order in which statements are elaborated: what is used comes first."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ..grammar.diagnostic import Note
from ..grammar.source import Source
from ..grammar.syntax import (
    Block,
    Broken,
    Call,
    Chain,
    Const,
    Dim,
    Expect,
    Expression,
    Infix,
    Input,
    List,
    Name,
    Negative,
    Node,
    Output,
    Param,
    Repeat,
    Section,
    Stage,
    Statement,
    Use,
)
from . import faults
from .reporter import Reporter, span_of

if TYPE_CHECKING:
    import networkx


def ordered(statements: Sequence[Statement], source: Source, reporter: Reporter) -> list[Statement]:
    """The statements so that definitions stand before their uses, else in the order of the text.

    Text that is in order already needs no sorting. Otherwise the statements become a networkx MultiDiGraph. Those of
    a cycle are reported at the first of them, and stand last.
    """
    owners: dict[str, int] = {}
    for number, statement in enumerate(statements):
        for name in defined_names(statement):
            owners.setdefault(name, number)
    edges: list[tuple[int, int]] = []
    sorted_already = True
    for number, statement in enumerate(statements):
        for name in used_names(statement):
            owner = owners.get(name)
            if owner is None:
                continue
            edges.append((owner, number))
            sorted_already = sorted_already and owner < number
    if sorted_already:
        return list(statements)
    order = _topological(len(statements), edges)
    if len(order) < len(statements):
        placed = set(order)
        left = [number for number in range(len(statements)) if number not in placed]
        left = _report_cycles(left, edges, statements, source, reporter)
        order += left
    return [statements[number] for number in order]


def _topological(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Vertices in topological order, earliest text first; those on or behind a cycle are left out."""
    import networkx  # a tenth of a second to import: text that is in order does without

    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(edges)
    order: list[int] = []
    with suppress(networkx.NetworkXUnfeasible):  # raised at the end, once all that is not on a cycle has come
        for vertex in networkx.lexicographical_topological_sort(graph):
            order.append(vertex)  # noqa: PERF402  # extend would lose what came before the exception
    return order


def _report_cycles(
    left: list[int],
    edges: Sequence[tuple[int, int]],
    statements: Sequence[Statement],
    source: Source,
    reporter: Reporter,
) -> list[int]:
    """Reports each cycle once; returns the statements that are left, those of cycles first."""
    import networkx

    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from(left)
    inside = set(left)
    graph.add_edges_from(edge for edge in edges if edge[0] in inside and edge[1] in inside)
    cyclic: set[int] = set()
    for component in sorted(networkx.strongly_connected_components(graph), key=min):
        first = min(component)
        if len(component) == 1 and not graph.has_edge(first, first):
            continue
        cyclic |= component
        circle = _circle(graph, first, component)
        names = [defined_names(statements[number])[0] for number in circle]
        notes = [
            Note(f"`{name}` is defined here", span_of(source, statements[number]))
            for name, number in zip(names[1:6], circle[1:6], strict=True)
            if number != first
        ]
        shown = names if len(names) <= 8 else [*names[:7], "..."]
        text = " -> ".join([*shown, names[0]])
        reporter.report(faults.CYCLE, span_of(source, statements[first]), name=names[0], circle=text, notes=notes)
    return [number for number in left if number not in cyclic]


def _circle(graph: "networkx.DiGraph[int]", first: int, component: set[int]) -> list[int]:
    """A shortest way from a statement through what it uses back to itself."""
    came_from: dict[int, int] = {}
    frontier = [first]
    while frontier:
        following: list[int] = []
        for vertex in frontier:
            for used in sorted(graph.predecessors(vertex)):
                if used == first:
                    circle = [vertex]
                    while circle[-1] != first:
                        circle.append(came_from[circle[-1]])
                    return circle[::-1]
                if used in component and used not in came_from:
                    came_from[used] = vertex
                    following.append(used)
        frontier = following
    return [first]


# --- names ------------------------------------------------------------------------------------------------------


def defined_names(statement: Statement) -> list[str]:
    """Names that a statement enters into the namespace of values, stages included."""
    match statement:
        case Node():
            return [name.name for name in statement.names] + _stage_names(statement.value)
        case Const() | Input() | Param():
            return [statement.name.name]
        case Output() if statement.value is not None:
            return [statement.names[0].name, *_stage_names(statement.value)]
        case Dim():
            return [name.name for name in statement.names]
        case Broken() if statement.kind == "value":
            return list(statement.names)
    return []


def _stage_names(expression: Expression) -> list[str]:
    """Names given with `as` anywhere in an expression but inside a repeat, whose copies keep theirs."""
    if isinstance(expression, Name):
        return []
    names: list[str] = []
    work: list[object] = [expression]
    while work:
        match work.pop():
            case Chain() as chain:
                work += [*reversed(chain.stages), chain.first]
            case Stage() as stage:
                if stage.name is not None:
                    names.append(stage.name.name)
                work.append(stage.target)
            case part:
                work += _parts(part)
    return names


def used_names(statement: Statement) -> Iterator[str]:
    """Names of values that a statement uses; a path counts as its first name."""
    match statement:
        case Node() | Const():
            yield from names_in(statement.value)
        case Output():
            if statement.value is None:
                yield from (name.name for name in statement.names)
            else:
                yield from names_in(statement.value)
        case Input():
            for expression in _typed_parts(statement.type and statement.type.sizes, statement.default):
                yield from names_in(expression)
        case Param():
            for expression in _typed_parts(statement.type and statement.type.sizes, statement.value):
                yield from names_in(expression)
        case Block() | Use() | Section() | Expect() | Dim() | Broken():
            return


def _typed_parts(sizes: tuple[Expression, ...] | None, value: Expression | None) -> list[Expression]:
    return [*(sizes or ()), *([] if value is None else [value])]


def names_in(expression: Expression) -> Iterator[str]:
    """Every name of a value in an expression, of a path its first name; names of calls are left out. Iterative."""
    work: list[object] = [expression]
    while work:
        part = work.pop()
        if type(part) is Name:
            yield first_name(part.name)
        else:
            work += _parts(part)


def first_name(path: str) -> str:
    """`tail` of `tail[1].dense.W`."""
    return path.partition(".")[0].partition("[")[0]


def _parts(part: object) -> list[object]:
    match part:
        case Call():
            return [argument.value for argument in reversed(part.arguments)]
        case Infix():
            return [part.right, part.left]
        case Negative():
            return [part.operand]
        case List():
            return list(reversed(part.items))
        case Chain():
            return [*reversed(part.stages), part.first]
        case Stage():
            return [part.target] if not isinstance(part.target, Name) else []
        case Repeat():
            return [*reversed(part.stages), part.count]
    return []
