"""Calls of blocks and copies of repeats: statements made into nodes under the call's path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...grammar.source import Span
from ...grammar.syntax import Broken, Const, Next, Node, Param, Repeat, State, Statement
from .. import faults
from ..elaborate import statements, states
from ..elaborate.budget import over_budget
from ..elaborate.calls.sharing import CallRecord, Sharing
from ..elaborate.draft import Blocks, Draft, Scan
from ..elaborate.expressions.evaluate import node_of, through
from ..elaborate.order import Order, circle_text, defined_names, ordered
from ..elaborate.scope import FAILED, UNKNOWN, BlockValue, Failed, NodeValue, Scope, Site, Value
from ..graph.graph import Expansion
from .block_arguments import bind
from .call_sizes import CallSizes
from .scan_copies import copies, stacked


@dataclass(eq=False)
class Expander(Blocks):
    """Expands the blocks and repeats of one draft."""

    expands: bool = True
    _sizes: CallSizes = field(default_factory=CallSizes)
    _calls: list[BlockValue | None] = field(default_factory=list)
    """Blocks that are being expanded, outermost first; None for a repeat."""
    _orders: dict[int, Order] = field(default_factory=dict)

    def least_nodes(self, repeat: Repeat, scope: Scope) -> int:
        return max(1, self._sizes.of_parts(repeat.stages, scope))

    def copy(self, draft: Draft, repeat: Repeat, piped: Value, site: Site, path: str) -> Value:
        if self._too_deep(draft, site.span(repeat)):
            return FAILED
        start = self._enter(draft, None)
        value = through(draft, site, repeat.stages, piped, path)
        self._leave(draft)
        draft.expansions.append(Expansion(path, "", start, len(draft.builder)))
        return value

    def _enter(self, draft: Draft, callee: BlockValue | None) -> int:
        """Begins a call or a copy of a repeat; returns how many nodes stand before it."""
        nodes = len(draft.builder)
        if not self._calls:
            draft.budget.begin(nodes)
        self._calls.append(callee)
        return nodes

    def _leave(self, draft: Draft) -> None:
        self._calls.pop()
        if not self._calls:
            draft.budget.end(len(draft.builder))

    def scan(
        self, draft: Draft, scan: Scan, path: str, roots: Sequence[str], span: Span, like: CallRecord | None = None
    ) -> list[Value]:
        failed: list[Value] = [FAILED] * len(roots)
        arguments = dict(zip([each.name.name for each in scan.cell.block.parameters], scan.starts, strict=False))
        least = self._sizes.of_call(scan.cell, {**dict.fromkeys(arguments, UNKNOWN), **scan.others})
        if self._too_deep(draft, span) or not draft.affords(scan.steps * (least + len(scan.sequences)), span):
            return failed
        self._enter(draft, None)
        steps = copies(self, draft, scan, path, roots, span, like)
        self._leave(draft)
        if steps is None:
            return failed
        made = [
            stacked(draft, each, scan.axis, root, span)
            for each, root in zip(zip(*steps, strict=True), roots, strict=True)
        ]
        return failed if None in made else [*made]  # type: ignore[list-item]  # None was seen

    def call(
        self,
        draft: Draft,
        callee: BlockValue,
        given: Mapping[str, Value],
        path: str,
        roots: Sequence[str],
        span: Span,
        like: CallRecord | None = None,
    ) -> list[Value]:
        block, builder = callee.block, draft.builder
        failed: list[Value] = [FAILED] * len(roots)
        if block.result is None or any(isinstance(value, Failed) for value in given.values()):
            return failed
        if not self.expands or self._circle(draft, callee, span) or self._too_deep(draft, span):
            return failed
        if not draft.affords(self._sizes.of_call(callee, given), span):
            return failed
        scope = Scope(callee.unit, _free_path(draft, path, callee))
        site = Site(scope, callee.unit.source, draft.reporter)
        start = self._enter(draft, callee)
        results = failed
        outer = builder.call
        if outer is None or outer.source is span.source:
            builder.call = span
        sharing = Sharing()
        if like is not None:
            sharing = Sharing(like.params, like=like.path, span=span, said=len(draft.reporter.diagnostics))
        draft.shared.open.append(sharing)
        if bind(draft, callee, given, site, span):
            settings = {name: value for name, value in scope.values.items() if not isinstance(value, NodeValue)}
            with draft.reporter.inside(block.name.name, span):
                self.body(draft, callee, site)
                results = [
                    node_of(draft, site, expression, scope.path, root)
                    for expression, root in zip(block.result.values, roots, strict=True)
                ]
            params = sharing.params if like is None else like.params
            draft.shared.calls[path] = CallRecord(path, callee, settings, params)
            sharing.finish(draft.reporter)
        draft.shared.open.pop()
        builder.call = outer
        self._leave(draft)
        of = "" if like is None else like.path
        draft.expansions.append(Expansion(scope.path, block.name.name, start, len(builder), of))
        for result in results:
            if isinstance(result, NodeValue):
                draft.origins[result.index] = span
        return results

    def body(self, draft: Draft, callee: BlockValue, site: Site) -> None:
        """Elaborates the statements of a block."""
        order, scope = self._order(draft, callee), site.scope
        scope.values |= dict.fromkeys(order.circular, FAILED)
        scope.declared = order.names
        for statement in order.statements:
            _elaborate(draft, statement, site)

    def _order(self, draft: Draft, callee: BlockValue) -> Order:
        key = id(callee.block)
        if key not in self._orders:
            self._orders[key] = ordered(callee.block.body, callee.unit.source, draft.reporter, callee.unit.aliases)
        return self._orders[key]

    def _too_deep(self, draft: Draft, span: Span) -> bool:
        return over_budget(draft.limits, "block_depth", len(self._calls) + 1, span, draft.reporter)

    def _circle(self, draft: Draft, callee: BlockValue, span: Span) -> bool:
        """Whether a block that was passed as an argument is called inside itself; others are found beforehand."""
        blocks = [call.block for call in self._calls if call is not None]
        if not any(block is callee.block for block in blocks):
            return False
        first = next(number for number, block in enumerate(blocks) if block is callee.block)
        names = [block.name.name for block in blocks[first:]]
        draft.reporter.report(faults.BLOCK_CIRCLE, span, name=names[0], circle=circle_text(names))
        return True


def _free_path(draft: Draft, path: str, callee: BlockValue) -> str:
    """The path under which a call's names stand.

    What a block returns last is called as the block's own call is; where both have a `W`, the inner one stands
    under the path of an unnamed call.
    """
    names = (name for statement in callee.block.body for name in defined_names(statement))
    if not draft.paths.hold(path, names):
        return path
    return draft.paths.numbered(path, callee.block.name.name)


def _elaborate(draft: Draft, statement: Statement, site: Site) -> None:
    """Makes the nodes of one statement of a block."""
    match statement:
        case Const():
            statements.const(draft, statement, site)
        case Param():
            statements.param(draft, statement, site)
        case State():
            states.state(draft, statement, site)
        case Next():
            states.following(draft, statement, site)
        case Node():
            statements.node(draft, statement, site)
        case Broken():
            for name in statement.names:
                site.scope.values.setdefault(name, FAILED)
        case _:
            return  # the parser reports what a block cannot hold
