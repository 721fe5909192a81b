"""Arguments of a call of a block: bound to its parameters, with the sizes that their patterns read off them."""

from __future__ import annotations

from collections.abc import Mapping

from ...grammar.diagnostic import Note
from ...grammar.source import Span
from ...grammar.syntax import Parameter
from .. import faults
from ..elaborate.draft import Draft
from ..elaborate.expressions.append import reference
from ..elaborate.expressions.evaluate import argument_of
from ..elaborate.expressions.literals import DOTS
from ..elaborate.scope import FAILED, BlockValue, Failed, NodeValue, Value
from ..elaborate.site import Site
from ..shape import Linear, shape_text
from .patterns import axes_of, solve_pattern


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
