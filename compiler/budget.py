"""What one compilation has spent of its limits."""

from ..grammar.source import Span
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
        """Whether a call or a repeat that makes at least so many more nodes stays within the limits."""
        if over_budget(self.limits, "nodes", nodes + more, place, self.reporter):
            return False
        return not over_budget(self.limits, "expanded", self._expanded_at(nodes) + more, place, self.reporter)

    def overrun(self, nodes: int, place: Span) -> Abandoned:
        """What to raise where the ceiling is reached."""
        if not over_budget(self.limits, "nodes", nodes, place, self.reporter):
            over_budget(self.limits, "expanded", self._expanded_at(nodes), place, self.reporter)
        return Abandoned()

    def affords_parameter(self, elements: int, place: Span) -> bool:
        """Whether one more parameter stays within the limit of bytes."""
        self._bytes += 8 * elements
        return not over_budget(self.limits, "parameter_bytes", self._bytes, place, self.reporter)
