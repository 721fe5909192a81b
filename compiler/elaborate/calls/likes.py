"""What a call takes from the one that it is like: the block must be the same, and so must settings that it gives."""

from __future__ import annotations

from collections.abc import Mapping

from ....grammar.expression_text import expression_text
from ....grammar.suggestion import suggestion
from ....grammar.syntax import Call, Name
from ... import faults
from ...ops.attribute import attribute_text
from ...shape import Linear
from ..draft import Draft
from ..order import first_name
from ..scope import FAILED, BlockValue, Failed, InitialiserValue, NodeValue, Site, Value, described
from .sharing import CallRecord


def like_of(draft: Draft, call: Call, called: BlockValue, site: Site) -> CallRecord | Failed:
    """The call that another one is like; FAILED where there is no such, which is told."""
    name = call.like
    assert name is not None  # asked where there is one
    found = site.scope.owner(name.name, first_name(name.name))
    if found is None:
        hint = suggestion(name.name, site.scope.known, what="names")
        site.tell(faults.UNKNOWN_NAME, name, name=name.name, hint=hint)
        return FAILED
    if isinstance(found[1], Failed):
        return FAILED
    record = draft.call_at(found[0])
    if record is None:
        reason = f"`{name.name}` is not the value of a block's call"
        site.tell(faults.NOT_ALIKE, name, name=name.name, reason=reason, hint=_meant(draft, called, found[0], name))
        return FAILED
    if record.callee.block is not called.block:
        reason = f"it calls `{call.function.name}`, and `{name.name}` is a call of `{record.callee.block.name.name}`"
        site.tell(faults.NOT_ALIKE, call.function, name=name.name, reason=reason)
        return FAILED
    return record


def not_like(call: Call, site: Site) -> None:
    """Reports `like` after a call of what has no params."""
    assert call.like is not None  # asked where there is one
    reason = f"`{call.function.name}` is no block, and has no params"
    site.tell(faults.NOT_ALIKE, call.like, name=call.like.name, reason=reason, hint="leave `like` out")


def settings_like(record: CallRecord, given: Mapping[str, Value], call: Call, site: Site) -> dict[str, Value] | None:
    """The arguments of a call, those that it leaves out as the other call has them; None where one differs."""
    assert call.like is not None  # asked where there is one
    for name, value in given.items():
        other = record.settings.get(name)
        if other is None or isinstance(value, Failed | NodeValue) or _same(value, other):
            continue
        reason = f"`{name}` is {_shown(value)} here, and {_shown(other)} there"
        place = next((each for each in call.arguments if each.keyword and each.keyword.name == name), call.function)
        site.tell(faults.NOT_ALIKE, place, name=call.like.name, reason=reason, hint=f"leave `{name}` out")
        return None
    return {**record.settings, **given}


def _meant(draft: Draft, called: BlockValue, path: str, name: Name) -> str:
    """Calls of the block that stand under a path, else how a call gets a name."""
    inside = (
        each for each, record in draft.shared.calls.items()
        if record.callee.block is called.block and each.startswith((f"{path}.", f"{path}["))
    )  # fmt: skip
    if (found := next(inside, None)) is not None:
        return f"the call in it is `{name.name}{found[len(path) :]}`"
    return f"name a call with `as`: `x -> {called.block.name.name}(...) as first`"


def _same(one: Value, other: Value) -> bool:
    match one, other:
        case BlockValue(), BlockValue():
            return one.block is other.block
        case InitialiserValue(), InitialiserValue():
            return _initial_text(one) == _initial_text(other)
    return type(one) is type(other) and one == other if isinstance(one, str | tuple | Linear) else one == other


def _initial_text(value: InitialiserValue) -> tuple[str, list[tuple[str, str]]]:
    written = [(each.keyword.name if each.keyword else "", expression_text(each.value)) for each in value.arguments]
    return value.name, written


def _shown(value: Value) -> str:
    if isinstance(value, InitialiserValue):
        arguments = (f"{key} = {text}" if key else text for key, text in _initial_text(value)[1])
        return f"`{value.name}({', '.join(arguments)})`"
    if isinstance(value, float | int | str | tuple | Linear):
        return f"`{attribute_text(value)}`"
    return described(value)
