"""Chains: a value put through stages, and the copies of a `repeat`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..grammar.syntax import Call, Chain, Repeat, Stage
from . import faults
from .constants import constant, whole
from .reporter import span_of
from .values import FAILED, Failed, Scope

if TYPE_CHECKING:
    from .evaluation import Evaluation


class Chains:
    """Puts the value on top of an evaluation's stack through stages, and leaves the last one's value there.

    What is still to be done stands among the evaluation's own work.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.elaborator = evaluation.elaborator
        self.scope = evaluation.scope
        self.source = evaluation.source

    def chain(self, chain: Chain) -> None:
        """The stages of a chain; its first value is on the stack."""
        self.stages((chain.stages, 0, self.evaluation.root if chain is self.evaluation.top else None))

    def stages(self, item: tuple[Sequence[Stage], int, str | None]) -> None:
        """The stages from a number on; the last of all has a path where it is the statement's last call."""
        stages, number, final = item
        if number == len(stages):
            return
        self.evaluation.later(self.stages, (stages, number + 1, final))
        self._stage(stages[number], final if number == len(stages) - 1 else None)

    def _stage(self, stage: Stage, final: str | None) -> None:
        own = self.scope.joined(stage.name.name) if stage.name else None
        if own is not None and final is not None and own != final:
            self.elaborator.alias(final, own)
        path = own or final
        if stage.name is not None:
            self.evaluation.later(self._name_stage, stage)
        if isinstance(stage.target, Repeat):
            self._repeat(stage.target, path)
        else:
            target = stage.target
            call = target if isinstance(target, Call) else Call(target, (), target.start, target.stop)
            self.evaluation.call(call, piped=True, path=path, last=final is not None and stage.name is None)

    def _name_stage(self, stage: Stage) -> None:
        assert stage.name is not None  # only stages with a name come here
        self.elaborator.define(stage.name, self.evaluation.values[-1], self.scope, self.source)

    # --- copies -------------------------------------------------------------------------------------------------

    def _repeat(self, repeat: Repeat, path: str | None) -> None:
        path = path or self.elaborator.paths.numbered(self.evaluation.statement, "repeat")
        values, reporter = self.evaluation.values, self.elaborator.reporter
        count = constant(repeat.count, self.scope, self.source, reporter, "the count of a repeat")
        number = whole(count)
        span = span_of(self.source, repeat.count)
        if not isinstance(number, int) or number < 1:
            if not isinstance(count, Failed):
                reporter.report(faults.BAD_SIZE, span, value=count)
            number, values[-1] = 1, FAILED
        if not self.elaborator.expands:
            number = 1
        if number > 1 and not self.elaborator.afford(number * self._least_nodes(repeat), span):
            values[-1] = FAILED
            return
        self.evaluation.later(self._copies, (repeat, path, number, 1))

    def _least_nodes(self, repeat: Repeat) -> int:
        """How many nodes a copy makes at the least."""
        return max(1, self.elaborator.blocks.sizes.of_parts(repeat.stages, self.scope))

    def _copies(self, item: tuple[Repeat, str, int, int]) -> None:
        """The copies from a number on; after one with a fault no more are made."""
        repeat, path, count, number = item
        values = self.evaluation.values
        if number > count or (number > 1 and isinstance(values[-1], Failed)):
            self.elaborator.alias(path, f"{path}[{count}]")
            return
        self.evaluation.later(self._copies, (repeat, path, count, number + 1))
        copy = f"{path}[{number}]"
        inner = Scope(self.scope.unit, copy, self.scope)
        piped, span = values.pop(), span_of(self.source, repeat)
        values.append(self.elaborator.blocks.stages(repeat.stages, piped, inner, copy, span))
