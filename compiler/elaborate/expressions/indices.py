"""Indices of nodes: the part that one takes as a node, and what a path that ends in `[1]` means."""

from __future__ import annotations

from ....grammar.syntax import Call, Chain, Dots, Expression, Index, List, Name, Number, Range
from ... import faults
from ...ops.arrangement.indexing import part_at
from ...ops.table import INDEX
from ...shape import Clash
from ..misuses import clash_of_shapes
from ..order import parts_of
from ..scope import FAILED, Failed, NodeValue, Site, Value, described
from .append import append
from .constants import constant, literal_shape
from .index_places import Entry, entries_of, expressions_in, of_list, split
from .stack import Stack


def index_of_path(stack: Stack, name: Name) -> Index | None:
    """A path that ends in `[1]` as an index; None where the whole is the path of a node, or of a copy."""
    names = stack.draft.names
    if names is not None and names.node(name.name) is not None:
        return None
    index = split(name)
    place = index.places[0]
    assert isinstance(place, Number)  # a path holds numbers
    if 1 <= place.value <= _copies(stack, index.operand):
        return None
    if name is stack.top:
        stack.top = index
    return index


def _copies(stack: Stack, operand: Expression) -> int:
    """How many copies a repeat has, of which an expression is the name; 0 where it is none, or in parentheses."""
    if type(operand) is not Name:
        return 0
    scope, name = stack.site.scope, operand.name
    while name not in scope.values and scope.parent is not None:
        scope = scope.parent
    return stack.draft.copies.get(scope.joined(name) if name in scope.values else name, 0)


def is_index(stack: Stack, index: Index) -> bool:
    """Whether an index is none of a repeat that would have to be the number of a copy, which is reported."""
    copies = 0 if len(index.places) > 1 or isinstance(index.places[0], Range | Dots) else _copies(stack, index.operand)
    if not copies:
        return True
    name = stack.site.text(index.operand)
    written = stack.site.text(index).removeprefix(name)
    listed = f"`{name}[1]`" if copies == 1 else f"`{name}[1]` to `{name}[{copies}]`"
    stack.site.tell(
        faults.NO_COPY,
        index,
        name=name,
        written=f"{name}{written}",
        hint=f"its copies are {listed}; an index of its value is written `({name}){written}`",
    )
    return False


def index_value(stack: Stack, index: Index) -> None:
    """The part of the value on the stack that an index takes, in its place."""
    stack.values.append(_part(stack, index, stack.values.pop()))


def _part(stack: Stack, index: Index, value: Value) -> Value:
    site = stack.site
    entries = _entries(index, site)
    if isinstance(entries, Failed) or isinstance(value, Failed):
        return FAILED
    if isinstance(value, tuple):
        return of_list(value, literal_shape(value), entries, index, site)
    if not isinstance(value, NodeValue):
        site.tell(faults.NO_INDEX, index, what=described(value))
        return FAILED
    draft, span = stack.draft, site.span(index)
    try:
        part = part_at(draft.builder.type(value.index).shape, entries)
    except Clash as clash:
        clash_of_shapes(draft, clash, INDEX, (value.index,), span)
        return FAILED
    return append(draft, INDEX, [value], tuple(part), stack.path(index, INDEX.name), span, [index.operand])


def _entries(index: Index, site: Site) -> list[Entry] | Failed:
    values = []
    for part in expressions_in(index):
        if (culprit := _computed(part, site)) is not None:
            site.tell(faults.COMPUTED_INDEX, part, culprit=site.text(culprit), hint=_hint(index, part, site))
            return FAILED
        value = constant(part, site, "an index")
        if isinstance(value, Failed):
            return FAILED
        values.append(value)
    return entries_of(index, values, site)


def _computed(expression: Expression, site: Site) -> Expression | None:
    """A part of an expression that is not known before anything runs; a list, which takes several elements, too."""
    work: list[object] = [expression]
    while work:
        part = work.pop()
        if isinstance(part, Call | Chain | List) or (
            isinstance(part, Name) and isinstance(site.scope.lookup(part.name.partition("[")[0]), NodeValue)
        ):
            return part
        if not isinstance(part, Index):
            work += parts_of(part)
    return None


def _hint(index: Index, part: Expression, site: Site) -> str:
    axis = next(number for number, place in enumerate(index.places) if part in _all_of(place))
    along = f", axis = {axis}" if axis else ""
    taken = f"take({site.text(index.operand)}, {site.text(part)}{along})"
    if isinstance(part, List):
        return f"several elements are taken by `{taken}`"
    return f"elements by numbers that are computed are taken by `{taken}`; `where(c, a, b)` chooses by a condition"


def _all_of(place: Expression | Range) -> tuple[object, ...]:
    return (place.begin, place.end, place.step) if isinstance(place, Range) else (place,)
