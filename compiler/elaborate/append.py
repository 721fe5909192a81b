"""Values of an expression into nodes of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...grammar.source import Span
from ...grammar.syntax import Expression
from .. import faults
from ..ops.attribute import AttributeValue
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
        found = reference(draft, operand, span if part is None else span_of(span.source, part))
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


def floats(value: Constant) -> Any:
    """A literal with its numbers as floats."""
    if isinstance(value, tuple):
        return tuple(floats(item) for item in value)
    return float(value)  # type: ignore[arg-type]  # a list holds numbers and lists alone
