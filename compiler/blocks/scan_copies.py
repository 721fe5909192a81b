"""The steps of a scan: one call of its cell for each, all of them with the params of the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...grammar.source import Span
from .. import faults
from ..elaborate.calls.sharing import CallRecord, Sharing
from ..elaborate.draft import Blocks, Draft, Scan
from ..elaborate.scope import NodeValue, Value
from ..graph.graph import Expansion
from ..ops.arrangement.indexing import one_along
from ..ops.reductions.axes import axis_of
from ..ops.table import INDEX, ONLY_STEP, STEPS_OF_SCAN
from ..shape import Clash, shape_text
from .params_first import params_first


def copies(
    blocks: Blocks, draft: Draft, scan: Scan, path: str, roots: Sequence[str], span: Span, like: CallRecord | None
) -> list[list[int]] | None:
    """The states after each step, in the order of the sequences; None where there is a fault, which is reported."""
    draft.copies |= dict.fromkeys(roots, scan.steps)
    names = [each.name.name for each in scan.cell.block.parameters]
    states, given = list(scan.starts), None if like is None else like.params
    results: dict[int, list[int]] = {}
    start, expansions = len(draft.builder), len(draft.expansions)
    for place in reversed(range(scan.steps)) if scan.reverse else range(scan.steps):
        copy = f"{path}[{place + 1}]"
        sharing = Sharing(given, copy=copy, owner=path)
        draft.shared.open.append(sharing)
        begin = len(draft.builder)
        rows = [_row(draft, copy, x, axis, place, span) for x, axis in zip(scan.sequences, scan.axes, strict=True)]
        arguments: Mapping[str, Value] = {
            **dict(zip(names, map(NodeValue, (*states, *rows)), strict=False)),
            **scan.others,
        }
        values = blocks.call(draft, scan.cell, arguments, copy, [f"{root}[{place + 1}]" for root in roots], span)
        draft.shared.open.pop()
        draft.expansions.append(Expansion(copy, "", begin, len(draft.builder)))
        found = [value.index for value in values if isinstance(value, NodeValue)]
        if len(found) < len(values):
            return None
        if given is None:
            moved = params_first(draft, start, expansions)
            found = [moved.get(each, each) for each in found]
            given = sharing.params
            _take_down(draft, scan, path, given)
        if not results and not _go_on(draft, scan, found, span):
            return None
        results[place] = states = found
    return [results[place] for place in range(scan.steps)]


def _row(draft: Draft, copy: str, x: int, axis: int, place: int, span: Span) -> int:
    """What one step takes of a sequence."""
    part = one_along(draft.builder.type(x).shape, axis, place)
    return draft.builder.append(INDEX, (x,), tuple(part), draft.paths.numbered(copy, INDEX.name), span)


def _take_down(draft: Draft, scan: Scan, path: str, params: Sequence[str]) -> None:
    """The scan as a call that another may be like."""
    settings = {name: value for name, value in scan.others.items() if not isinstance(value, NodeValue)}
    draft.shared.calls[path] = CallRecord(path, scan.cell, settings, params)


def _go_on(draft: Draft, scan: Scan, found: Sequence[int], span: Span) -> bool:
    """Whether what a step returns can be the state of the next; else it is reported."""
    for state, value in zip(scan.starts, found, strict=True):
        wanted, given = draft.builder.type(state), draft.builder.type(value)
        if wanted == given:
            continue
        hint = None
        if wanted.shape == given.shape:
            hint = "a state that starts as whole numbers becomes real by `1.0 *`"
        elif not wanted.shape:
            hint = f"the start is written out: `expand(0, {shape_text(given.shape)})`"
        draft.reporter.report(
            faults.SCAN_STATE, span, cell=scan.cell.block.name.name, given=given, wanted=wanted, hint=hint
        )
        return False
    return True


def stacked(draft: Draft, steps: Sequence[int], axis: int, path: str, span: Span) -> NodeValue | None:
    """The values of all steps along an axis of their own; None where there is no such, which is reported."""
    builder, count = draft.builder, len(steps)
    shape = builder.type(steps[0]).shape
    try:
        place = axis_of("scan", (*shape, count), axis, "the result")
    except Clash as clash:
        hint = f"the state is {shape_text(shape)}; its steps are stacked along the axis that is gone through"
        message = clash.message.removeprefix("scan: ")
        draft.reporter.report(faults.SCAN_CALL, span, message=message, hint=hint if shape else None)
        return None
    draft.paths.take(path)
    if count == 1:
        whole = (*shape[:place], 1, *shape[place:])
        return NodeValue(builder.append(ONLY_STEP, tuple(steps), (whole, place), path, span))
    return NodeValue(builder.append(STEPS_OF_SCAN, tuple(steps), (place,), path, span))
