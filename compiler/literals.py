"""Declared types and the literal values that stand beside them."""

from typing import NamedTuple

from ..grammar.diagnostic import Note
from ..grammar.source import Source, Span
from ..grammar.suggestion import suggestion
from ..grammar.syntax import Expression, Name, TypeAnnotation
from . import faults
from .constants import constant, literal_shape, whole
from .graph import Literal
from .limits import Limits, over_budget
from .reporter import Reporter, span_of
from .shape import MOST, Linear, Shape, Size, Type, beyond, shape_text, solve_size
from .values import FAILED, Failed, Scope

NEAR = "did you mean"

LARGEST = f"no array has a size above {MOST:,}"
"""How a hint begins that names near spellings."""


class Written(NamedTuple):
    """An expression, the text that it stands in, and the scope of its names."""

    expression: Expression
    scope: Scope
    source: Source

    @property
    def span(self) -> Span:
        return span_of(self.source, self.expression)


class Declaration(NamedTuple):
    """What is declared: a name, the type as it is written, if it is, and where."""

    name: Name
    annotation: TypeAnnotation | None
    scope: Scope
    source: Source


def declared_shape(
    annotation: TypeAnnotation, scope: Scope, source: Source, reporter: Reporter, limits: Limits
) -> Shape | None:
    """The shape that a declaration gives; None where a size is faulty, which is reported."""
    written = annotation.sizes or ()
    if over_budget(limits, "rank", len(written), span_of(source, annotation), reporter):
        return None
    sizes = [_size(Written(expression, scope, source), reporter) for expression in written]
    known = tuple(size for size in sizes if size is not None)
    return known if len(known) == len(written) else None


def _size(written: Written, reporter: Reporter) -> Size | None:
    expression, scope, _ = written
    if isinstance(expression, Name) and scope.lookup(expression.name) is None:
        if not scope.excused(expression.name):
            near = suggestion(expression.name, scope.known, what="names")
            hint = near if near.startswith(NEAR) else f"`dim {expression.name}` declares a size that the data give"
            reporter.report(faults.UNKNOWN_SIZE, written.span, name=expression.name, hint=hint)
        return None
    value = constant(expression, scope, written.source, reporter, "a size")
    if isinstance(value, Failed):
        return None
    size = whole(value)
    if size is None or (isinstance(size, int) and size < 1) or beyond(size):
        said = f'"{value}"' if isinstance(value, str) else value
        largest = LARGEST if size is not None and beyond(size) else None
        reporter.report(faults.BAD_SIZE, written.span, value=said, hint=largest)
        return None
    return size


def typed_literal(
    declaration: Declaration, written: Written | None, reporter: Reporter, limits: Limits, *, fills: bool
) -> tuple[Literal | None, Type | None]:
    """A literal value and the type of what it is declared for; `fills`: a scalar may fill any shape.

    The type is None where there is a fault, which is reported.
    """
    value = None if written is None else literal(written, reporter)
    shape: Shape | None = () if value is None or isinstance(value, Failed) else literal_shape(value)
    annotation = declaration.annotation
    if annotation is not None:
        shape = declared_shape(annotation, declaration.scope, declaration.source, reporter, limits)
    if shape is None or isinstance(value, Failed):
        return None, None
    type_ = Type("real" if annotation is None else annotation.kind, shape)
    if written is None or value is None or (fills and not isinstance(value, tuple)):
        return value, type_
    given = literal_shape(value)
    if annotation is not None and not _fits(shape, given):
        reporter.report(
            faults.WRONG_SHAPE,
            written.span,
            name=declaration.name.name,
            declared=shape_text(shape) if shape else "a scalar",
            given=shape_text(given) if given else "a scalar",
            notes=[Note("declared here", span_of(declaration.source, annotation))],
        )
        return None, None
    if type_.kind == "int":
        value = _integers(value, declaration.name.name, written.span, reporter)
        return value, None if value is None else type_
    return value, type_


def literal(written: Written, reporter: Reporter) -> Literal | Failed:
    """The number or list that an expression is."""
    value = constant(written.expression, written.scope, written.source, reporter, "a literal")
    if isinstance(value, str | Linear):
        what = "a text" if isinstance(value, str) else "a size"
        reporter.report(faults.NOT_A_VALUE, written.span, what=what)
        return FAILED
    return value


def _integers(value: Literal, name: str, span: Span, reporter: Reporter) -> Literal | None:
    """A literal with its numbers as ints; one that is not whole is reported."""
    if isinstance(value, tuple):
        items: list[Literal] = []
        for each in value:
            item = _integers(each, name, span, reporter)
            if item is None:
                return None
            items.append(item)
        return tuple(items)
    number = whole(value)
    if not isinstance(number, int) or abs(number) >= 2**63:
        reporter.report(faults.NOT_WHOLE, span, name=name, value=value)
        return None
    return number


def _fits(shape: Shape, given: tuple[int, ...]) -> bool:
    """Whether a literal's shape can be that of a declaration, whose dims may still take any size."""
    if len(shape) != len(given):
        return False
    return all(
        declared == size
        if isinstance(declared, int)
        else len(declared.terms) > 1 or solve_size(declared, size) is not None
        for declared, size in zip(shape, given, strict=True)
    )
