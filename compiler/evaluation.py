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
    Repeat,
    Stage,
    Text,
)
from . import faults
from .arguments import assign_arguments, attribute_values, parameters_of
from .block_sizes import least_nodes
from .constants import constant, literal_shape, whole
from .graph import GraphBuilder
from .misuses import clash_of_shapes, not_callable, unknown_name
from .ops.operation import AttributeValue, Operation
from .ops.table import OPERATIONS
from .reporter import Reporter, span_of
from .shape import Clash, Linear, Type
from .values import FAILED, BlockValue, Constant, Failed, InitialiserValue, NodeValue, Scope, Value, described

if TYPE_CHECKING:
    from .elaborate import Elaborator

DERIVATIVE = "d()/d()"
"""How `d(y)/d(x)` stands among calls once it is recognised; no text can spell it."""

INFIX = {"+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul", "**": "pow"}
_OPERATIONS = {symbol: OPERATIONS[name] for symbol, name in INFIX.items()}
_NEGATE = OPERATIONS["neg"]
_IDENTITY = OPERATIONS["identity"]


class Evaluation:
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
        self.elaborator = elaborator
        self.builder: GraphBuilder = elaborator.builder
        self.reporter: Reporter = elaborator.reporter
        self.scope = scope
        self.source = source
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
        return self._append(_IDENTITY, [value], (), self.root, span_of(self.source, expression))

    def value(self, expression: Expression) -> Value:
        """The value of an expression, of whatever kind; only calls and arithmetic make nodes."""
        self.top = expression
        return self._run(self._visit, expression)

    def argument(self, expression: Expression) -> Value:
        """The value of an argument of a block."""
        return self._run(self._visit_argument, expression)

    def _run(self, act: Callable[[Any], None], item: Any) -> Value:
        work = self.work
        work.append((act, item))
        while work:
            act, item = work.pop()
            act(item)
        return self.values.pop()

    def _later(self, act: Callable[[Any], None], item: Any) -> None:
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
                self._call(expression, piped=False, path=None, last=expression is self.top)
            case List():
                self.values.append(constant(expression, self.scope, self.source, self.reporter, "an element of a list"))
            case Chain():
                self.work += [(self._chain, expression), (self._visit, expression.first)]

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
        operation = _OPERATIONS[expression.symbol]
        path = self._path(expression, operation.name)
        span = Span(self.source, expression.start, expression.stop)
        self.values.append(self._append(operation, [left, right], (), path, span, [expression.left, expression.right]))

    def _negative(self, expression: Negative) -> None:
        path = self._path(expression, "neg")
        span = span_of(self.source, expression)
        self.values.append(self._append(_NEGATE, [self.values.pop()], (), path, span, [expression.operand]))

    def _derivative(self, call: Call) -> None:
        self._derivatives -= 1
        by = self.values.pop()
        self.values.append(self.elaborator.gradient(self.values.pop(), by, call, self))

    # --- calls --------------------------------------------------------------------------------------------------

    def _call(self, call: Call, *, piped: bool, path: str | None, last: bool) -> None:
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
            self._later(self._expand, (call, callee, tuple(assigned), path, last))
            for argument in reversed(assigned.values()):
                if argument is not None:
                    self._later(self._visit_argument, argument.value)
            return
        operands = {name: argument for name, argument in assigned.items() if name in callee.operands}
        attributes = attribute_values(callee, assigned, self.scope, self.source, self.reporter)
        if attributes is None:
            self._give_up(call.arguments, piped)
            return
        self._later(self._operation, (call, callee, operands, attributes, path))
        for name in reversed(operands):
            if (argument := assigned[name]) is not None:
                self._later(self._visit, argument.value)

    def _give_up(self, arguments: Sequence[Argument], piped: bool) -> None:
        """The call is faulty, but its arguments are looked at all the same, for their own faults."""
        self._later(self._fail, len(arguments) + piped)
        for argument in reversed(arguments):
            self._later(self._visit_argument, argument.value)

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
        self.values.append(self._append(operation, operands, attributes, path, span_of(self.source, call), written))

    def _append(
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
        if isinstance(expression, Infix | Negative) and self._pure(expression):
            self.values.append(constant(expression, self.scope, self.source, self.reporter, "an argument"))
            return
        self._visit(expression)

    def _pure(self, expression: Expression) -> bool:
        """Whether only numbers, constants and sizes are combined, so that the value is one of compile time."""
        work: list[Expression] = [expression]
        while work:
            match work.pop():
                case Number():
                    continue
                case Name() as name:
                    value = self.scope.lookup(name.name)
                    if not isinstance(value, int | float | Linear):
                        return False
                case Infix() as infix:
                    work += [infix.left, infix.right]
                case Negative() as negative:
                    work.append(negative.operand)
                case _:
                    return False
        return True

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

    # --- chains -------------------------------------------------------------------------------------------------

    def through(self, stages: Sequence[Stage], piped: Value) -> Value:
        """A value put through stages, the last of which is called by the root's path."""
        self.values.append(piped)
        return self._run(self._stages, (stages, 0, self.root))

    def _chain(self, chain: Chain) -> None:
        self._stages((chain.stages, 0, self.root if chain is self.top else None))

    def _stages(self, item: tuple[Sequence[Stage], int, str | None]) -> None:
        stages, number, final = item
        if number == len(stages):
            return
        self._later(self._stages, (stages, number + 1, final))
        self._stage(stages[number], final if number == len(stages) - 1 else None)

    def _stage(self, stage: Stage, final: str | None) -> None:
        """One stage on the value on top of the stack; `final` is its path where it is the statement's last call."""
        own = self.scope.joined(stage.name.name) if stage.name else None
        if own is not None and final is not None and own != final:
            self.elaborator.alias(final, own)
        path = own or final
        self._later(self._name_stage, (stage, path))
        if isinstance(stage.target, Repeat):
            self._repeat(stage.target, path)
        else:
            target = stage.target
            call = target if isinstance(target, Call) else Call(target, (), target.start, target.stop)
            self._call(call, piped=True, path=path, last=final is not None and stage.name is None)

    def _name_stage(self, item: tuple[Stage, str | None]) -> None:
        stage, _ = item
        if stage.name is not None:
            self.elaborator.define(stage.name, self.values[-1], self.scope, self.source)

    def _repeat(self, repeat: Repeat, path: str | None) -> None:
        path = path or self.elaborator.paths.numbered(self.statement, "repeat")
        count = constant(repeat.count, self.scope, self.source, self.reporter, "the count of a repeat")
        number = whole(count)
        span = span_of(self.source, repeat.count)
        if not isinstance(number, int) or number < 1:
            if not isinstance(count, Failed):
                self.reporter.report(faults.BAD_SIZE, span, value=count)
            number, self.values[-1] = 1, FAILED
        if not self.elaborator.expands:
            number = 1
        if number > 1 and not self.elaborator.afford(self._least_nodes(repeat), span):
            self.values[-1] = FAILED
            return
        self._later(self._copies, (repeat, path, number, 1))

    def _least_nodes(self, repeat: Repeat) -> int:
        def callee(name: Name) -> Value | None:
            return self.elaborator.callee(name, self.scope)

        return least_nodes([repeat], callee, lambda name: self.scope.lookup(name.name))

    def _copies(self, item: tuple[Repeat, str, int, int]) -> None:
        repeat, path, count, number = item
        if number > count:
            self.elaborator.alias(path, f"{path}[{count}]")
            return
        self._later(self._copies, (repeat, path, count, number + 1))
        copy = f"{path}[{number}]"
        inner = Scope(self.scope.unit, copy, self.scope)
        piped = self.values.pop()
        self.values.append(
            self.elaborator.blocks.stages(repeat.stages, piped, inner, copy, span_of(self.source, repeat))
        )


def floats(value: Constant) -> Any:
    """A literal with its numbers as floats."""
    if isinstance(value, tuple):
        return tuple(floats(item) for item in value)
    return float(value)  # type: ignore[arg-type]  # a list holds numbers and lists alone
