"""Data sections: each column as a program for a stack, its readers checked."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ...grammar.diagnostic import Note
from ...grammar.source import Span
from ...grammar.suggestion import suggestion
from ...grammar.syntax import (
    Argument,
    Call,
    Chain,
    Entry,
    Expression,
    Index,
    Infix,
    List,
    Name,
    Negative,
    Number,
    Repeat,
    Section,
    Text,
)
from .. import faults
from ..elaborate.calls.arguments import assign_arguments, attribute_values, form_called, parameters_of
from ..elaborate.calls.checked_calls import invocation, invoked
from ..elaborate.circles import circles
from ..elaborate.expressions.constants import constant, holds_sizes
from ..elaborate.expressions.index_places import entries_of, expressions_in
from ..elaborate.other_tools import elsewhere
from ..elaborate.scope import Failed, Site, Value
from ..elaborate.settings import Setting
from ..graph.signatures import ARRANGED, COLUMN, FITTED, GENERATORS, READERS, Invocation, Signature, of_a_column
from ..graph.spec import Apply, Column, ColumnStep, Cut, DataSection, Fit, Place, Push, Read, Use, Windows
from ..ops.arrangement.indexing import Range as Places
from ..ops.attribute import AttributeValue
from ..ops.operation import Operation
from ..ops.table import INFIX, NEGATIVE, OPERATIONS, find
from ..shape import Linear
from .column_faults import COLUMN_CIRCLE

SOURCES: Mapping[str, Signature] = {**READERS, **GENERATORS}

ONE_HOT = "one_hot"


class _Finish(NamedTuple):
    """An operation, a call on a column, or an index whose operands' steps stand already."""

    step: Apply | Fit | Cut | Windows


def data_section(section: Section, site: Site, replaced: Mapping[str, Setting], dims: Collection[str]) -> DataSection:
    """A data section with its columns; settings replace columns or add some. One called like a dim is its size."""
    assert section.name is not None  # the grammar gives data sections their names
    columns: dict[str, Column] = {}
    places: dict[str, Entry] = {}
    known = {*(entry.key.name for entry in section.entries), *replaced}
    for entry in section.entries:
        name = entry.key.name
        if name in places:
            first = Note("it is defined here first", site.span(places[name]))
            site.tell(faults.DEFINED_TWICE, entry.key, name=name, notes=[first])
            continue
        places[name] = entry
        if name not in replaced and (steps := _steps(entry.value, site, known)):
            columns[name] = Column(name, tuple(steps), site.span(entry), size=name in dims)
    for name, setting in replaced.items():
        if steps := _steps(setting.expression, site.reading(setting.source), known):
            columns[name] = Column(name, tuple(steps), setting.span, ".", name in dims)
    return DataSection(section.name.name, _without_circles(columns, site), site.span(section))


def _without_circles(columns: dict[str, Column], site: Site) -> dict[str, Column]:
    """The columns that do not use themselves, by way of others or at once; those that do are reported."""
    names, numbers = list(columns), {name: number for number, name in enumerate(columns)}
    edges = [(numbers[used], numbers[name]) for name in names for used in columns[name].uses if used in numbers]
    knots = circles(range(len(names)), edges) if edges else []
    for circle, _ in knots:
        column = columns[names[circle[0]]]
        shown = " -> ".join(names[number] for number in (*circle, circle[0]))
        site.reporter.report(COLUMN_CIRCLE, column.span, name=column.name, circle=shown)
    return {} if knots else columns


def _steps(expression: Expression, site: Site, columns: Collection[str]) -> list[ColumnStep] | None:
    """What a column is computed by, of a section with these `columns`; None where it is faulty, which is reported."""
    steps: list[ColumnStep] = []
    work: list[Expression | _Finish] = [expression]
    failed = False
    while work:
        match work.pop():
            case _Finish(step):
                steps.append(step)
            case Infix() as infix:
                apply = Apply(INFIX[infix.symbol], 2, (), site.span(infix))
                work += [_Finish(apply), infix.right, infix.left]
            case Negative() as negative:
                apply = Apply(NEGATIVE, 1, (), site.span(negative))
                work += [_Finish(apply), negative.operand]
            case Call() as call if call.function.name in SOURCES:
                read = invocation(call, SOURCES, "a reader", site)
                failed = failed or read is None
                if read is not None:
                    steps.append(Read(read, site.span(call)))
            case Call() as call:
                on_a_column = is_fitted(call) or call.function.name in ARRANGED
                operands = _on_a_column(call, site) if on_a_column else _operation(call, site)
                failed = failed or operands is None
                work += operands or []
            case Name() as name if name.name in columns and not _is_literal(site.scope.lookup(name.name)):
                steps.append(Use(name.name, site.span(name)))
            case (Number() | Name() | List()) as literal:
                value = constant(literal, site, "a column")
                failed = failed or isinstance(value, Failed)
                if isinstance(value, str | Linear) or (isinstance(value, tuple) and holds_sizes(value)):
                    site.tell(faults.NOT_A_VALUE, literal, what=f"`{site.text(literal)}`")
                    failed = True
                elif not isinstance(value, Failed):
                    steps.append(Push(value, site.span(literal)))
            case Index() as index:
                places = _places(index, site)
                failed = failed or places is None
                work += [] if places is None else [_Finish(Cut(places, site.span(index))), index.operand]
            case Chain() as chain if (nested := _nested(chain)) is not None:
                work.append(nested)
            case other:
                what = "a text" if isinstance(other, Text) else "a chain with repeats or names"
                site.tell(faults.NOT_A_VALUE, other, what=what)
                failed = True
    return None if failed else steps


