"""Statements into nodes: declarations, calls, and the tables that they fill."""

from __future__ import annotations

from ..grammar.diagnostic import Note
from ..grammar.source import Source, Span
from ..grammar.syntax import Call, Const, Expression, Infix, Input, Name, Node, Param
from . import faults
from .budget import Budget
from .constants import constant
from .evaluation import Evaluation
from .expansion import Expander
from .graph import Expansion, GraphBuilder, InputDeclaration, ParamDeclaration
from .initial_values import initial_value
from .limits import Limits
from .literals import Declaration, Written, typed_literal
from .ops.operation import Operation
from .ops.table import find
from .paths import Paths
from .reporter import Reporter, span_of
from .settings import Settings, settle
from .shape import Clash, Shape, product
from .signatures import INITIALISERS
from .values import FAILED, UNKNOWN, BlockValue, Failed, InitialiserValue, NodeValue, Scope, Value


class Elaborator:
    """Turns statements into nodes of one graph; collects faults instead of raising."""

    derivatives = False
    """Whether `d(y)/d(x)` means a derivative: in claims alone."""
    expands = True
    """Whether calls of blocks are expanded, and repeats copied: not where a block is checked by itself."""

    def __init__(self, reporter: Reporter, settings: Settings, limits: Limits) -> None:
        self.reporter = reporter
        self.settings = settings
        self.limits = limits
        self.budget = Budget(limits, reporter)
        self.builder = GraphBuilder()
        self.inputs: dict[str, InputDeclaration] = {}
        self.params: dict[str, ParamDeclaration] = {}
        self.named: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.docs: dict[str, tuple[str, ...]] = {}
        self.expansions: list[Expansion] = []
        self.origins: dict[int, Span] = {}
        """The outermost call of a block that made a node, for nodes that blocks return."""
        self.paths = Paths()
        self.blocks = Expander(self)

    # --- what evaluation asks -----------------------------------------------------------------------------------

    def callee(self, function: Name, scope: Scope) -> Value | None:
        """What a call's name stands for: an argument of a block, a block, an operation, an initialiser."""
        name = function.name
        passed = scope.lookup(name)
        if passed is UNKNOWN:
            return FAILED
        if not isinstance(passed, BlockValue | InitialiserValue | Operation):
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
        if operation is not None and operation.written:
            return operation
        if name in INITIALISERS:
            return InitialiserValue(name, (), scope)
        return FAILED if isinstance(scope.lookup(name), Failed) else None

    def metric(self, name: str) -> int | None:
        """The node of a metric's value, in claims about the trained model."""
        return None

    def special_name(self, name: Name, evaluation: Evaluation) -> Value | None:
        """A name that is in no scope: paths, in claims."""
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

    def origin(self, index: int) -> Span | None:
        """Where a node comes from, as its user sees it: a call in the text, not what is inside the block."""
        return self.origins.get(index, self.builder.nodes[index].span)

    def define(self, name: Name, value: Value, scope: Scope, source: Source) -> None:
        """Enters a name into a scope; one that stands there already is reported at the later of the two."""
        span = span_of(source, name)
        if name.name in scope.places:
            first, second = scope.places[name.name], span
            if first.source is second.source and second.start < first.start:
                first, second = second, first
            note = Note("it is defined here first", first)
            self.reporter.report(faults.DEFINED_TWICE, second, name=name.name, notes=[note])
            scope.values[name.name] = FAILED
            return
        scope.places[name.name] = span
        scope.values[name.name] = value
        if isinstance(value, NodeValue):
            self.named.add(scope.joined(name.name))

    def afford(self, count: int, span: Span) -> bool:
        """Whether a call or a repeat that makes so many nodes stays within the limits; else it is reported."""
        return self.budget.affords(len(self.builder), count, span)

    def within_budget(self, span: Span) -> None:
        """Raises Abandoned where the graph has grown past a limit."""
        if len(self.builder.nodes) > self.budget.ceiling:
            raise self.budget.overrun(len(self.builder), span)

    # --- statements ---------------------------------------------------------------------------------------------

    def node(self, statement: Node, scope: Scope, source: Source) -> None:
        """`y = expression`, `a, b = call(...)`."""
        paths = [scope.joined(name.name) for name in statement.names]
        evaluation = Evaluation(self, scope, source, paths[0], paths[0], paths)
        value = evaluation.node(statement.value)
        values = evaluation.several or [value]
        if len(values) != len(statement.names):
            if not isinstance(values[0], Failed):
                self._count_mismatch(statement, len(values), source)
            values = [FAILED] * len(statement.names)
        for name, path, each in zip(statement.names, paths, values, strict=True):
            self.define(name, each, scope, source)
            self._document(path, statement.doc)

    def _count_mismatch(self, statement: Node, count: int, source: Source) -> None:
        self.reporter.report(
            faults.WRONG_COUNT_OF_VALUES,
            span_of(source, statement),
            wanted=f"{len(statement.names)} name{'s' * (len(statement.names) != 1)} on the left",
            given=f"{count} value{'s' * (count != 1)} on the right",
        )

    def _document(self, path: str, doc: tuple[str, ...]) -> None:
        if doc:
            self.docs[path] = doc

    def const(self, statement: Const, scope: Scope, source: Source) -> None:
        """`const name = value`."""
        value = constant(statement.value, scope, source, self.reporter, f"const `{statement.name.name}`")
        path = scope.joined(statement.name.name)
        if (replacement := self.settings.take(path)) is not None:
            value = settle(replacement, self.reporter, text=isinstance(value, str))
        self.define(statement.name, value, scope, source)
        self._document(path, statement.doc)

    def input(self, statement: Input, scope: Scope, source: Source) -> None:
        """`input x: [N, 3]`, `input price = 100`."""
        name = statement.name.name
        declaration = Declaration(statement.name, statement.type, scope, source)
        written = self._written(name, statement.default, scope, source)
        default, type_ = typed_literal(declaration, written, self.reporter, self.limits, fills=False)
        if type_ is None:
            self.define(statement.name, FAILED, scope, source)
            return
        index = self.builder.input(name, type_, span_of(source, statement))
        self.inputs[name] = InputDeclaration(index, default)
        self.define(statement.name, NodeValue(index), scope, source)
        self._document(name, statement.doc)

    def param(self, statement: Param, scope: Scope, source: Source) -> None:
        """`param W: [784, hidden] = he()`, `param w = 0.5`."""
        path = scope.joined(statement.name.name)
        span = span_of(source, statement)
        declaration = Declaration(statement.name, statement.type, scope, source)
        written = self._written(path, statement.value, scope, source)
        assert written is not None  # a param has a value
        found = initial_value(declaration, written, self)
        if statement.type is not None and statement.type.kind == "int":
            self.reporter.report(faults.INT_PARAM, span_of(source, statement.type), name=path)
            found = None
        if found is None or not self._affordable(found[1].shape, span):
            self.define(statement.name, FAILED, scope, source)
            return
        index = self.builder.param(self.paths.take(path), found[1], span)
        self.params[path] = ParamDeclaration(index, found[0])
        self.define(statement.name, NodeValue(index), scope, source)
        self._document(path, statement.doc)

    def _written(self, path: str, expression: Expression | None, scope: Scope, source: Source) -> Written | None:
        """The value that the text gives, or the one that stands in for it."""
        if (setting := self.settings.take(path)) is not None:
            return setting.written
        return None if expression is None else Written(expression, scope, source)

    def _affordable(self, shape: Shape, span: Span) -> bool:
        try:
            count = product(shape)
        except Clash:
            return True
        return not isinstance(count, int) or self.budget.affords_parameter(count, span)
