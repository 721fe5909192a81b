"""States, and the rules by which they change: leaves of the graph, each with a node for its next value."""

from __future__ import annotations

from dataclasses import replace

from ...grammar.diagnostic import Note, shown
from ...grammar.suggestion import suggestion
from ...grammar.syntax import Name, Next, State
from .. import faults
from ..graph.graph import Graph, Literal, StateDeclaration
from ..graph.signatures import Invocation
from ..ops.leaves import PARAM, STATE
from ..shape import Shape, Type, shape_text
from . import state_faults
from .calls.initial_values import initial_value
from .draft import Draft
from .expressions.evaluate import node_of
from .expressions.literals import Declaration, Written, declared_shape
from .reporter import Reporter
from .scope import FAILED, Failed, InitialiserValue, NodeValue, Site, kind_of
from .statements import affordable, is_own, written_value

FOLLOWING = "next"
"""What the path of a state's next value ends in."""


def state(draft: Draft, statement: State, site: Site) -> None:
    """`state seen: [C] = zeros()`, `state target = W`."""
    path, span = site.scope.joined(statement.name.name), site.span(statement)
    if draft.shared.in_scan:
        site.tell(state_faults.STATE_IN_SCAN, statement, name=statement.name.name)
        draft.define(statement.name, FAILED, site)
        return
    if not is_own(draft, statement, path, site):
        return
    written = written_value(draft, path, statement.value, site)
    assert written is not None  # a state has a value
    declaration = Declaration(statement.name, statement.type, site)
    found = _start(draft, declaration, written)
    if statement.type is not None and statement.type.kind == "int":
        site.tell(state_faults.INT_STATE, statement.type, name=path)
        found = None
    if found is None or not affordable(draft, found[1].shape, span):
        draft.define(statement.name, FAILED, site)
        return
    index = draft.builder.state(draft.paths.take(path), found[1], span)
    draft.states[path] = StateDeclaration(index, found[0])
    draft.shared.declared(path)
    draft.define(statement.name, NodeValue(index), site)
    draft.document(path, statement.doc)


def _start(draft: Draft, declaration: Declaration, written: Written) -> tuple[Invocation | Literal | str, Type] | None:
    """What a state starts from, and its type; None where there is a fault, which is reported."""
    expression = written.expression
    if isinstance(expression, Name) and (param := _named(draft, expression.name, written.site)) is not None:
        return None if isinstance(param, Failed) else _copy(draft, declaration, written, param)
    return initial_value(declaration, written, draft.limits)


def _named(draft: Draft, name: str, site: Site) -> int | Failed | None:
    """The node that a state's start names; None where it names none."""
    value = site.scope.lookup(name)
    if isinstance(value, NodeValue):
        return value.index
    if value is not None and not isinstance(value, InitialiserValue):
        return value if isinstance(value, Failed) else None
    path = site.scope.joined(name)
    declared = draft.params.get(path) or draft.params.get(draft.aliases.get(path, ""))
    return None if declared is None else declared.index


def _copy(draft: Draft, declaration: Declaration, written: Written, index: int) -> tuple[str, Type] | None:
    """The path of a param that a state is a copy of at first, and its type."""
    node, site = draft.builder.nodes[index], written.site
    if node.operation is not PARAM:
        what = {"input": "an input", "state": "a state"}.get(node.operation.name, kind_of(NodeValue(index)))
        site.tell(state_faults.COPY_OF_NO_PARAM, written.expression, name=site.text(written.expression), what=what)
        return None
    if declaration.annotation is None:
        return node.path, node.type
    shape = declared_shape(declaration.annotation, declaration.site, draft.limits)
    if shape is None:
        return None
    if shape != node.type.shape:
        site.tell(
            faults.WRONG_SHAPE,
            written.expression,
            name=declaration.name.name,
            declared=_shown(shape),
            given=_shown(node.type.shape),
            notes=[Note("declared here", declaration.site.span(declaration.annotation))],
        )
        return None
    return node.path, node.type


def following(draft: Draft, statement: Next, site: Site) -> None:
    """`next seen = expression`."""
    name, scope = statement.name.name, site.scope
    if draft.shared.gives:  # the call whose states they are has the rule
        return
    path = scope.joined(name)
    value = scope.values.get(name)
    rule = f"{FOLLOWING} {name}"  # no name of a text has a space
    if rule in scope.places:
        first = Note("the first one", scope.places[rule])
        site.tell(state_faults.NEXT_TWICE, statement.name, name=name, notes=[first])
        return
    scope.places[rule] = site.span(statement.name)
    declared = draft.states.get(path)
    if not isinstance(value, Failed) and (declared is None or value != NodeValue(declared.index)):
        hint = _meant(draft, name, site)
        site.tell(state_faults.NEXT_WITHOUT_STATE, statement.name, name=name, hint=hint)
        return
    found = node_of(draft, site, statement.value, f"{path}.{FOLLOWING}", f"{path}.{FOLLOWING}")
    draft.document(f"{path}.{FOLLOWING}", statement.doc)
    if declared is None or not isinstance(found, NodeValue):
        return
    index = _real(draft, found.index)
    given, wanted = draft.builder.type(index), draft.builder.type(declared.index)
    if given.shape != wanted.shape:
        note = Note("the state is declared here", draft.builder.nodes[declared.index].span)
        site.tell(
            state_faults.NEXT_SHAPE,
            statement.value,
            name=name,
            given=_shown(given.shape),
            declared=_shown(wanted.shape),
            notes=[note],
        )
        return
    draft.states[path] = replace(declared, next=index)


def _meant(draft: Draft, name: str, site: Site) -> str | None:
    """What to do about a rule for what is no state of this block or file."""
    value, scope = site.scope.lookup(name), site.scope
    node = draft.builder.nodes[value.index] if isinstance(value, NodeValue) else None
    if node is not None and node.operation is PARAM:
        return f"`{shown(name)}` is a param: training changes it"
    if node is not None and node.operation is STATE:
        return f"`{shown(name)}` was passed in: its rule stands where it is declared"
    if value is not None:
        return f"`{shown(name)}` is no state: declare one, `state seen = 0`"
    known = [each.rpartition(".")[2] for each in draft.states if scope.joined(each.rpartition(".")[2]) == each]
    return suggestion(name, known, what="states") if known else None


def _real(draft: Draft, index: int) -> int:
    """A node as a real, which a state is."""
    return draft.builder.as_real(index) if draft.builder.type(index).kind == "int" else index


def check_shapes(graph: Graph, reporter: Reporter) -> None:
    """Reports states whose shape has a dim that counts rows: one that an input's first axis has."""
    firsts = [graph.nodes[each.index].type.shape[:1] for each in graph.inputs.values()]
    rows = {name for shape in firsts for size in shape if not isinstance(size, int) for name, _ in size.terms}
    for path, declaration in graph.states.items() if rows else ():
        node = graph.nodes[declaration.index]
        sizes = [size for size in node.type.shape if not isinstance(size, int)]
        found = next((name for size in sizes for name, _ in size.terms if name in rows), None)
        if found is not None:
            shape = shape_text(node.type.shape)
            reporter.report(state_faults.STATE_OF_ROWS, node.span, name=path, shape=shape, dim=found)


def _shown(shape: Shape) -> str:
    return shape_text(shape) if shape else "a scalar"