def _places(index: Index, site: Site) -> tuple[Place, ...] | None:
    """The places of an index, all of them whole numbers; None where one is not, which is reported."""
    values = []
    for part in expressions_in(index):
        value = constant(part, site, "an index of a column")
        if isinstance(value, Failed):
            return None
        values.append(value)
    entries = entries_of(index, values, site)
    if isinstance(entries, Failed):
        return None
    places: list[Place] = []
    for entry in entries:
        held = tuple(entry) if isinstance(entry, Places) else (entry,)
        if any(isinstance(size, Linear) for size in held):
            wanted = "of a column it holds whole numbers"
            site.tell(faults.BAD_PLACE, index, given=f"`{site.text(index)}`", wanted=wanted)
            return None
        places.append(held if isinstance(entry, Places) else entry)  # type: ignore[arg-type]  # no size is open
    return tuple(places)


def _is_literal(value: Value | None) -> bool:
    """Whether a name stands for a number, a text or a list, which it does before a column."""
    return isinstance(value, int | float | str | tuple)


def is_fitted(call: Call, piped: int = 0) -> bool:
    """Whether a call takes its numbers from the rows that are trained on; `one_hot` does not where it says how many.

    So many arguments are `piped` into it beside those that are written.
    """
    name = call.function.name.replace("-", "_")
    positional = piped + sum(argument.keyword is None for argument in call.arguments)
    says_classes = any(argument.keyword and argument.keyword.name == "classes" for argument in call.arguments)
    return name in FITTED and not (name == ONE_HOT and (positional > 1 or says_classes))


def _on_a_column(call: Call, site: Site) -> list[Expression | _Finish] | None:
    """The work for a call on a column: its operand, and what to do with it."""
    signature = {**FITTED, **ARRANGED}[call.function.name.replace("-", "_")]
    written = of_a_column(signature).parameters
    parameters, required = [each.name for each in written], [each.name for each in written if each.required]
    assigned = assign_arguments(signature.name, parameters, required, call.arguments, call.function, site)
    invocation = None if assigned is None else invoked(signature, assigned, call, site)
    if assigned is None or invocation is None:
        return None
    if signature.name == "scale" and invocation.number("low") >= invocation.number("high"):
        low = invocation.number("low")
        key, wanted, value = "scale: high", f"more than {low:g}, which `low` is", f"{invocation.number('high'):g}"
        site.tell(faults.OUT_OF_RANGE, call, key=key, wanted=wanted, value=value)
        return None
    operand = assigned[COLUMN.name]
    assert operand is not None  # nothing is piped into it: chains are calls by now
    return [_Finish(_column_step(invocation, site.span(call))), operand.value]


def _column_step(call: Invocation, span: Span) -> Fit | Windows:
    return Windows(call.integer("length"), span) if call.name in ARRANGED else Fit(call, span)


def _nested(chain: Chain) -> Expression | None:
    """A chain as the calls that it means; None where a stage is no plain call."""
    value = chain.first
    for stage in chain.stages:
        if isinstance(stage.target, Repeat) or stage.name is not None:
            return None
        target = stage.target
        function, rest = (target.function, target.arguments) if isinstance(target, Call) else (target, ())
        first = Argument(None, value, value.start, value.stop)
        value = Call(function, (first, *rest), stage.start, stage.stop)
    return value


def _operation(call: Call, site: Site) -> list[Expression | _Finish] | None:
    """The work for the call of an operation: what to evaluate, and what to apply after it."""
    name = call.function.name
    operation = find(name)
    if operation is None or operation.role != "operation":
        known = [*SOURCES, *FITTED, *ARRANGED, *(each.name for each in OPERATIONS.values() if each.role == "operation")]
        hint = elsewhere(name, "readers") or suggestion(name, known, what="readers and operations")
        site.tell(faults.UNKNOWN_CALL, call.function, name=name, hint=hint)
        return None
    parameters, required = parameters_of(operation, call.arguments)
    assigned = assign_arguments(name, parameters, required, call.arguments, call.function, site)
    if assigned is None:
        return None
    operation = form_called(operation, assigned)
    values = attribute_values(operation, assigned, site)
    if values is None or not _known(operation, assigned, values, call, site):
        return None
    operands = [assigned[slot] for slot in operation.slots(len(assigned)) if slot in assigned]
    apply = Apply(operation, len(operands), values, site.span(call))
    return [_Finish(apply), *(each.value for each in reversed(operands) if each is not None)]


def _known(
    operation: Operation,
    assigned: Mapping[str, Argument | None],
    values: tuple[AttributeValue, ...],
    call: Call,
    site: Site,
) -> bool:
    """Whether a call gives the same whenever it is made, and its settings hang on no rows; tells where not."""
    if operation.fed_as is not None:
        site.tell(faults.NOT_CONSTANT, call, what="a column", culprit=f"`{call.function.name}(...)`")
        return False
    for attribute, value in zip(operation.attributes, values, strict=True):
        given = assigned.get(attribute.name)
        if given is not None and (isinstance(value, Linear) or (isinstance(value, tuple) and holds_sizes(value))):
            site.tell(faults.NOT_A_VALUE, given.value, what=f"`{site.text(given.value)}`")
            return False
    return True
