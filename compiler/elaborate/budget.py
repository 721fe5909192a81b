"""What one compilation has spent of its limits."""

from ...grammar.source import Span
from .limits import Limits, over_budget
from .reporter import Abandoned, Reporter


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
