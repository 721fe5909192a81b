"""Values of an expression into nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...grammar.source import Span
from ...grammar.syntax import Expression
from .. import faults
from ..graph.graph import Node
from ..ops.attribute import AttributeValue, attribute_text
from ..ops.leaves import CONSTANT
from ..ops.operation import Operation
from ..shape import Clash, Linear, Type
from .constants import literal_shape
from .draft import Draft
from .misuses import clash_of_shapes
from .reporter import span_of
from .scope import FAILED, Constant, Failed, NodeValue, Value, described


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
    if not isinstance(value, int | float | tuple):
        return reference(draft, value, span)
    literal = whole_numbers(value)
    if literal is None:
        draft.reporter.report(faults.FRACTION, span, given=attribute_text(value))
        return None
    return draft.builder.literal(literal, Type("int", literal_shape(literal)), span)


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
