"""Values of an expression into nodes of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..grammar.source import Source, Span
from ..grammar.syntax import Expression
from . import faults
from .constants import literal_shape
from .misuses import clash_of_shapes
from .ops.attribute import AttributeValue
from .ops.operation import Operation
from .reporter import span_of
from .shape import Clash, Linear, Type
from .values import FAILED, Constant, Failed, NodeValue, Scope, Value, described

if TYPE_CHECKING:
    from .elaborate import Elaborator


class Appender:
    """Makes the nodes that an expression of one scope asks for."""

    def __init__(self, elaborator: Elaborator, scope: Scope, source: Source) -> None:
        self.elaborator = elaborator
        self.builder = elaborator.builder
        self.reporter = elaborator.reporter
        self.scope = scope
        self.source = source

    def append(
        self,
        operation: Operation,
        operands: list[Value],
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
            reference = self.reference(operand, span if part is None else span_of(self.source, part))
            if reference is not None:
                references.append(reference)
        if len(references) < len(operands):
            return FAILED
        try:
            index = self.builder.append(
                operation, tuple(references), attributes, self.elaborator.paths.take(path), span
            )
        except Clash as clash:
            clash_of_shapes(self, clash, operation, references, span)
            return FAILED
        self.elaborator.within_budget(span)
        return NodeValue(index)

    def reference(self, value: Value, span: Span) -> int | None:
        """The node of a value; constants become one. None where it cannot, which is reported."""
        match value:
            case NodeValue():
                return value.index
            case int() | float():
                return self.builder.constant(float(value))
            case Linear():
                return self.builder.size(value)
            case tuple():
                kind = Type("real", literal_shape(value))
                return self.builder.literal(floats(value), kind, span)
            case Failed():
                return None
        self.reporter.report(faults.NOT_A_VALUE, span, what=described(value))
        return None


def floats(value: Constant) -> Any:
    """A literal with its numbers as floats."""
    if isinstance(value, tuple):
        return tuple(floats(item) for item in value)
    return float(value)  # type: ignore[arg-type]  # a list holds numbers and lists alone
