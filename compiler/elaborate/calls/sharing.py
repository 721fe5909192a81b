"""Calls that have params in common: `like`, and the copies of a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ....grammar.source import Span
from ... import faults
from ..reporter import Reporter
from ..scope import BlockValue, Value


class CallRecord(NamedTuple):
    """A call of a block, or a scan of one, as `like` sees it."""

    path: str
    callee: BlockValue
    settings: Mapping[str, Value]
    """Arguments that are no nodes, defaults among them."""
    params: Sequence[str]
    """Paths of its params, in the order in which they are declared."""


@dataclass(eq=False, slots=True)
class Sharing:
    """One call while it is expanded: takes its params down, or gives it those of another.

    What stands under `copy`, a copy of a scan, owns its params under `owner`, the scan.
    """

    given: Sequence[str] | None = None
    like: str = ""
    """The call whose params are given, as the text names it; empty for the copies of a scan."""
    span: Span | None = None
    said: int = 0
    """How many faults were reported before the call."""
    copy: str = ""
    owner: str = ""
    params: list[str] = field(default_factory=list)
    taken: int = 0

    def next(self) -> str | None:
        """The path of the next param that is given; None where there is none left."""
        assert self.given is not None  # asked where it is
        self.taken += 1
        return self.given[self.taken - 1] if self.taken <= len(self.given) else None

    def finish(self, reporter: Reporter) -> None:
        """Reports params that were given and not taken."""
        if self.given is not None and self.taken < len(self.given):
            self.tell(f"it has no param in the place of `{self.given[self.taken]}`", reporter)

    def tell(self, reason: str, reporter: Reporter) -> None:
        """Reports that params don't agree, unless a fault in the call says why."""
        if self.like and len(reporter.diagnostics) == self.said:
            reporter.report(faults.NOT_ALIKE, self.span, name=self.like, reason=reason)


@dataclass(eq=False, slots=True)
class SharedCalls:
    """The calls that are being expanded, outermost first, and those that were."""

    open: list[Sharing] = field(default_factory=list)
    calls: dict[str, CallRecord] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    """Paths at which params are declared that are those of another call, with the path that they have."""

    @property
    def gives(self) -> bool:
        """Whether what is declared here is that of another call."""
        return any(each.given is not None for each in self.open)

    @property
    def in_scan(self) -> bool:
        """Whether a copy of a scan is being made."""
        return any(each.copy for each in self.open)

    def owned(self, path: str) -> str:
        """The path of a param that is declared under a path: the copies of a scan have none of their own."""
        for each in reversed(self.open):
            if each.copy and (path == each.copy or path.startswith((f"{each.copy}.", f"{each.copy}["))):
                path = each.owner + path[len(each.copy) :]
        return path

    def given(self) -> tuple[Sharing, str | None] | None:
        """The call that gives the next param, and the param's path; None where a new one is to be made."""
        for number in range(len(self.open) - 1, -1, -1):
            giver = self.open[number]
            if giver.given is None:
                continue
            path = giver.next()
            if path is not None:
                for inner in self.open[number + 1 :]:
                    inner.params.append(path)
            return giver, path
        return None

    def declared(self, path: str) -> None:
        """A new param was made."""
        for each in self.open:
            each.params.append(path)
