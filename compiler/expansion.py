"""Calls of blocks: arguments bound, statements made into nodes under the call's path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..grammar.diagnostic import Note
from ..grammar.source import Source, Span
from ..grammar.syntax import Broken, Const, Node, Param, Parameter, Stage, Statement
from . import faults
from .call_sizes import CallSizes
from .evaluation import Evaluation
from .graph import Expansion
from .limits import over_budget
from .ordering import Order, circle_text, defined_names, ordered
from .patterns import solve_pattern
from .reporter import span_of
from .shape import Linear
from .values import FAILED, BlockValue, Failed, NodeValue, Scope, Value

if TYPE_CHECKING:
    from .elaborate import Elaborator


class Expander:
    """Expands the blocks and repeats of one compilation."""

    def __init__(self, elaborator: Elaborator) -> None:
        self.elaborator = elaborator
        self.sizes = CallSizes(elaborator.callee)
        self._calls: list[BlockValue | None] = []
        """Blocks that are being expanded, outermost first; None for a repeat."""
        self._orders: dict[int, Order] = {}

    def stages(self, stages: Sequence[Stage], piped: Value, scope: Scope, path: str, span: Span) -> Value:
        """One copy of a repeat's stages on a value; the last stage is called `path`."""
        if self._too_deep(span):
            return FAILED
        start = self._enter(None)
        value = Evaluation(self.elaborator, scope, span.source, path, path).through(stages, piped)
        self._leave()
        self._take_down(path, "", start)
        return value

    def _enter(self, callee: BlockValue | None) -> int:
        """Begins a call or a copy of a repeat; returns how many nodes stand before it."""
        nodes = len(self.elaborator.builder)
        if not self._calls:
            self.elaborator.budget.begin(nodes)
        self._calls.append(callee)
        return nodes

    def _leave(self) -> None:
        self._calls.pop()
        if not self._calls:
            self.elaborator.budget.end(len(self.elaborator.builder))

    def _take_down(self, path: str, block: str, start: int) -> None:
        self.elaborator.expansions.append(Expansion(path, block, start, len(self.elaborator.builder)))

    def call(
        self,
        callee: BlockValue,
        given: Mapping[str, Value],
        path: str,
        roots: Sequence[str],
        span: Span,
        caller: Evaluation,
    ) -> list[Value]:
        """The values that a call of a block returns, nodes called by the roots."""
        block, elaborator = callee.block, self.elaborator
        failed: list[Value] = [FAILED] * len(roots)
        if block.result is None or any(isinstance(value, Failed) for value in given.values()):
            return failed
        if not elaborator.expands or self._circle(callee, span) or self._too_deep(span):
            return failed
        if not elaborator.afford(self.sizes.of_call(callee, given), span):
            return failed
        scope, source = Scope(callee.unit, self._free(path, callee)), callee.unit.source
        start = self._enter(callee)
        results = failed
        outer = elaborator.builder.call
        if outer is None or outer.source is span.source:
            elaborator.builder.call = span
        if self._bind(callee, given, scope, span, caller):
            with elaborator.reporter.inside(block.name.name, span):
                self.body(callee, scope)
                results = [
                    Evaluation(elaborator, scope, source, scope.path, root).node(expression)
                    for expression, root in zip(block.result.values, roots, strict=True)
                ]
        elaborator.builder.call = outer
        self._leave()
        self._take_down(scope.path, block.name.name, start)
        for result in results:
            if isinstance(result, NodeValue):
                elaborator.origins[result.index] = span
        return results

    def _free(self, path: str, callee: BlockValue) -> str:
        """The path under which a call's names stand.

        What a block returns last is called as the block's own call is; where both have a `W`, the inner one stands
        under the path of an unnamed call.
        """
        names = (name for statement in callee.block.body for name in defined_names(statement))
        if not self.elaborator.paths.hold(path, names):
            return path
        return self.elaborator.paths.numbered(path, callee.block.name.name)

    def body(self, callee: BlockValue, scope: Scope) -> None:
        """Elaborates the statements of a block."""
        order = self._order(callee)
        scope.values |= dict.fromkeys(order.circular, FAILED)
        scope.declared = order.names
        for statement in order.statements:
            self._statement(statement, scope, callee.unit.source)

    def _statement(self, statement: Statement, scope: Scope, source: Source) -> None:
        match statement:
            case Const():
                self.elaborator.const(statement, scope, source)
            case Param():
                self.elaborator.param(statement, scope, source)
            case Node():
                self.elaborator.node(statement, scope, source)
            case Broken():
                for name in statement.names:
                    scope.values.setdefault(name, FAILED)
            case _:
                return  # the parser reports what a block cannot hold

    def _order(self, callee: BlockValue) -> Order:
        key = id(callee.block)
        if key not in self._orders:
            self._orders[key] = ordered(callee.block.body, callee.unit.source, self.elaborator.reporter)
        return self._orders[key]

    def _too_deep(self, span: Span) -> bool:
        elaborator = self.elaborator
        return over_budget(elaborator.limits, "block_depth", len(self._calls) + 1, span, elaborator.reporter)

    def _circle(self, callee: BlockValue, span: Span) -> bool:
        """Whether a block that was passed as an argument is called inside itself; others are found beforehand."""
        blocks = [call.block for call in self._calls if call is not None]
        if not any(block is callee.block for block in blocks):
            return False
        first = next(number for number, block in enumerate(blocks) if block is callee.block)
        names = [block.name.name for block in blocks[first:]]
        self.elaborator.reporter.report(faults.BLOCK_CIRCLE, span, name=names[0], circle=circle_text(names))
        return True

    # --- arguments ----------------------------------------------------------------------------------------------

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
                value = Evaluation(self.elaborator, scope, source, scope.path, scope.path).argument(parameter.default)
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
        annotation, source = parameter.type, callee.unit.source
        assert annotation is not None  # only typed parameters come here
        type_ = self.elaborator.builder.type(reference)
        sizes = annotation.sizes or ()
        fits = len(sizes) == len(type_.shape) and (type_.kind == annotation.kind or annotation.kind == "real")
        for pattern, size in zip(sizes, type_.shape, strict=False):
            if not fits:
                break
            solution = solve_pattern(pattern, size, scope, source, self.elaborator.reporter)
            if isinstance(solution, Failed):
                return FAILED
            fits = solution is not None
            for name, found in (solution or {}).items():
                scope.values[name] = found
                scope.places[name] = span_of(source, pattern)
        if fits:
            return NodeValue(reference)
        self._report_clash(callee, parameter, reference, scope, span)
        return FAILED

    def _report_clash(self, callee: BlockValue, parameter: Parameter, reference: int, scope: Scope, span: Span) -> None:
        annotation, source = parameter.type, callee.unit.source
        bound = [f"{name} = {size}" for name, size in scope.values.items() if isinstance(size, int | Linear)]
        notes = [Note("the pattern stands here", span_of(source, parameter))]
        if (origin := self.elaborator.origin(reference)) is not None:
            notes.append(Note("the argument comes from here", origin))
        self.elaborator.reporter.report(
            faults.PATTERN_CLASH,
            span,
            block=callee.block.name.name,
            name=parameter.name.name,
            declared=span_of(source, annotation).text,
            given=str(self.elaborator.builder.type(reference)),
            hint=f"bound before it: {', '.join(bound)}" if bound else None,
            notes=notes,
        )
