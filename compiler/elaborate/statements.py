"""Statements into nodes: declarations, calls, the tables that they fill, and the outputs of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...grammar.source import Span
from ...grammar.suggestion import suggestion
from ...grammar.syntax import Const, Expression, Input, Node, Output, Param, State, Statement
from .. import faults
from ..graph.graph import GraphBuilder, InputDeclaration, ParamDeclaration
from ..shape import Clash, Shape, product, shape_text
from .calls.initial_values import initial_value
from .calls.sharing import Sharing
from .draft import Draft
from .expressions.constants import constant
from .expressions.evaluate import nodes_of
from .expressions.literals import Declaration, Written, declared_shape, typed_literal
from .scope import FAILED, Failed, NodeValue, Scope, Site, Value, described
from .settings import settle


def node(draft: Draft, statement: Node, site: Site) -> None:
    """`y = expression`, `a, b = call(...)`."""
    paths = [site.scope.joined(name.name) for name in statement.names]
    values = nodes_of(draft, site, statement.value, paths)
    if len(values) != len(statement.names):
        if not isinstance(values[0], Failed):
            _report_count(statement, len(values), site)
        values = [FAILED] * len(statement.names)
    for name, path, value in zip(statement.names, paths, values, strict=True):
        draft.define(name, value, site)
        draft.document(path, statement.doc)


def _report_count(statement: Node, count: int, site: Site) -> None:
    site.tell(
        faults.WRONG_COUNT_OF_VALUES,
        statement,
        wanted=f"{len(statement.names)} name{'s' * (len(statement.names) != 1)} on the left",
        given=f"{count} value{'s' * (count != 1)} on the right",
    )


def const(draft: Draft, statement: Const, site: Site) -> None:
    """`const name = value`."""
    value: Value = constant(statement.value, site, f"const `{statement.name.name}`")
    path = site.scope.joined(statement.name.name)
    if (replacement := draft.settings.take(path)) is not None:
        value = settle(replacement, draft.reporter, text=isinstance(value, str))
    draft.define(statement.name, value, site)
    draft.document(path, statement.doc)


def input(draft: Draft, statement: Input, site: Site) -> None:
    """`input x: [N, 3]`, `input price = 100`."""
    name = statement.name.name
    declaration = Declaration(statement.name, statement.type, site)
    written = written_value(draft, name, statement.default, site)
    default, type_ = typed_literal(declaration, written, draft.limits, fills=False)
    if type_ is None:
        draft.define(statement.name, FAILED, site)
        return
    index = draft.builder.input(name, type_, site.span(statement))
    draft.inputs[name] = InputDeclaration(index, default)
    draft.define(statement.name, NodeValue(index), site)
    draft.document(name, statement.doc)


def param(draft: Draft, statement: Param, site: Site) -> None:
    """`param W: [784, hidden] = he()`, `param w = 0.5`."""
    written_path, span = site.scope.joined(statement.name.name), site.span(statement)
    path = written_path
    if not is_own(draft, statement, path, site):
        return
    if draft.shared.open:
        path = draft.shared.owned(written_path)
        if path != written_path:
            draft.shared.params[written_path] = path
    written = written_value(draft, path, statement.value, site)
    assert written is not None  # a param has a value
    found = initial_value(Declaration(statement.name, statement.type, site), written, draft.limits)
    if statement.type is not None and statement.type.kind == "int":
        site.tell(faults.INT_PARAM, statement.type, name=path)
        found = None
    if found is None or not affordable(draft, found[1].shape, span):
        draft.define(statement.name, FAILED, site)
        return
    index = draft.builder.param(draft.paths.take(path), found[1], span)
    draft.params[path] = ParamDeclaration(index, found[0])
    draft.shared.declared(path)
    draft.define(statement.name, NodeValue(index), site, path)
    draft.document(path, statement.doc)


def is_own(draft: Draft, statement: Param | State, path: str, site: Site) -> bool:
    """Whether a param or a state is to be made here, and is not another call's; none is a claim's or a section's."""
    if draft.shared.open:
        draft.paths.take(path)  # what stands beside it is called alike in all calls that share it
        if (shared := draft.shared.given()) is not None:
            _shared(draft, statement, *shared, site)
            return False
    if draft.closed:
        kind = "param" if isinstance(statement, Param) else "state"
        site.tell(faults.LATE_PARAM, statement, name=statement.name.name, kind=kind)
        draft.define(statement.name, FAILED, site)
        return False
    return True


def _shared(draft: Draft, statement: Param | State, giver: Sharing, path: str | None, site: Site) -> None:
    """A param or a state that is one of another call's: the one that was declared there in its place."""
    name, reason = statement.name.name, None
    declared, what = (draft.params, "params") if isinstance(statement, Param) else (draft.states, "states")
    if path is None or path not in declared or re.split(r"[.\]]", path)[-1] != name:
        reason = f"it declares other {what}, `{name}` among them"
    elif giver.like and statement.type is not None:
        shape = declared_shape(statement.type, site, draft.limits)
        known = draft.builder.type(declared[path].index).shape
        if shape is not None and shape != known:
            reason = f"its `{name}` would be {shape_text(shape)}, and `{path}` is {shape_text(known)}"
    if path is None or reason is not None:
        giver.tell(str(reason), draft.reporter)
        draft.define(statement.name, FAILED, site)
        return
    written = site.scope.joined(name)
    draft.shared.params |= {written: path, draft.shared.owned(written): path}
    draft.define(statement.name, NodeValue(declared[path].index), site, path)


def written_value(draft: Draft, path: str, expression: Expression | None, site: Site) -> Written | None:
    """The value that the text gives, or the one that stands in for it."""
    if (setting := draft.settings.take(path)) is not None:
        return Written(setting.expression, setting.site(draft.reporter))
    return None if expression is None else Written(expression, site)


def affordable(draft: Draft, shape: Shape, span: Span) -> bool:
    """Whether what a model keeps stays within the limits with one more of that shape; else it is reported."""
    try:
        count = product(shape)
    except Clash:
        return True
    return not isinstance(count, int) or draft.budget.affords_parameter(count, span)


def outputs_of(statements: Iterable[Statement], site: Site, builder: GraphBuilder) -> dict[str, int]:
    """The outputs of a file by name, in the order of the text: nodes that are marked, else those that feed nothing."""
    scope = site.scope
    marked = [statement for statement in statements if isinstance(statement, Output)]
    if not marked:
        return _unused(statements, scope, builder)
    outputs: dict[str, int] = {}
    for name in (name for statement in marked for name in statement.names):
        value = scope.values.get(name.name)
        if isinstance(value, NodeValue):
            outputs[name.name] = value.index
        elif value is None:
            nodes = [each for each, value in scope.values.items() if isinstance(value, NodeValue)]
            hint = suggestion(name.name, nodes, what="nodes")
            site.tell(faults.UNKNOWN_NAME, name, name=name.name, hint=hint)
        elif not isinstance(value, Failed):
            site.tell(faults.NOT_A_VALUE, name, what=f"{described(value)}, `{name.name}`,")
    return outputs


def _unused(statements: Iterable[Statement], scope: Scope, builder: GraphBuilder) -> dict[str, int]:
    used = {operand for node in builder for operand in node.inputs}
    outputs: dict[str, int] = {}
    for statement in statements:
        for name in statement.names if isinstance(statement, Node) else ():
            value = scope.values.get(name.name)
            if isinstance(value, NodeValue) and value.index not in used:
                outputs[name.name] = value.index
    return outputs
