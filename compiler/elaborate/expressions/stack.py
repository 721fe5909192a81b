"""The two stacks of an evaluation: what is still to be done, and the values of operands that wait for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ....grammar.syntax import Expression
from ..draft import Draft
from ..scope import Site, Value

Act: TypeAlias = Callable[["Stack", Any], None]
"""Something to be done on a stack, with what it works on."""


@dataclass(eq=False, slots=True)
class Stack:
    """One run over one expression: an act pops the values that it needs, and pushes the one that it makes.

    `statement` is the path under which unnamed nodes are called, `root` the path of the last call.
    """

    draft: Draft
    site: Site
    statement: str
    root: str
    names: Sequence[str]
    """Paths of the statement's names; a call may return as many values as there are."""
    operand: Act
    """Evaluates an expression; it is handed in, since expressions hold calls, and calls expressions."""
    argument: Act
    """Evaluates an argument of a block."""
    top: Expression | None = None
    several: list[Value] = field(default_factory=list)
    """The values of the statement's last call, where it returned several."""
    derivatives: int = 0
    """How many derivatives the expression at hand stands in."""
    work: list[tuple[Act, Any]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def run(self, act: Act, item: Any) -> Value:
        """Does something, and all that it leaves to be done; the value is what stands on the stack then."""
        work = self.work
        work.append((act, item))
        while work:
            act, item = work.pop()
            act(self, item)
        return self.values.pop()

    def later(self, act: Act, item: Any) -> None:
        """Leaves something to be done once all that was left after it is done."""
        self.work.append((act, item))

    def taken(self, count: int) -> list[Value]:
        """The last so many values, which leave the stack."""
        first = len(self.values) - count
        values = self.values[first:]
        del self.values[first:]
        return values

    def path(self, expression: Expression, name: str) -> str:
        """The path of the node that an expression is made into: only the last call has that of the statement."""
        return self.root if expression is self.top else self.draft.paths.numbered(self.statement, name)
