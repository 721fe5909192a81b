"""How large a spec may become before it is refused, and what one compilation has spent of that."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...grammar.source import Span
from ..faults import BUDGET
from .reporter import Abandoned, Reporter


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one compilation, checked before memory grows.

    `nodes` of the graph, and those of them that blocks and repeats make (`expanded`); `block_depth`: blocks and repeats
    inside one another; `parameter_bytes` in float64, of all together; `rank`: axes of a value; `use_depth`: files that
    use files; `files` that are used in all.
    """

    nodes: int = 5_000_000
    expanded: int = 400_000
    block_depth: int = 64
    parameter_bytes: int = 16 * 2**30
    rank: int = 32
    use_depth: int = 32
    files: int = 1000


MOST = 10**18
"""Amounts are not counted further."""

COUNTED: Mapping[str, str] = MappingProxyType(
    {
        "nodes": "nodes",
        "expanded": "nodes made by blocks and repeats",
        "block_depth": "blocks and repeats inside one another",
        "parameter_bytes": "bytes of parameters",
        "rank": "axes",
        "use_depth": "files that use one another",
        "files": "used files",
    }
)
"""What each limit counts, as a message says it."""


def over_budget(limits: Limits, name: str, amount: int, place: Span, reporter: Reporter) -> bool:
    """Whether an amount is above a limit, which is reported."""
    limit: int = getattr(limits, name)
    if amount <= limit:
        return False
    hint: str | None = f"if it is meant, raise the limit: CHAINRULE_LIMITS={name}={max(amount, 2 * limit)}"
    shown = f"{amount:,}"
    if amount >= MOST:
        shown, hint = f"at least {MOST:,}", None
    reporter.report(BUDGET, place, amount=shown, what=COUNTED[name], limit=f"{limit:,}", hint=hint)
    return True


class Budget:
    """Counts nodes and bytes of parameters against the limits; what is above one is reported.

    Nodes that blocks and repeats make have a limit of their own: a short text can ask for any number of them.
    """

    def __init__(self, limits: Limits, reporter: Reporter) -> None:
        self.limits = limits
        self.reporter = reporter
        self.ceiling = limits.nodes
        """Nodes of the graph at which a limit is reached."""
        self._expanded = 0
        """Nodes that calls made which have ended."""
        self._start: int | None = None
        """Nodes that stood before the outermost call that has not ended."""
        self._bytes = 0
        self._reported: set[str] = set()

    def begin(self, nodes: int) -> None:
        """The outermost call of a block, or copy of a repeat, begins; so many nodes stand."""
        self._start = nodes
        self.ceiling = min(self.limits.nodes, nodes + self.limits.expanded - self._expanded)

    def end(self, nodes: int) -> None:
        """It ends."""
        self._expanded = self._expanded_at(nodes)
        self._start = None
        self.ceiling = self.limits.nodes

    def _expanded_at(self, nodes: int) -> int:
        return self._expanded + (nodes - self._start if self._start is not None else 0)

    def affords(self, nodes: int, more: int, place: Span) -> bool:
        """Whether a call or a repeat that makes at least so many more nodes stays within the limits.

        Raises Abandoned inside another call: its rest could ask as much again, without end.
        """
        expanded = self._expanded_at(nodes) + more
        over = self._over("nodes", nodes + more, place) or self._over("expanded", expanded, place)
        if over and self._start is not None:
            raise Abandoned
        return not over

    def overrun(self, nodes: int, place: Span) -> Abandoned:
        """What to raise where the ceiling is reached."""
        if not self._over("nodes", nodes, place):
            self._over("expanded", self._expanded_at(nodes), place)
        return Abandoned()

    def affords_parameter(self, elements: int, place: Span) -> bool:
        """Whether one more parameter stays within the limit of bytes."""
        self._bytes += 8 * elements
        return not self._over("parameter_bytes", self._bytes, place)

    def _over(self, name: str, amount: int, place: Span) -> bool:
        """Whether an amount is above a limit, which is reported once."""
        limit: int = getattr(self.limits, name)
        if amount > limit and name not in self._reported:
            self._reported.add(name)
            over_budget(self.limits, name, amount, place, self.reporter)
        return amount > limit
