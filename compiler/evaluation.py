"""Evaluation of an expression into nodes: an explicit stack, operands before operations, left to right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..grammar.source import Source, Span
from ..grammar.syntax import (
    Argument,
    Call,
    Chain,
    Expression,
    Infix,
    List,
    Name,
    Negative,
    Number,
    Stage,
    Text,
)
from . import faults
from .appending import Appender
from .arguments import assign_arguments, attribute_values, parameters_of
from .chains import Chains
from .constants import constant, is_constant
from .misuses import not_callable, unknown_name
from .ops.attribute import AttributeValue
from .ops.operation import Operation
from .ops.table import INFIX, NEGATIVE, SAME
from .reporter import span_of
from .values import FAILED, BlockValue, Failed, InitialiserValue, NodeValue, Scope, Value

if TYPE_CHECKING:
    from .elaborate import Elaborator

DERIVATIVE = "d()/d()"
"""How `d(y)/d(x)` stands among calls once it is recognised; no text can spell it."""


class Evaluation(Appender):
    """One run over one expression.

    Values of operands stand on a stack; what is still to be done stands on another, as a method and what it works
    on. `statement` is the path under which unnamed nodes are called, `root` the path of the last call.
    """

    def __init__(
        self,
        elaborator: Elaborator,
        scope: Scope,
        source: Source,
        statement: str,
        root: str,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__(elaborator, scope, source)
        self.statement = statement
        self.root = root
        self.names = names
        """Paths of the statement's names; a call may return as many values as there are."""
        self.several: list[Value] = []
        """The values of the statement's last call, where it returned several."""
        self.top: Expression | None = None
        self._derivatives = 0
        """How many derivatives the expression at hand stands in."""
        self.work: list[tuple[Callable[[Any], None], Any]] = []
        self.values: list[Value] = []

    # --- the machine --------------------------------------------------------------------------------------------

    def node(self, expression: Expression) -> Value:
        """The value of an expression as a node of its own: what is none yet, a bare name too, becomes an identity."""
        value = self.value(expression)
        if isinstance(value, Failed):
            return FAILED
        if isinstance(value, NodeValue) and not isinstance(expression, Name):
            return value
        return self.append(SAME, [value], (), self.root, span_of(self.source, expression))

    def value(self, expression: Expression) -> Value:
        """The value of an expression, of whatever kind; only calls and arithmetic make nodes."""
        self.top = expression
        return self._run(self._visit, expression)

    def argument(self, expression: Expression) -> Value:
        """The value of an argument of a block."""
        return self._run(self._visit_argument, expression)

    def through(self, stages: Sequence[Stage], piped: Value) -> Value:
        """A value put through stages, the last of which is called by the root's path."""
        self.values.append(piped)
        return self._run(Chains(self).stages, (stages, 0, self.root))

    def _run(self, act: Callable[[Any], None], item: Any) -> Value:
        work = self.work
        work.append((act, item))
        while work:
            act, item = work.pop()
            act(item)
        return self.values.pop()

    def later(self, act: Callable[[Any], None], item: Any) -> None:
        """Leaves something to be done once all that was left after it is done."""
        self.work.append((act, item))

    def _visit(self, expression: Expression) -> None:
        match expression:
            case Name():
                self.values.append(self._named(expression))
            case Number() | Text():
                self.values.append(expression.value)
            case Infix():
                if self.elaborator.derivatives and (found := self.elaborator.derivative(expression)) is not None:
                    self._visit(found)
                    return
                self.work += [
                    (self._infix, expression),
                    (self._visit, expression.right),
                    (self._visit, expression.left),
                ]
            case Negative():
                if isinstance(expression.operand, Number):
                    self.values.append(-expression.operand.value)
                else:
                    self.work += [(self._negative, expression), (self._visit, expression.operand)]
            case Call() if expression.function.name == DERIVATIVE:
                of, by = expression.arguments
                self._derivatives += 1
                self.work += [(self._derivative, expression), (self._visit, by.value), (self._visit, of.value)]
            case Call():
                self.call(expression, piped=False, path=None, last=expression is self.top)
            case List():
                self.values.append(constant(expression, self.scope, self.source, self.reporter, "an element of a list"))
            case Chain():
                self.work += [(Chains(self).chain, expression), (self._visit, expression.first)]

    def _path(self, expression: object, name: str) -> str:
        if expression is self.top:
            return self.root
        return self.elaborator.paths.numbered(self.statement, name)

    # --- names and arithmetic -----------------------------------------------------------------------------------

    def _named(self, name: Name) -> Value:
        if self.elaborator.derivatives and not self._derivatives:
            metric = self.elaborator.metric(name.name)
            if metric is not None:
                return NodeValue(metric)
        value = self.scope.lookup(name.name)
        if value is None:
            value = self.elaborator.special_name(name, self)
        if value is None:
            unknown_name(self, name)
            return FAILED
        return value

    def _infix(self, expression: Infix) -> None:
        right = self.values.pop()
        left = self.values.pop()
        operation = INFIX[expression.symbol]
        path = self._path(expression, operation.name)
        span = Span(self.source, expression.start, expression.stop)
        self.values.append(self.append(operation, [left, right], (), path, span, [expression.left, expression.right]))

    def _negative(self, expression: Negative) -> None:
        path = self._path(expression, NEGATIVE.name)
        span = span_of(self.source, expression)
        self.values.append(self.append(NEGATIVE, [self.values.pop()], (), path, span, [expression.operand]))

    def _derivative(self, call: Call) -> None:
        self._derivatives -= 1
        by = self.values.pop()
        self.values.append(self.elaborator.gradient(self.values.pop(), by, call, self))

    # --- calls --------------------------------------------------------------------------------------------------

    def call(self, call: Call, *, piped: bool, path: str | None, last: bool) -> None:
        """Prepares a call: its operands are evaluated first, in the order in which they are written.

        `last`: it is the statement's last call, the one that may return several values.
        """
        callee = self.elaborator.callee(call.function, self.scope)
        if isinstance(callee, BlockValue):
            parameters = [parameter.name.name for parameter in callee.block.parameters]
            required = [parameter.name.name for parameter in callee.block.parameters if parameter.default is None]
        elif isinstance(callee, Operation):
            parameters, required = parameters_of(callee)
        else:
            not_callable(self, call, callee)
            self._give_up(call.arguments, piped)
            return
        assigned = assign_arguments(
            call.function.name,
            parameters,
            required,
            call.arguments,
            call.function,
            self.source,
            self.reporter,
            piped=piped,
        )
        if assigned is None:
            self._give_up(call.arguments, piped)
            return
        if isinstance(callee, BlockValue):
            self.later(self._expand, (call, callee, tuple(assigned), path, last))
            for argument in reversed(assigned.values()):
                if argument is not None:
                    self.later(self._visit_argument, argument.value)
            return
        operands = {name: argument for name, argument in assigned.items() if name in callee.operands}
        attributes = attribute_values(callee, assigned, self.scope, self.source, self.reporter)
        if attributes is None:
            self._give_up(call.arguments, piped)
            return
        self.later(self._operation, (call, callee, operands, attributes, path))
        for name in reversed(operands):
            if (argument := assigned[name]) is not None:
                self.later(self._visit, argument.value)

    def _give_up(self, arguments: Sequence[Argument], piped: bool) -> None:
        """The call is faulty, but its arguments are looked at all the same, for their own faults."""
        self.later(self._fail, len(arguments) + piped)
        for argument in reversed(arguments):
            self.later(self._visit_argument, argument.value)

    def _fail(self, count: int) -> None:
        del self.values[len(self.values) - count :]
        self.values.append(FAILED)

    def _operation(
        self,
        item: tuple[Call, Operation, Mapping[str, Argument | None], tuple[AttributeValue, ...], str | None],
    ) -> None:
        call, operation, assigned, attributes, path = item
        count = len(assigned)
        values = dict(zip(assigned, self.values[len(self.values) - count :], strict=True))
        del self.values[len(self.values) - count :]
        operands = [values[name] for name in operation.operands]
        arguments = [assigned[name] for name in operation.operands]
        written = [None if argument is None else argument.value for argument in arguments]
        path = self._path(call, operation.name) if path is None else path
        self.values.append(self.append(operation, operands, attributes, path, span_of(self.source, call), written))

    # --- blocks -------------------------------------------------------------------------------------------------

    def _visit_argument(self, expression: Expression) -> None:
        """An argument of a block takes anything: besides values, sizes, initialisers, operations, blocks, texts."""
        if isinstance(expression, Name):
            known = self.scope.lookup(expression.name) is not None
            other = None if known else self.elaborator.callee(expression, self.scope)
            self.values.append(
                other if isinstance(other, BlockValue | Operation | InitialiserValue) else self._named(expression)
            )
            return
        if isinstance(expression, Call) and isinstance(
            initial := self.elaborator.callee(expression.function, self.scope), InitialiserValue
        ):
            self.values.append(InitialiserValue(initial.name, (*initial.arguments, *expression.arguments), self.scope))
            return
        if isinstance(expression, Infix | Negative) and is_constant(expression, self.scope):
            self.values.append(constant(expression, self.scope, self.source, self.reporter, "an argument"))
            return
        self._visit(expression)

    def _expand(self, item: tuple[Call, BlockValue, tuple[str, ...], str | None, bool]) -> None:
        call, callee, written, path, last = item
        count = len(written)
        values = dict(zip(written, self.values[len(self.values) - count :], strict=True))
        del self.values[len(self.values) - count :]
        name = callee.block.name.name
        path = self._path(call, name) if path is None else path
        span = span_of(self.source, call)
        count = len(callee.block.result.values) if callee.block.result else 1
        if count == 1:
            self.values += self.elaborator.blocks.call(callee, values, path, [path], span, self)
            return
        named = last and len(self.names) == count
        roots = self.names if named else [f"{path}.result_{number}" for number in range(1, count + 1)]
        results = self.elaborator.blocks.call(callee, values, path, roots, span, self)
        if last and self.names:
            self.several = results
        else:
            given = f"`{name}` returns {count} values"
            self.reporter.report(faults.WRONG_COUNT_OF_VALUES, span, wanted="one value is wanted", given=given)
        self.values.append(FAILED)
