"""Statements into nodes: declarations, calls of blocks, and the tables that they fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..grammar.diagnostic import Note
from ..grammar.source import Source, Span
from ..grammar.syntax import (
    Argument,
    Call,
    Const,
    Expression,
    Infix,
    Input,
    Name,
    Negative,
    Node,
    Param,
    Parameter,
    Stage,
    Statement,
    TypeAnnotation,
)
from . import faults
from .arguments import assign_arguments
from .constants import constant, literal_shape, whole
from .evaluation import Evaluation
from .graph import Expansion, GraphBuilder, InputDeclaration, Literal, ParamDeclaration
from .limits import Limits, over_budget
from .ops.table import find
from .ordering import ordered
from .reporter import Reporter, span_of
from .settings import Settings, settle
from .shape import Clash, Linear, Shape, Size, Type, dimension, product, shape_text, solve_size
from .signatures import INITIALISERS, Invocation
from .values import FAILED, BlockValue, Failed, InitialiserValue, NodeValue, Scope, Value


class Abandoned(Exception):
    """A limit is reached: nothing more is compiled."""


class Elaborator:
    """Turns statements into nodes of one graph; collects faults instead of raising."""

    derivatives = False
    """Whether `d(y)/d(x)` means a derivative: in claims alone."""

    def __init__(self, reporter: Reporter, settings: Settings, limits: Limits) -> None:
        self.reporter = reporter
        self.settings = settings
        self.limits = limits
        self.builder = GraphBuilder()
        self.inputs: dict[str, InputDeclaration] = {}
        self.params: dict[str, ParamDeclaration] = {}
        self.named: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.docs: dict[str, tuple[str, ...]] = {}
        self.expansions: list[Expansion] = []
        self.several: list[Value] = []
        """Values of the statement's last call, where it returns several."""
        self._calls: list[BlockValue] = []
        self._orders: dict[int, list[Statement]] = {}

    # --- what evaluation asks -----------------------------------------------------------------------------------

    def callee(self, function: Name, scope: Scope) -> Value | None:
        """What a call's name stands for: an argument of a block, a block, an operation, an initialiser."""
        name = function.name
        passed = scope.lookup(name)
        if not isinstance(passed, BlockValue | InitialiserValue) and type(passed) is not _OPERATION:
            passed = None
        if passed is not None:
            return passed
        unit = scope.unit
        if "." in name:
            alias, _, name = name.partition(".")
            used = unit.aliases.get(alias)
            if used is None or name in used.broken_blocks:
                return FAILED if used else None
            return used.blocks.get(name)
        if name in unit.broken_blocks:
            return FAILED
        if (block := unit.blocks.get(name)) is not None:
            return block
        operation = find(name)
        if operation is not None and operation.role in ("operation", "metric"):
            return operation
        return InitialiserValue(name, (), scope) if name in INITIALISERS else None

    def special_name(self, name: Name, evaluation: Evaluation) -> Value | None:
        """A name that is in no scope: paths and metrics, in claims."""
        return None

    def derivative(self, expression: Infix) -> Expression | None:
        """A quotient `d(y)/d(x)` as the call that it means, in claims."""
        return None

    def gradient(self, of: Value, by: Value, call: Call, evaluation: Evaluation) -> Value:
        """The node of a derivative, in claims."""
        return FAILED

    def alias(self, path: str, other: str) -> None:
        """Gives a node a second path."""
        self.aliases[path] = other

    def define(self, name: Name, value: Value, scope: Scope, source: Source) -> None:
        """Enters a name into a scope; one that stands there already is reported."""
        span = span_of(source, name)
        if name.name in scope.places:
            first = Note("it is defined here first", scope.places[name.name])
            self.reporter.report(faults.DEFINED_TWICE, span, name=name.name, notes=[first])
            return
        scope.places[name.name] = span
        scope.values[name.name] = value
        if isinstance(value, NodeValue):
            self.named.add(scope.joined(name.name))

    def afford(self, count: int, span: Span) -> bool:
        """Whether so many more nodes stay within the limit; else it is reported."""
        return not over_budget(self.limits, "nodes", len(self.builder) + count, span, self.reporter)

    def within_budget(self, span: Span) -> None:
        """Raises Abandoned where the graph has grown past its limit."""
        if len(self.builder) > self.limits.nodes and not self.afford(0, span):
            raise Abandoned

    # --- statements ---------------------------------------------------------------------------------------------

    def node(self, statement: Node, scope: Scope, source: Source) -> None:
        """`y = expression`, `a, b = call(...)`."""
        first = statement.names[0]
        path = scope.joined(first.name)
        evaluation = Evaluation(self, scope, source, path, path)
        self.several = []
        value = evaluation.node(statement.value)
        values, self.several = self.several or [value], []
        if len(values) != len(statement.names):
            if not isinstance(values[0], Failed):
                self._count_mismatch(statement, len(values), source)
            values = [FAILED] * len(statement.names)
        for name, each in zip(statement.names, values, strict=True):
            self.define(name, each, scope, source)
            self._reach(scope.joined(name.name), each)
            self._document(scope.joined(name.name), statement.doc)

    def _reach(self, path: str, value: Value) -> None:
        """Lets a path lead to its node where the node is called otherwise."""
        if isinstance(value, NodeValue):
            own = self.builder.nodes[value.index].path
            if own != path and own:
                self.aliases[path] = own

    def _count_mismatch(self, statement: Node, count: int, source: Source) -> None:
        self.reporter.report(
            faults.WRONG_COUNT_OF_VALUES,
            span_of(source, statement),
            expected=f"{len(statement.names)} name{'s' * (len(statement.names) != 1)}",
            given=f"{count} value{'s' * (count != 1)}",
        )

    def _document(self, path: str, doc: tuple[str, ...]) -> None:
        if doc:
            self.docs[path] = doc

    def const(self, statement: Const, scope: Scope, source: Source) -> None:
        """`const name = value`."""
        value = constant(statement.value, scope, source, self.reporter, f"const `{statement.name.name}`")
        path = scope.joined(statement.name.name)
        if (replacement := self.settings.take(path)) is not None:
            value = settle(replacement, self.reporter)
        self.define(statement.name, value, scope, source)
        self._document(path, statement.doc)

    def input(self, statement: Input, scope: Scope, source: Source) -> None:
        """`input x: [N, 3]`, `input price = 100`."""
        name = statement.name.name
        span = span_of(source, statement)
        expression, origin = statement.default, source
        if (replacement := self.settings.take(name)) is not None:
            expression, origin = replacement.expression, replacement.source
        default, type_ = self._typed(statement.name, statement.type, expression, scope, source, origin, fills=False)
        if type_ is None:
            self.define(statement.name, FAILED, scope, source)
            return
        if default is not None and type_.kind == "int":
            default = self._integers(name, default, span_of(origin, expression))
        index = self.builder.input(name, type_, span)
        self.inputs[name] = InputDeclaration(index, default)
        self.define(statement.name, NodeValue(index), scope, source)
        self._document(name, statement.doc)

    def param(self, statement: Param, scope: Scope, source: Source) -> None:
        """`param W: [784, hidden] = he()`, `param w = 0.5`."""
        path = scope.joined(statement.name.name)
        if statement.type is not None and statement.type.kind == "int":
            self.reporter.report(faults.INT_PARAM, span_of(source, statement.type), name=path)
            self.define(statement.name, FAILED, scope, source)
            return
        expression, origin = statement.value, source
        if (replacement := self.settings.take(path)) is not None:
            expression, origin = replacement.expression, replacement.source
        initial, type_ = self._initial(statement, path, expression, scope, source, origin)
        if type_ is None or initial is None:
            self.define(statement.name, FAILED, scope, source)
            return
        if not self._affordable(type_.shape, span_of(source, statement)):
            self.define(statement.name, FAILED, scope, source)
            return
        index = self.builder.param(path, type_, span_of(source, statement))
        self.params[path] = ParamDeclaration(index, initial)
        self.define(statement.name, NodeValue(index), scope, source)
        self._document(path, statement.doc)

    def _affordable(self, shape: Shape, span: Span) -> bool:
        try:
            count = product(shape)
        except Clash:
            return True
        known = count if isinstance(count, int) else 0
        return not over_budget(self.limits, "parameter_bytes", 8 * known, span, self.reporter)

    def _initial(
        self, statement: Param, path: str, expression: Expression, scope: Scope, source: Source, origin: Source
    ) -> tuple[Invocation | Literal | None, Type | None]:
        named: Expression = expression
        arguments: tuple[Argument, ...] = ()
        if isinstance(expression, Call):
            named, arguments = expression.function, expression.arguments
        callee = self.callee(named, scope) if isinstance(named, Name) else None
        if isinstance(named, Name) and isinstance(callee, InitialiserValue):
            invocation = self._invocation(callee, arguments, named, scope, origin)
            shape = self.shape(statement.type, scope, source) if statement.type else ()
            return invocation, None if shape is None else Type("real", shape)
        value, type_ = self._typed(statement.name, statement.type, expression, scope, source, origin, fills=True)
        return value, type_

    def _invocation(
        self, initialiser: InitialiserValue, arguments: Sequence[Argument], call: Name, scope: Scope, source: Source
    ) -> Invocation | None:
        """An initialiser with its arguments; those of the call win over those that came with the name."""
        signature = INITIALISERS[initialiser.name]
        names = [parameter.name for parameter in signature.parameters]
        values = {parameter.name: parameter.default for parameter in signature.parameters}
        for given, where in ((initialiser.arguments, initialiser.scope), (arguments, scope)):
            origin = where.unit.source if where is not scope else source
            assigned = assign_arguments(initialiser.name, names, (), given, call, origin, self.reporter)
            if assigned is None:
                return None
            for name, argument in assigned.items():
                if argument is None:
                    continue
                value = constant(argument.value, where, origin, self.reporter, f"`{name}`")
                if isinstance(value, Failed):
                    return None
                if not isinstance(value, int | float):
                    key = f"{initialiser.name}: {name}"
                    self.reporter.report(faults.WRONG_SETTING, span_of(origin, argument), key=key, wanted="a number")
                    return None
                values[name] = float(value)
        return Invocation(initialiser.name, values, span_of(source, call))

    # --- types and literals -------------------------------------------------------------------------------------

    def shape(self, annotation: TypeAnnotation, scope: Scope, source: Source) -> Shape | None:
        """The shape that a declaration gives; None where a size is faulty, which is reported."""
        sizes: list[Size] = []
        for expression in annotation.sizes or ():
            if isinstance(expression, Name) and scope.lookup(expression.name) is None:
                if not scope.excused(expression.name):
                    self.reporter.report(faults.UNKNOWN_SIZE, span_of(source, expression), name=expression.name)
                return None
            value = constant(expression, scope, source, self.reporter, "a size")
            if isinstance(value, Failed):
                return None
            size = whole(value)
            if size is None or (isinstance(size, int) and size < 1):
                shown = f'"{value}"' if isinstance(value, str) else value
                self.reporter.report(faults.BAD_SIZE, span_of(source, expression), value=shown)
                return None
            sizes.append(size)
        return tuple(sizes)

    def _typed(
        self,
        name: Name,
        annotation: TypeAnnotation | None,
        expression: Expression | None,
        scope: Scope,
        source: Source,
        origin: Source,
        *,
        fills: bool,
    ) -> tuple[Literal | None, Type | None]:
        """A literal value and the type of what it is declared for; `fills`: a scalar may fill any shape."""
        value: Literal | None = None
        if expression is not None:
            found = self._literal(expression, scope, origin)
            if isinstance(found, Failed):
                return None, None
            value = found
        if annotation is None:
            return value, Type("real", literal_shape(value) if value is not None else ())
        shape = self.shape(annotation, scope, source)
        if shape is None:
            return None, None
        type_ = Type(annotation.kind, shape)
        if value is None or (fills and not isinstance(value, tuple)):
            return value, type_
        given = literal_shape(value)
        if not _fits(shape, given):
            self.reporter.report(
                faults.WRONG_SHAPE,
                span_of(origin, expression),
                name=name.name,
                declared=shape_text(shape),
                given=shape_text(given),
                notes=[Note("declared here", span_of(source, annotation))],
            )
            return None, None
        return value, type_

    def _literal(self, expression: Expression, scope: Scope, source: Source) -> Literal | Failed:
        value = constant(expression, scope, source, self.reporter, "a literal")
        if isinstance(value, str | Linear):
            self.reporter.report(
                faults.NOT_A_VALUE, span_of(source, expression), what="a text" if isinstance(value, str) else "a size"
            )
            return FAILED
        return value

    def _integers(self, name: str, value: Literal, span: Span) -> Literal | None:
        """A literal with its numbers as ints; one that is not whole is reported."""
        if isinstance(value, tuple):
            items = [self._integers(name, item, span) for item in value]
            return None if any(item is None for item in items) else tuple(items)  # type: ignore[arg-type]  # none is None
        if (number := whole(value)) is None or not isinstance(number, int) or abs(number) >= 2**63:
            self.reporter.report(faults.NOT_WHOLE, span, name=name, value=value)
            return None
        return number

    # --- blocks -------------------------------------------------------------------------------------------------

    def run_stages(self, stages: Sequence[Stage], piped: Value, scope: Scope, path: str, around: Evaluation) -> Value:
        """One copy of a repeat's stages on a value; the last stage is called `path`."""
        start = len(self.builder)
        value = Evaluation(self, scope, around.source, path, path).through(stages, piped)
        self.expansions.append(Expansion(path, "", start, len(self.builder)))
        return value

    def expand(
        self, callee: BlockValue, given: Mapping[str, Value], path: str, span: Span, caller: Evaluation
    ) -> list[Value]:
        """The values that a call of a block returns, its statements made into nodes under the call's path."""
        block, unit = callee.block, callee.unit
        failed: list[Value] = [FAILED] * (len(block.result.values) if block.result else 1)
        if any(isinstance(value, Failed) for value in given.values()):
            return failed
        if self._circle(callee, span) or not self.afford(len(block.body) + 1, span):
            return failed
        scope = Scope(unit, path)
        start = len(self.builder)
        if not self._bind(callee, given, scope, span, caller) or block.result is None:
            return failed
        self._calls.append(callee)
        for statement in self._order(callee):
            self._inner(statement, scope, unit.source)
        results: list[Value] = []
        for number, expression in enumerate(block.result.values, start=1):
            root = path if len(block.result.values) == 1 else scope.joined(f"result_{number}")
            value = Evaluation(self, scope, unit.source, path, root).value(expression)
            reference = None if isinstance(value, Failed) else caller.reference(value, span)
            results.append(FAILED if reference is None else NodeValue(reference))
        if len(results) == 1:
            self._reach(path, results[0])
        self._calls.pop()
        self.expansions.append(Expansion(path, block.name.name, start, len(self.builder)))
        return results

    def _inner(self, statement: Statement, scope: Scope, source: Source) -> None:
        match statement:
            case Const():
                self.const(statement, scope, source)
            case Param():
                self.param(statement, scope, source)
            case Node():
                self.node(statement, scope, source)
            case _:
                return  # the parser reports what a block cannot hold

    def _order(self, callee: BlockValue) -> list[Statement]:
        key = id(callee.block)
        if key not in self._orders:
            self._orders[key] = ordered(callee.block.body, callee.unit.source, self.reporter)
        return self._orders[key]

    def _circle(self, callee: BlockValue, span: Span) -> bool:
        names = [value.block.name.name for value in self._calls]
        if not any(value.block is callee.block for value in self._calls):
            return over_budget(self.limits, "block_depth", len(names) + 1, span, self.reporter)
        circle = " -> ".join([*names[names.index(callee.block.name.name) :], callee.block.name.name])
        self.reporter.report(faults.BLOCK_CIRCLE, span, name=callee.block.name.name, circle=circle)
        return True

    def _bind(
        self, callee: BlockValue, given: Mapping[str, Value], scope: Scope, span: Span, caller: Evaluation
    ) -> bool:
        """Enters a call's arguments, defaults filled in, and the sizes that their patterns read off them."""
        source = callee.unit.source
        for parameter in callee.block.parameters:
            name = parameter.name.name
            value = given.get(name)
            if value is None:
                assert parameter.default is not None  # the call was checked against what is required
                value = Evaluation(self, scope, source, scope.path, scope.path).argument(parameter.default)
            if parameter.type is not None and not isinstance(value, Failed):
                value = self._matched(callee, parameter, value, scope, span, caller)
            if isinstance(value, Failed):
                return False
            scope.values[name] = value
            scope.places[name] = span_of(source, parameter)
        return True

    def _matched(
        self, callee: BlockValue, parameter: Parameter, value: Value, scope: Scope, span: Span, caller: Evaluation
    ) -> Value:
        """An argument as a node whose type fits the parameter's pattern; binds the pattern's new names."""
        reference = caller.reference(value, span)
        if reference is None:
            return FAILED
        annotation = parameter.type
        assert annotation is not None  # only typed parameters come here
        type_ = self.builder.type(reference)
        sizes = annotation.sizes or ()
        fits = len(sizes) == len(type_.shape) and (type_.kind == annotation.kind or annotation.kind == "real")
        if fits:
            fits = all(
                self._solved(pattern, size, scope, callee.unit.source)
                for pattern, size in zip(sizes, type_.shape, strict=True)
            )
        if fits:
            return NodeValue(reference)
        self.reporter.report(
            faults.PATTERN_CLASH,
            span,
            block=callee.block.name.name,
            name=parameter.name.name,
            declared=span_of(callee.unit.source, annotation).text,
            given=str(type_),
            notes=[Note("the pattern stands here", span_of(callee.unit.source, parameter))],
        )
        return FAILED

    def _solved(self, pattern: Expression, size: Size, scope: Scope, source: Source) -> bool:
        """Solves a pattern such as `2*I + 1` for its one new name."""
        unknown = [name for name in _names(pattern) if scope.lookup(name) is None]
        if len(set(unknown)) > 1:
            self.reporter.report(
                faults.NOT_LINEAR,
                span_of(source, pattern),
                message=f"`{unknown[0]}` and `{unknown[1]}` are both unknown: a size is solved for one",
            )
            return False
        inner = Scope(scope.unit, scope.path, scope)
        for name in unknown:
            inner.values[name] = dimension(f"?{name}")
        value = constant(pattern, inner, source, self.reporter, "a size")
        wanted = None if isinstance(value, Failed) else whole(value)
        if wanted is None:
            return False
        if not unknown or (isinstance(wanted, Linear) and unknown and len(wanted.terms) > 1):
            return wanted == size
        solution = solve_size(wanted, size)
        if solution is None:
            return False
        scope.values[unknown[0]] = solution[f"?{unknown[0]}"]
        return True


_OPERATION = type(find("add"))


def _names(expression: Expression) -> list[str]:
    names: list[str] = []
    work = [expression]
    while work:
        match work.pop():
            case Name() as name:
                names.append(name.name)
            case Infix() as infix:
                work += [infix.right, infix.left]
            case Negative() as negative:
                work.append(negative.operand)
            case _:
                continue
    return names


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
