"""Declared types and the literal values that stand beside them."""

from typing import NamedTuple

from ....grammar.diagnostic import Note
from ....grammar.source import Span
from ....grammar.suggestion import suggestion
from ....grammar.syntax import Dots, Expression, Name, TypeAnnotation
from ... import faults
from ...graph.graph import Literal
from ...shape import MOST, Linear, Shape, Size, Type, beyond, shape_text, solve_size
from ..budget import Limits, over_budget
from ..scope import FAILED, Failed, Site
from .constants import constant, holds_sizes, literal_shape, whole

DOTS = "..."
"""Under which name a block's scope has the axes that `...` stands for; no text can spell it as one."""

NEAR = "did you mean"

LARGEST = f"no array has a size above {MOST:,}"
"""How a hint begins that names near spellings."""


class Written(NamedTuple):
    """A value as it is written, and where it stands: not always in the text that declares what has it."""

    expression: Expression
    site: Site

    @property
    def span(self) -> Span:
        return self.site.span(self.expression)


class Declaration(NamedTuple):
    """What is declared: a name, the type as it is written, if it is, and where."""

    name: Name
    annotation: TypeAnnotation | None
    site: Site


def declared_shape(annotation: TypeAnnotation, site: Site, limits: Limits) -> Shape | None:
    """The shape that a declaration gives; None where a size is faulty, which is reported."""
    written = annotation.sizes or ()
    if over_budget(limits, "rank", len(written), site.span(annotation), site.reporter):
        return None
    sizes = [_axes(part, site) if isinstance(part, Dots) else _size(part, site) for part in written]
    if None in sizes:
        return None
    return tuple(size for each in sizes for size in (each if isinstance(each, tuple) else (each,)))  # type: ignore[misc]  # none is None


def _axes(dots: Dots, site: Site) -> Shape | None:
    """The axes that `...` stands for in a block that takes some."""
    value = site.scope.lookup(DOTS)
    if value is None:
        site.tell(faults.MISPLACED_DOTS, dots)
    return value if isinstance(value, tuple) else None  # type: ignore[return-value]  # sizes


def _size(expression: Expression, site: Site) -> Size | None:
    scope = site.scope
    if isinstance(expression, Name) and expression.name[-1] != "]" and scope.lookup(expression.name) is None:
        if not scope.excused(expression.name):
            near = suggestion(expression.name, scope.known, what="names")
            hint = near if near.startswith(NEAR) else f"`dim {expression.name}` declares a size that the data give"
            site.tell(faults.UNKNOWN_SIZE, expression, name=expression.name, hint=hint)
        return None
    value = constant(expression, site, "a size")
    if isinstance(value, Failed):
        return None
    size = whole(value)
    if size is None or (isinstance(size, int) and size < 1) or beyond(size):
        said = f'"{value}"' if isinstance(value, str) else value
        largest = LARGEST if size is not None and beyond(size) else None
        site.tell(faults.BAD_SIZE, expression, value=said, hint=largest)
        return None
    return size


def typed_literal(
    declaration: Declaration, written: Written | None, limits: Limits, *, fills: bool
) -> tuple[Literal | None, Type | None]:
    """A literal value and the type of what it is declared for; `fills`: a scalar may fill any shape.

    The type is None where there is a fault, which is reported.
    """
    value = None if written is None else literal(written)
    shape: Shape | None = () if value is None or isinstance(value, Failed) else literal_shape(value)
    annotation = declaration.annotation
    if annotation is not None:
        shape = declared_shape(annotation, declaration.site, limits)
    if shape is None or isinstance(value, Failed):
        return None, None
    type_ = Type("real" if annotation is None else annotation.kind, shape)
    if written is None or value is None or (fills and not isinstance(value, tuple)):
        return value, type_
    given = literal_shape(value)
    if annotation is not None and not _fits(shape, given):
        written.site.tell(
            faults.WRONG_SHAPE,
            written.expression,
            name=declaration.name.name,
            declared=shape_text(shape) if shape else "a scalar",
            given=shape_text(given) if given else "a scalar",
            notes=[Note("declared here", declaration.site.span(annotation))],
        )
        return None, None
    if type_.kind == "int":
        value = _integers(value, declaration.name.name, written)
        return value, None if value is None else type_
    return value, type_


def literal(written: Written) -> Literal | Failed:
    """The number or list that an expression is."""
    value = constant(written.expression, written.site, "a literal")
    if isinstance(value, str | Linear) or (isinstance(value, tuple) and holds_sizes(value)):
        what = "a text" if isinstance(value, str) else "a size"
        written.site.tell(faults.NOT_A_VALUE, written.expression, what=what)
        return FAILED
    return value  # type: ignore[return-value]  # no size is in it


def _integers(value: Literal, name: str, written: Written) -> Literal | None:
    """A literal with its numbers as ints; one that is not whole is reported."""
    if isinstance(value, tuple):
        items: list[Literal] = []
        for each in value:
            item = _integers(each, name, written)
            if item is None:
                return None
            items.append(item)
        return tuple(items)
    number = whole(value)
    if not isinstance(number, int) or abs(number) >= 2**63:
        written.site.tell(faults.NOT_WHOLE, written.expression, name=name, value=value)
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
