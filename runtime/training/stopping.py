"""Stop rules: when a watched metric says that training is over, and which weights were the best."""

from dataclasses import dataclass

from ...compiler.graph.signatures import Invocation
from ..fields import Fields, written_number


@dataclass
class Watch:
    """A stop rule, and what it has seen: the best value, the step of it, and reports since then without a better one.

    A value that is not a number is never better.
    """

    rule: Invocation
    higher: bool
    best: float | None = None
    best_step: int = 0
    waited: int = 0
    over: bool = False

    @property
    def metric(self) -> str:
        """What is watched, as the rows of the metrics name it."""
        return self.rule.text("watch")

    def see(self, step: int, value: float) -> bool:
        """Takes note of a report; returns whether it is the best so far."""
        if self.rule.name in ("below", "above"):
            border = self.rule.number("value")
            self.over = value < border if self.rule.name == "below" else value > border
            return False
        if improved := self._better(value):
            self.best, self.best_step, self.waited = value, step, 0
        else:
            self.waited += 1
        self.over = self.waited >= self.rule.integer("patience")
        return improved

    def _better(self, value: float) -> bool:
        if self.best is None:
            return value == value
        gain = value - self.best if self.higher else self.best - value
        return gain > self.rule.number("delta")

    def state(self) -> dict[str, object]:
        """What `restore` takes, as JSON holds it."""
        best = None if self.best is None else written_number(self.best)
        return {"best": best, "best_step": self.best_step, "waited": self.waited, "over": self.over}

    def restore(self, state: Fields) -> None:
        """Goes on from an earlier state. Raises Unfit."""
        self.best = state.number("best") if "best" in state else None
        self.best_step, self.waited = state.whole("best_step"), state.whole("waited")
        self.over = state.flag("over")
