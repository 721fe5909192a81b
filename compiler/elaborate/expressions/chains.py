"""Chains: the value on top of a stack put through stages, and the copies of a `repeat`."""

from __future__ import annotations

from collections.abc import Sequence

from ....grammar.syntax import Call, Chain, Repeat, Stage
from ... import faults
from ..calls.begin import begin_call
from ..scope import FAILED, Failed, Scope
from .constants import constant, whole
from .stack import Stack


def chain(stack: Stack, item: Chain) -> None:
    """The stages of a chain; its first value is on the stack, and the last one's takes its place."""
    stages(stack, (item.stages, 0, stack.root if item is stack.top else None))


def stages(stack: Stack, item: tuple[Sequence[Stage], int, str | None]) -> None:
    """The stages from a number on; the last of all has a path where it is the statement's last call."""
    line, number, final = item
    if number == len(line):
        return
    stack.later(stages, (line, number + 1, final))
    _stage(stack, line[number], final if number == len(line) - 1 else None)


def _stage(stack: Stack, stage: Stage, final: str | None) -> None:
    own = stack.site.scope.joined(stage.name.name) if stage.name else None
    if own is not None and final is not None and own != final:
        stack.draft.aliases[final] = own
    path = own or final
    if stage.name is not None:
        stack.later(_name_stage, stage)
    target = stage.target
    if isinstance(target, Repeat):
        _repeat(stack, target, path)
        return
    called = target if isinstance(target, Call) else Call(target, (), target.start, target.stop)
    begin_call(stack, called, piped=True, path=path, last=final is not None and stage.name is None)


def _name_stage(stack: Stack, stage: Stage) -> None:
    assert stage.name is not None  # only stages with a name come here
    stack.draft.define(stage.name, stack.values[-1], stack.site)


# --- copies -----------------------------------------------------------------------------------------------------


def _repeat(stack: Stack, repeat: Repeat, path: str | None) -> None:
    draft, site, values = stack.draft, stack.site, stack.values
    path = path or draft.paths.numbered(stack.statement, "repeat")
    count = constant(repeat.count, site, "the count of a repeat")
    number = whole(count)
    if not isinstance(number, int) or number < 1:
        if not isinstance(count, Failed):
            site.tell(faults.BAD_SIZE, repeat.count, value=count)
        number, values[-1] = 1, FAILED
    if not draft.blocks.expands:
        number = 1
    if number > 1:
        least = max(1, draft.blocks.least_nodes(repeat, site.scope))
        if not draft.affords(number * least, site.span(repeat.count)):
            values[-1] = FAILED
            return
    stack.later(_copies, (repeat, path, number, 1))


def _copies(stack: Stack, item: tuple[Repeat, str, int, int]) -> None:
    """The copies from a number on; after one with a fault no more are made."""
    repeat, path, count, number = item
    draft, site, values = stack.draft, stack.site, stack.values
    if number > count or (number > 1 and isinstance(values[-1], Failed)):
        draft.aliases[path] = f"{path}[{count}]"
        draft.copies[path] = number - 1
        return
    stack.later(_copies, (repeat, path, count, number + 1))
    copy = f"{path}[{number}]"
    inner = site.inside(Scope(site.scope.unit, copy, site.scope))
    values.append(draft.blocks.copy(draft, repeat, values.pop(), inner, copy))
