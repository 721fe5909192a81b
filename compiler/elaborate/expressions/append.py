"""Values of an expression into nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from ....grammar.diagnostic import Note
from ....grammar.source import Span
from ....grammar.syntax import Expression
from ... import faults
from ...graph.graph import Node
from ...ops.attribute import AttributeValue, attribute_text
from ...ops.leaves import CONSTANT
from ...ops.operation import Operation
from ...ops.table import ELEMENT, LISTED
from ...shape import Clash, Linear, Shape, Type, shape_text
from ..budget import over_budget
from ..draft import Draft
from ..misuses import clash_of_shapes
from ..reporter import span_of
from ..scope import FAILED, Constant, Failed, NodeValue, Value, described
from .constants import holds_sizes, literal_shape


def append(
    draft: Draft,
    operation: Operation,
    operands: Sequence[Value],
    attributes: tuple[AttributeValue, ...],
    path: str,
    span: Span,
    written: Sequence[Expression | None] = (),
) -> Value:
    """One node; `written` are its operands as they stand in the text, where they do."""
    references = []
    for number, operand in enumerate(operands):
        if type(operand) is NodeValue:
            references.append(operand.index)
            continue
        part = written[number] if written else None
        place = span if part is None else span_of(span.source, part)
        counts = number < len(operation.operands) and operation.operands[number] in operation.indices
        found = _whole(draft, operand, place) if counts else reference(draft, operand, place)
        if found is not None:
            references.append(found)
    if len(references) < len(operands):
        return FAILED
    try:
        index = draft.builder.append(operation, tuple(references), attributes, draft.paths.take(path), span)
    except Clash as clash:
        clash_of_shapes(draft, clash, operation, references, span)
        return FAILED
    draft.check_budget(span)
    if operation.indices and (outside := _outside(draft.builder.nodes, index)) is not None:
        clash_of_shapes(draft, outside, operation, references, span)
        return FAILED
    return NodeValue(index)


def reference(draft: Draft, value: Value, span: Span) -> int | None:
    """The node of a value; constants become one. None where it cannot, which is reported."""
    match value:
        case NodeValue():
            return value.index
        case int() | float():
            return draft.builder.constant(float(value))
        case Linear():
            return draft.builder.size(value)
        case tuple() if holds_sizes(value):
            made = stacked(draft, value, "", span, [span] * len(value))
            return made.index if isinstance(made, NodeValue) else None
        case tuple():
            kind = Type("real", literal_shape(value))
            return draft.builder.literal(floats(value), kind, span)
        case Failed():
            return None
    draft.reporter.report(faults.NOT_A_VALUE, span, what=described(value))
    return None


def _outside(nodes: Sequence[Node], index: int) -> Clash | None:
    """What is wrong with a literal that counts elements, where one of its numbers has none."""
    node = nodes[index]
    indices = node.operation.values.indices
    types = tuple([nodes[operand].type for operand in node.inputs])
    found = None if indices is None else indices(types, node.attributes)
    literal = None if found is None else nodes[node.inputs[found[0]]]
    if found is None or literal is None or literal.operation is not CONSTANT or not isinstance(found[1], int):
        return None
    count = found[1]
    number = next((each for each in numbers_of(literal.attributes[0]) if not 0 <= each < count), None)
    if number is None:
        return None
    hint = f"they count from 0: the last is {count - 1}"
    return Clash(f"{node.operation.name}: there is no element {number} of {count}", operands=(0,), hint=hint)


def _whole(draft: Draft, value: Value, span: Span) -> int | None:
    """The node of a literal whose numbers are whole, of kind int; of any other value as `reference` has it."""
    if not isinstance(value, int | float | tuple) or (isinstance(value, tuple) and holds_sizes(value)):
        return reference(draft, value, span)
    literal = whole_numbers(value)
    if literal is None:
        draft.reporter.report(faults.FRACTION, span, given=attribute_text(value))
        return None
    return draft.builder.literal(literal, Type("int", literal_shape(literal)), span)


# --- lists ------------------------------------------------------------------------------------------------------


def stacked(draft: Draft, values: Sequence[Value], path: str, span: Span, places: Sequence[Span]) -> Value:
    """The node of values along a new first axis, int where all are whole; FAILED where shapes differ, reported."""
    if None in [reference(draft, value, place) for value, place in zip(values, places, strict=True) if _is_odd(value)]:
        return FAILED
    shapes = [_shape(draft, value) for value in values]
    shape = shapes[0]
    for other, place in zip(shapes, places, strict=True):
        if other != shape:
            note = Note(f"the first is {_extent(shape)}", places[0])
            draft.reporter.report(
                faults.UNEQUAL_ELEMENTS, place, notes=[note], first=_extent(shape), other=_extent(other)
            )
            return FAILED
    if over_budget(draft.limits, "rank", len(shape) + 1, span, draft.reporter):
        return FAILED
    counts = all(_is_whole(draft, value) for value in values)
    parts: list[Value] = []
    runs = [(fixed, tuple(run)) for fixed, run in groupby(values, _is_literal)]
    for fixed, run in runs:
        if fixed:
            literal, kind = (whole_numbers(run), "int") if counts else (floats(run), "real")  # type: ignore[arg-type]  # literals
            parts.append(NodeValue(draft.builder.literal(literal, Type(kind, (len(run), *shape)), span)))  # type: ignore[arg-type]  # one of two words
            continue
        for value in run:
            alone = len(runs) == len(run) == 1
            own = path if alone or not path else draft.paths.numbered(path, ELEMENT.name)
            parts.append(append(draft, ELEMENT, [value], ((1, *shape),), own, span))
    return parts[0] if len(parts) == 1 else append(draft, LISTED, parts, (0,), path, span)


def _is_odd(value: Value) -> bool:
    return not isinstance(value, NodeValue | int | float | Linear | tuple)


def _is_literal(value: Value) -> bool:
    return isinstance(value, int | float) or (isinstance(value, tuple) and not holds_sizes(value))


def _shape(draft: Draft, value: Value) -> Shape:
    if isinstance(value, NodeValue):
        return draft.builder.type(value.index).shape
    return literal_shape(value) if isinstance(value, tuple) else ()


def _extent(shape: Shape) -> str:
    return shape_text(shape) if shape else "a scalar"


def _is_whole(draft: Draft, value: Value) -> bool:
    if isinstance(value, NodeValue):
        return draft.builder.type(value.index).kind == "int"
    return isinstance(value, int) or (isinstance(value, tuple) and all(_is_whole(draft, each) for each in value))


# --- numbers ----------------------------------------------------------------------------------------------------


def numbers_of(value: object) -> Iterator[int]:
    """The numbers of a literal of whole ones, in order."""
    work = [value]
    while work:
        match work.pop():
            case tuple() as items:
                work += reversed(items)
            case int() as number:
                yield number


def whole_numbers(value: Constant) -> Any:
    """A literal with its numbers as ints; None where one has a fraction."""
    if not isinstance(value, tuple):
        return int(value) if float(value).is_integer() else None  # type: ignore[arg-type]  # a list holds numbers and lists alone
    items = [whole_numbers(item) for item in value]
    return None if None in items else tuple(items)


def floats(value: Constant) -> Any:
    """A literal with its numbers as floats."""
    if isinstance(value, tuple):
        return tuple(floats(item) for item in value)
    return float(value)  # type: ignore[arg-type]  # a list holds numbers and lists alone
