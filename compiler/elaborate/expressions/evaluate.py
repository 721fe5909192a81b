"""Evaluation of an expression into nodes: an explicit stack, operands before operations, left to right."""

from __future__ import annotations

from collections.abc import Sequence

from ....grammar.source import Span
from ....grammar.syntax import Call, Chain, Dots, Expression, Index, Infix, List, Name, Negative, Number, Stage, Text
from ... import faults
from ...ops.operation import Operation
from ...ops.table import INFIX, NEGATIVE, SAME
from ..calls.begin import begin_call
from ..draft import Draft
from ..misuses import unknown_name
from ..scope import FAILED, BlockValue, Failed, InitialiserValue, NodeValue, Site, Value, callee
from ..written_paths import value_at
from .append import append, reference
from .chains import chain, stages
from .constants import constant, is_constant
from .indices import index_of_path, index_value, is_index
from .lists import begin_list
from .stack import Stack

DERIVATIVE = "d()/d()"
"""How `d(y)/d(x)` stands among calls once it is recognised; no text can spell it."""


def value_of(draft: Draft, site: Site, expression: Expression, path: str) -> Value:
    """The value of an expression, of whatever kind; only calls and arithmetic make nodes."""
    return _value(_stack(draft, site, path, path), expression)


def argument_of(draft: Draft, site: Site, expression: Expression, path: str) -> Value:
    """The value of an argument of a block."""
    return _stack(draft, site, path, path).run(_visit_argument, expression)


def node_of(draft: Draft, site: Site, expression: Expression, statement: str, root: str) -> Value:
    """The value of an expression as a node called `root`: what is none yet, a bare name too, becomes an identity."""
    return _node(_stack(draft, site, statement, root), expression)


def nodes_of(draft: Draft, site: Site, expression: Expression, paths: Sequence[str]) -> list[Value]:
    """The nodes of a statement that has names: one, or as many as its last call returns."""
    stack = _stack(draft, site, paths[0], paths[0], paths)
    value = _node(stack, expression)
    return stack.several or [value]


def through(draft: Draft, site: Site, each: Sequence[Stage], piped: Value, path: str) -> Value:
    """A value put through stages, the last of which is called by the path."""
    stack = _stack(draft, site, path, path)
    stack.values.append(piped)
    return stack.run(stages, (each, 0, path))


def _stack(draft: Draft, site: Site, statement: str, root: str, names: Sequence[str] = ()) -> Stack:
    return Stack(draft, site, statement, root, names, _visit, _visit_argument)


def _value(stack: Stack, expression: Expression) -> Value:
    stack.top = expression
    return stack.run(_visit, expression)


def _node(stack: Stack, expression: Expression) -> Value:
    made = len(stack.draft.builder)
    value = _value(stack, expression)
    if isinstance(value, Failed):
        return FAILED
    if isinstance(value, NodeValue) and (value.index >= made or not isinstance(expression, Name)):
        return value
    return append(stack.draft, SAME, [value], (), stack.root, stack.site.span(expression))


# --- parts of an expression -------------------------------------------------------------------------------------


def _visit(stack: Stack, expression: Expression) -> None:
    match expression:
        case Name() if expression.name[-1] == "]" and (index := index_of_path(stack, expression)) is not None:
            _visit(stack, index)
        case Name():
            stack.values.append(_named(stack, expression))
        case Number() | Text():
            stack.values.append(expression.value)
        case Infix():
            names = stack.draft.names
            if names is not None and (found := names.derivative(expression)) is not None:
                _visit(stack, found)
                return
            stack.work += [(_infix, expression), (_visit, expression.right), (_visit, expression.left)]
        case Negative():
            if isinstance(expression.operand, Number):
                stack.values.append(-expression.operand.value)
            else:
                stack.work += [(_negative, expression), (_visit, expression.operand)]
        case Call() if expression.function.name == DERIVATIVE:
            of, by = expression.arguments
            stack.derivatives += 1
            indices, whole = _whole(stack, by.value)
            stack.work += [(_index, index) for index in indices]
            stack.work += [(_derivative, expression), (_visit, whole), (_visit, of.value)]
        case Call():
            begin_call(stack, expression, piped=False, path=None, last=expression is stack.top)
        case List():
            begin_list(stack, expression)
        case Index() if is_index(stack, expression):
            stack.work += [(_index, expression), (_visit, expression.operand)]
        case Index():
            stack.values.append(FAILED)
        case Dots():
            stack.site.tell(faults.MISPLACED_DOTS, expression)
            stack.values.append(FAILED)
        case Chain():
            stack.work += [(chain, expression), (_visit, expression.first)]


