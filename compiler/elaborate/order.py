"""The order in which statements are elaborated: what is used comes first."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ...grammar.diagnostic import Note
from ...grammar.source import Source
from ...grammar.syntax import (
    Block,
    Broken,
    Call,
    Chain,
    Const,
    Dim,
    Expect,
    Expression,
    Grouped,
    Index,
    Infix,
    Input,
    List,
    Name,
    Negative,
    Next,
    Node,
    Output,
    Param,
    Range,
    Repeat,
    Section,
    Stage,
    State,
    Statement,
    Use,
)
from .. import faults
from .circles import Edge, circles, topological
from .reporter import Reporter, span_of

LONGEST_CIRCLE = 8
"""Names of a circle that a message shows."""


class Order(NamedTuple):
    """Statements so that definitions stand before their uses, and the names that stand on a circle."""

    statements: list[Statement]
    circular: frozenset[str]
    names: frozenset[str]
    """All names that the statements define."""


def ordered(statements: Sequence[Statement], source: Source, reporter: Reporter, files: Collection[str] = ()) -> Order:
    """The statements so that definitions stand before their uses, else in the order of the text.

    A path is a use of the statement that it begins with, but for `L.x` of one of the used `files`. Text that is in
    order already needs no sorting. A circle is reported at the first of its statements; its names have no value.
    """
    owners: dict[str, int] = {}
    stages: list[frozenset[str]] = []
    for number, statement in enumerate(statements):
        stages.append(frozenset(stage_names(statement)))
        for name in (*own_names(statement), *stages[number]):
            owners.setdefault(name, number)
    edges: list[Edge] = []
    sorted_already = True
    for number, statement in enumerate(statements):
        for path in used_paths(statement):
            name = first_name(path)
            owner = None if name in files and path.startswith(f"{name}.") else owners.get(name)
            if owner is None or (owner == number and name in stages[number]):
                continue  # a stage's name may be used further on in its own statement
            edges.append((owner, number))
            sorted_already = sorted_already and owner < number
    if sorted_already:
        return Order(list(statements), frozenset(), frozenset(owners))
    order = topological(len(statements), edges)
    circular: set[int] = set()
    if len(order) < len(statements):
        circular = _report_circles(order, edges, statements, source, reporter)
        order = topological(len(statements), [edge for edge in edges if circular.isdisjoint(edge)])
    names = frozenset(name for number in circular for name in defined_names(statements[number]))
    return Order([statements[number] for number in order], names, frozenset(owners))


def _report_circles(
    placed: Sequence[int], edges: Sequence[Edge], statements: Sequence[Statement], source: Source, reporter: Reporter
) -> set[int]:
    """Reports each circle once; returns the statements that stand on one."""
    rest = set(range(len(statements))).difference(placed)
    circular: set[int] = set()
    for circle, knot in circles(sorted(rest), edges):
        circular |= knot
        names = [own_names(statements[number])[0] for number in circle]
        notes = [
            Note(f"`{name}` is defined here", span_of(source, statements[number]))
            for name, number in zip(names[1:6], circle[1:6], strict=True)
        ]
        place = span_of(source, statements[circle[0]])
        reporter.report(faults.CYCLE, place, name=names[0], circle=circle_text(names), notes=notes)
    return circular


def circle_text(names: Sequence[str]) -> str:
    """`a -> b -> a`, cut where it is long."""
    shown = names if len(names) <= LONGEST_CIRCLE else [*names[: LONGEST_CIRCLE - 1], "..."]
    return " -> ".join([*shown, names[0]])


# --- names ------------------------------------------------------------------------------------------------------


def defined_names(statement: Statement) -> list[str]:
    """Names that a statement enters into the namespace of values, stages included."""
    return own_names(statement) + stage_names(statement)


def own_names(statement: Statement) -> list[str]:
    """Names that a statement itself defines, left of its `=`."""
    match statement:
        case Node():
            return [name.name for name in statement.names]
        case Const() | Input() | Param() | State():
            return [statement.name.name]
        case Output() if statement.value is not None:
            return [statement.names[0].name]
        case Dim():
            return [name.name for name in statement.names]
        case Broken() if statement.kind == "value":
            return list(statement.names)
    return []


def stage_names(statement: Statement) -> list[str]:
    """Names that a statement gives to stages."""
    if not isinstance(statement, Node | Output) or statement.value is None:
        return []
    return stages_in(statement.value)


def stages_in(expression: Expression) -> list[str]:
    """Names given with `as` anywhere in an expression but inside a repeat, whose copies keep theirs."""
    if isinstance(expression, Name):
        return []
    names: list[str] = []
    work: list[object] = [expression]
    while work:
        part = work.pop()
        if isinstance(part, Stage):
            if part.name is not None:
                names.append(part.name.name)
            if not isinstance(part.target, Repeat):
                work.append(part.target)
        else:
            work += parts_of(part)
    return names


def used_names(statement: Statement) -> Iterator[str]:
    """Names of values that a statement uses; a path counts as its first name."""
    return map(first_name, used_paths(statement))


def used_paths(statement: Statement) -> Iterator[str]:
    """Names and paths of values that a statement uses."""
    match statement:
        case Node() | Const():
            yield from paths_in(statement.value)
        case Output():
            if statement.value is None:
                yield from (name.name for name in statement.names)
            else:
                yield from paths_in(statement.value)
        case Input():
            for expression in _typed_parts(statement.type and statement.type.sizes, statement.default):
                yield from paths_in(expression)
        case Param() | State():
            for expression in _typed_parts(statement.type and statement.type.sizes, statement.value):
                yield from paths_in(expression)
        case Next():
            yield statement.name.name
            yield from paths_in(statement.value)
        case Block() | Use() | Section() | Expect() | Dim() | Broken():
            return


def _typed_parts(sizes: tuple[Expression, ...] | None, value: Expression | None) -> list[Expression]:
    return [*(sizes or ()), *([] if value is None else [value])]


def names_in(expression: Expression) -> Iterator[str]:
    """Every name of a value in an expression, of a path its first name; names of calls are left out. Iterative."""
    return map(first_name, paths_in(expression))


def paths_in(expression: Expression) -> Iterator[str]:
    """Every name and path of a value in an expression; names of calls are left out. Iterative."""
    work: list[object] = [expression]
    while work:
        part = work.pop()
        if type(part) is Name or type(part) is Grouped:
            yield part.name
        else:
            work += parts_of(part)


def functions_in(expression: Expression) -> Iterator[Name]:
    """The name of every call in an expression, stages included. Iterative."""
    work: list[object] = [expression]
    while work:
        part = work.pop()
        if isinstance(part, Call):
            yield part.function
        elif isinstance(part, Stage) and isinstance(part.target, Name):
            yield part.target
        work += parts_of(part)


def first_name(path: str) -> str:
    """`tail` of `tail[1].dense.W`."""
    return path.partition(".")[0].partition("[")[0]


def parts_of(part: object) -> list[object]:
    """The pieces of an expression, stage or repeat that are evaluated for it, the first one last."""
    match part:
        case Call():
            shared = [part.like] if part.like else []
            return [*shared, *(argument.value for argument in reversed(part.arguments))]
        case Infix():
            return [part.right, part.left]
        case Negative():
            return [part.operand]
        case List():
            return list(reversed(part.items))
        case Index():
            return [*reversed(part.places), part.operand]
        case Range():
            return [each for each in (part.step, part.end, part.begin) if each is not None]
        case Chain():
            return [*reversed(part.stages), part.first]
        case Stage():
            return [part.target] if not isinstance(part.target, Name) else []
        case Repeat():
            return [*reversed(part.stages), part.count]
    return []
