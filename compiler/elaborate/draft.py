"""What a compilation has made so far: nodes, declarations, paths. Nothing here makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ...grammar.diagnostic import Note
from ...grammar.source import Span
from ...grammar.syntax import Call, Expression, Infix, Name, Repeat
from .. import faults
from ..graph.graph import Expansion, GraphBuilder, InputDeclaration, ParamDeclaration, StateDeclaration
from .budget import Budget, Limits
from .calls.sharing import CallRecord, SharedCalls
from .paths import Paths, Places
from .reporter import Reporter
from .scope import FAILED, BlockValue, NodeValue, Scope, Site, Value
from .settings import Settings


class Blocks(Protocol):
    """What calls of blocks and repeats are made into."""

    @property
    def expands(self) -> bool:
        """Whether calls of blocks are expanded, and repeats copied: not where a block is checked by itself."""

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
        """The values that a call of a block returns, nodes called by the roots; `like` gives it its params."""

    def scan(
        self, draft: Draft, scan: Scan, path: str, roots: Sequence[str], span: Span, like: CallRecord | None = None
    ) -> list[Value]:
        """The values of a scan, one for each of its states."""

    def copy(self, draft: Draft, repeat: Repeat, piped: Value, site: Site, path: str) -> Value:
        """One copy of a repeat's stages on a value; the last stage is called `path`."""

    def least_nodes(self, repeat: Repeat, scope: Scope) -> int:
        """How many nodes a copy of a repeat makes at the least."""


class Scan(NamedTuple):
    """A call of `scan`, all but its paths: nodes of sequences and of starts, and further arguments of each step."""

    cell: BlockValue
    sequences: Sequence[int]
    starts: Sequence[int]
    others: Mapping[str, Value]
    axes: Sequence[int]
    """The axis of each sequence along which it is taken apart."""
    axis: int
    """The axis along which the steps are stacked; below 0 it counts from the last."""
    steps: int
    reverse: bool


class Names(Protocol):
    """What names and quotients mean beyond what a scope says: paths, metrics and derivatives, in claims."""

    def metric(self, name: str) -> int | None:
        """The node of a metric's value, None where no metric is called so; metrics win over names of the scope."""

    def node(self, path: str) -> int | None:
        """The node of a path, None where no node has it."""

    def special(self, name: Name, site: Site) -> Value:
        """What a name that is in no scope stands for; where it is nothing, that is reported."""

    def derivative(self, expression: Infix) -> Expression | None:
        """A quotient `d(y)/d(x)` as the call that it means, None where it is a plain one."""

    def gradient(self, of: int, by: int, call: Call, site: Site) -> Value:
        """The node of the derivative of one node by another."""


@dataclass(eq=False, slots=True)
class Draft:
    """The graph that statements are being made into, with what is known beside its nodes."""

    reporter: Reporter
    settings: Settings
    limits: Limits
    blocks: Blocks
    names: Names | None = None
    builder: GraphBuilder = field(default_factory=GraphBuilder)
    paths: Paths = field(default_factory=Paths)
    origins: dict[int, Span] = field(default_factory=dict)
    """The outermost call of a block that made a node, for nodes that blocks return."""
    inputs: dict[str, InputDeclaration] = field(default_factory=dict)
    params: dict[str, ParamDeclaration] = field(default_factory=dict)
    states: dict[str, StateDeclaration] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    """Further paths of nodes."""
    docs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    expansions: list[Expansion] = field(default_factory=list)
    copies: dict[str, int] = field(default_factory=dict)
    """How many copies a repeat or a scan has made, by its path: `tail[1]` to `tail[3]`."""
    places: Places = field(default_factory=Places)
    shared: SharedCalls = field(default_factory=SharedCalls)
    closed: bool = False
    """Whether all statements have been read, so that there come no more params and states."""
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.limits, self.reporter)

    def continued(self, blocks: Blocks, names: Names) -> Draft:
        """A draft that goes on with these nodes, and makes no declarations for this one."""
        return Draft(
            self.reporter,
            self.settings,
            self.limits,
            blocks,
            names,
            self.builder,
            self.paths,
            self.origins,
            params=dict(self.params),
            states=dict(self.states),
            aliases=dict(self.aliases),
            copies=dict(self.copies),
            shared=self.shared,
            closed=True,
        )

    def define(self, name: Name, value: Value, site: Site, path: str | None = None) -> None:
        """Enters a name into a scope; one that stands there already is reported at the later of the two.

        `path` is the value's, where it is not that of the name.
        """
        scope, span = site.scope, site.span(name)
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
            self.named.add(path or scope.joined(name.name))

    def at(self, path: str) -> int | None:
        """The node that a path of this draft leads to."""
        seen: set[str] = set()
        while path in self.aliases and path not in seen:
            seen.add(path)
            path = self.aliases[path]
        return self.places.of(path, self.builder.nodes)

    def call_at(self, path: str) -> CallRecord | None:
        """The call whose value a path leads to."""
        seen: set[str] = set()
        while path not in self.shared.calls and path in self.aliases and path not in seen:
            seen.add(path)
            path = self.aliases[path]
        return self.shared.calls.get(path)

    def document(self, path: str, doc: tuple[str, ...]) -> None:
        """Takes down the doc lines of what has a path, where it has any."""
        if doc:
            self.docs[path] = doc

    def origin(self, index: int) -> Span | None:
        """Where a node comes from, as its user sees it: a call in the text, not what is inside the block."""
        return self.origins.get(index, self.builder.nodes[index].span)

    def affords(self, count: int, span: Span) -> bool:
        """Whether a call or a repeat that makes so many nodes stays within the limits; else it is reported."""
        return self.budget.affords(len(self.builder), count, span)

    def check_budget(self, span: Span) -> None:
        """Raises Abandoned where the graph has grown past a limit."""
        if len(self.builder.nodes) > self.budget.ceiling:
            raise self.budget.overrun(len(self.builder), span)