def _visit_argument(stack: Stack, expression: Expression) -> None:
    """An argument of a block takes anything: besides values, sizes, initialisers, operations, blocks, texts."""
    scope = stack.site.scope
    if isinstance(expression, Name):
        known = scope.lookup(expression.name) is not None
        other = None if known else callee(expression, scope)
        if isinstance(other, BlockValue | Operation | InitialiserValue):
            stack.values.append(other)
        else:
            _visit(stack, expression)
        return
    if isinstance(expression, Call) and isinstance(initial := callee(expression.function, scope), InitialiserValue):
        own = expression.arguments
        given, scopes = (*initial.arguments, *own), (*initial.scopes, *[scope] * len(own))
        stack.values.append(InitialiserValue(initial.name, given, scopes))
        return
    if isinstance(expression, Infix | Negative | Index) and is_constant(expression, scope):
        stack.values.append(constant(expression, stack.site, "an argument"))
        return
    _visit(stack, expression)


def _named(stack: Stack, name: Name) -> Value:
    names = stack.draft.names
    if names is not None and not stack.derivatives and (metric := names.metric(name.name)) is not None:
        return NodeValue(metric)
    value = stack.site.scope.lookup(name.name)
    if value is not None:
        return value
    in_text = names is None or bool(stack.site.scope.path)  # a block in a claim, too, has paths of its own
    if in_text and (value := value_at(stack.draft, name, stack.site)) is not None:
        return value
    if names is not None:
        return names.special(name, stack.site)
    unknown_name(stack.draft, stack.site, name, stack.top)
    return FAILED


def _infix(stack: Stack, expression: Infix) -> None:
    right = stack.values.pop()
    left = stack.values.pop()
    operation = INFIX[expression.symbol]
    path = stack.path(expression, operation.name)
    span = Span(stack.site.source, expression.start, expression.stop)
    written = [expression.left, expression.right]
    stack.values.append(append(stack.draft, operation, [left, right], (), path, span, written))


def _negative(stack: Stack, expression: Negative) -> None:
    path, span = stack.path(expression, NEGATIVE.name), stack.site.span(expression)
    stack.values.append(append(stack.draft, NEGATIVE, [stack.values.pop()], (), path, span, [expression.operand]))


def _index(stack: Stack, index: Index) -> None:
    index_value(stack, index)


def _whole(stack: Stack, by: Expression) -> tuple[list[Index], Expression]:
    """What `d(y)/d(x[0])` is the derivative by, and the indices that are taken of it, the outermost first."""
    indices: list[Index] = []
    while True:
        if isinstance(by, Name) and by.name[-1] == "]":
            index = index_of_path(stack, by)
        else:
            index = by if isinstance(by, Index) else None
        if index is None or not is_index(stack, index):
            return indices, by
        indices.append(index)
        by = index.operand


def _derivative(stack: Stack, call: Call) -> None:
    """The node of `d(y)/d(x)`; `y` and `x` are on the stack."""
    stack.derivatives -= 1
    draft, site = stack.draft, stack.site
    of, by = (
        reference(draft, value, site.span(argument))
        for value, argument in zip(stack.taken(2), call.arguments, strict=True)
    )
    assert draft.names is not None  # they made the call out of a quotient
    stack.values.append(FAILED if of is None or by is None else draft.names.gradient(of, by, call, site))
