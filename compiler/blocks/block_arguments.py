"""Arguments of a call of a block: bound to its parameters, with the sizes that their patterns read off them.

A pattern is a shape in a signature: `x: [N, 2*I + 1]` gives N and I their sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...grammar.diagnostic import Note
from ...grammar.source import Span
from ...grammar.syntax import Dots, Expression, Parameter
from .. import faults
from ..elaborate.draft import Draft
from ..elaborate.expressions.append import reference
from ..elaborate.expressions.constants import constant, whole
from ..elaborate.expressions.evaluate import argument_of
from ..elaborate.expressions.literals import DOTS
from ..elaborate.order import names_in
from ..elaborate.scope import FAILED, BlockValue, Failed, NodeValue, Scope, Site, Value
from ..shape import Linear, Shape, Size, add_sizes, dimension, multiply_sizes, shape_text, solve_size

UNKNOWN = "?"
"""Stands before a name while it is solved for: it is none of the caller's dims, even if one is called the same."""


def bind(draft: Draft, callee: BlockValue, given: Mapping[str, Value], site: Site, span: Span) -> bool:
    """Enters a call's arguments into the scope of its body, defaults filled in; False where one does not fit.

    `site` is the block's own, `span` the call.
    """
    scope = site.scope
    for parameter in callee.block.parameters:
        name = parameter.name.name
        value = given.get(name)
        if value is None:
            assert parameter.default is not None  # the call was checked against what is required
            value = argument_of(draft, site, parameter.default, scope.path)
        if parameter.type is not None and not isinstance(value, Failed):
            value = _matched(draft, callee, parameter, value, site, span)
        if isinstance(value, Failed):
            return False
        scope.values[name] = value
        scope.places[name] = site.span(parameter)
    return True


def _matched(
    draft: Draft, callee: BlockValue, parameter: Parameter, value: Value, site: Site, span: Span
) -> NodeValue | Failed:
    """An argument as a node whose type fits the parameter's pattern; binds the pattern's new names."""
    node = reference(draft, value, span)
    if node is None:
        return FAILED
    annotation, scope = parameter.type, site.scope
    assert annotation is not None  # only typed parameters come here
    type_ = draft.builder.type(node)
    sizes = annotation.sizes or ()
    found = axes_of(sizes, type_.shape)
    fits = found is not None and (type_.kind == annotation.kind or annotation.kind == "real")
    for pattern, size in found or ():
        if not fits:
            break
        if isinstance(size, tuple):
            fits = scope.values.setdefault(DOTS, size) == size
            continue
        solution = solve_pattern(pattern, size, site)
        if isinstance(solution, Failed):
            return FAILED
        fits = solution is not None
        for name, solved in (solution or {}).items():
            scope.values[name] = solved
            scope.places[name] = site.span(pattern)
    if fits:
        return NodeValue(node)
    _report_clash(draft, callee, parameter, node, site, span)
    return FAILED


def _report_clash(draft: Draft, callee: BlockValue, parameter: Parameter, node: int, site: Site, span: Span) -> None:
    values = site.scope.values
    bound = [f"{name} = {size}" for name, size in values.items() if isinstance(size, int | Linear)]
    if isinstance(axes := values.get(DOTS), tuple):
        bound.append(f"`...` is {shape_text(axes)}")  # type: ignore[arg-type]  # sizes
    notes = [Note("the pattern stands here", site.span(parameter))]
    if (origin := draft.origin(node)) is not None:
        notes.append(Note("the argument comes from here", origin))
    draft.reporter.report(
        faults.PATTERN_CLASH,
        span,
        block=callee.block.name.name,
        name=parameter.name.name,
        declared=site.text(parameter.type),
        given=str(draft.builder.type(node)),
        hint=f"bound before it: {', '.join(bound)}" if bound else None,
        notes=notes,
    )


# --- patterns ---------------------------------------------------------------------------------------------------


def unknown_of(pattern: Expression, site: Site) -> str | Failed | None:
    """The one new name of a pattern, None where all of its names are bound. Several are reported.

    A name is new unless the signature itself, left of here, has bound it.
    """
    unknown = [name for name in dict.fromkeys(names_in(pattern)) if name not in site.scope.values]
    if len(unknown) < 2:
        return unknown[0] if unknown else None
    message = f"`{unknown[0]}` and `{unknown[1]}` are both unknown: a size is solved for one"
    site.tell(faults.NOT_LINEAR, pattern, message=message)
    return FAILED


def axes_of(patterns: Sequence[Expression], shape: Shape) -> list[tuple[Expression, Size | Shape]] | None:
    """Each pattern with its size, `...` with the axes that are left to it; None where there are too few or too many."""
    place = next((number for number, each in enumerate(patterns) if isinstance(each, Dots)), None)
    if place is None:
        return list(zip(patterns, shape, strict=True)) if len(patterns) == len(shape) else None
    after = len(patterns) - place - 1
    stop = len(shape) - after
    if stop < place:
        return None
    ends = list(zip((*patterns[:place], *patterns[place + 1 :]), (*shape[:place], *shape[stop:]), strict=True))
    return [*ends[:place], (patterns[place], shape[place:stop]), *ends[place:]]


def solve_pattern(pattern: Expression, size: Size, site: Site) -> Mapping[str, Size] | Failed | None:
    """What the new name of a pattern must be so that it equals the size; None where nothing makes it so.

    FAILED where the pattern itself is faulty, which is reported.
    """
    unknown = unknown_of(pattern, site)
    if isinstance(unknown, Failed):
        return FAILED
    scope = site.scope
    inner = Scope(scope.unit, scope.path, scope)
    if unknown is not None:
        inner.values[unknown] = dimension(UNKNOWN + unknown)
    value = constant(pattern, site.inside(inner), "a size")
    if isinstance(value, Failed):
        return FAILED
    wanted = whole(value)
    if wanted is None:
        site.tell(faults.BAD_SIZE, pattern, value=value)
        return FAILED
    if unknown is None:
        return {} if wanted == size else None
    marker = UNKNOWN + unknown
    coefficient = 0 if isinstance(wanted, int) else dict(wanted.terms).get(marker, 0)
    if not coefficient:
        message = f"`{unknown}` cancels out of this size, so that nothing says what it is"
        site.tell(faults.NOT_LINEAR, pattern, message=message)
        return FAILED
    term = Linear(((marker, coefficient),))
    others = add_sizes(wanted, multiply_sizes(term, -1))
    solution = solve_size(term, add_sizes(size, multiply_sizes(others, -1)))
    if solution is None:
        return None
    found = solution[marker]
    return None if isinstance(found, int) and found < 1 else {unknown: found}
