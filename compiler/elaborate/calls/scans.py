"""Calls of `scan`: what is taken apart, the block that takes each step, the states that it starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ....grammar.suggestion import near, suggestion
from ....grammar.syntax import Argument, Call, Expression, List, Name
from ... import faults
from ...ops.reductions.axes import axis_of
from ...shape import Clash, Size, shape_text
from ..draft import Scan
from ..expressions.append import reference
from ..expressions.constants import constant, whole
from ..expressions.stack import Stack
from ..scope import FAILED, BlockValue, Failed, Site, Value, callee, kind_of
from .arguments import BOOLEANS, assign_arguments
from .likes import like_of, settings_like
from .sharing import CallRecord

SCAN = "scan"
SETTINGS = ("axis", "steps", "reverse")
FORM = "write `scan(x, cell, h0, axis = 1)`, where `cell` is a block `(h, row)`"


class _Written(NamedTuple):
    """A call of scan as the text has it."""

    sequences: Sequence[Expression]
    """Those that are arguments; one that is piped in stands on the stack before them."""
    cell: BlockValue
    starts: Sequence[Expression]
    others: Sequence[Argument]
    axis: int
    steps: int | None
    reverse: bool
    like: CallRecord | None

    @property
    def states(self) -> int:
        return len(self.starts)


def begin_scan(stack: Stack, call: Call, *, piped: bool, path: str | None, last: bool) -> None:
    """Prepares a scan: its sequences, its starts and further arguments are evaluated first."""
    written = _written(stack, call, piped=piped)
    if written is None:
        stack.taken(piped)
        stack.values.append(FAILED)
        return
    stack.later(_scan, (call, written, piped, path, last))
    for argument in reversed(written.others):
        stack.later(stack.argument, argument.value)
    for expression in reversed([*written.sequences, *written.starts]):
        stack.later(stack.operand, expression)


# --- what is written --------------------------------------------------------------------------------------------


def _written(stack: Stack, call: Call, *, piped: bool) -> _Written | None:
    """The parts of a call; None where one has a fault, which is reported."""
    site = stack.site
    keywords = _keywords(call, site)
    rest = [each.value for each in call.arguments if each.keyword is None]
    if keywords is None:
        return None
    steps, sequences = keywords.get("steps"), _sequences(rest, keywords, call, site, piped=piped)
    if sequences is None:
        return None
    cell = _cell(rest, call, site, stepped=steps is not None)
    if cell is None:
        return None
    like = like_of(stack.draft, call, cell, site) if call.like else None
    axis = _number(keywords["axis"], "axis", site) if "axis" in keywords else 0
    count = _number(steps, "steps", site, least=1) if steps else None
    reverse = _boolean(keywords["reverse"], site) if "reverse" in keywords else False
    others = [each for each in call.arguments if each.keyword and each.keyword.name not in SETTINGS]
    if isinstance(like, Failed) or axis is None or reverse is None or (steps and count is None):
        return None
    starts = rest[1:]
    if not _fits(cell, len(sequences) + piped, starts, others, like, call, site):
        return None
    return _Written(sequences, cell, starts, others, axis, count, reverse, like)


def _keywords(call: Call, site: Site) -> dict[str, Argument] | None:
    keywords: dict[str, Argument] = {}
    for each in call.arguments:
        if each.keyword is None:
            continue
        if each.keyword.name in keywords:
            argument = each.keyword.name
            site.tell(faults.ARGUMENT_TWICE, each.keyword, name=SCAN, parameters="x, cell, h0", argument=argument)
            return None
        keywords[each.keyword.name] = each
    return keywords


def _sequences(
    rest: list[Expression], keywords: dict[str, Argument], call: Call, site: Site, *, piped: bool
) -> Sequence[Expression] | None:
    """What is taken apart, which leaves the positional arguments."""
    if piped or "steps" in keywords:
        if piped and "steps" in keywords:
            message = "`steps` stands in place of the sequence, and there is one on the left of `->`"
            site.tell(faults.SCAN_CALL, keywords["steps"], message=message)
            return None
        return ()
    first = rest[0] if rest else None
    if first is None or _block_named(first, site):
        message = "nothing says what it goes along"
        hint = f"{FORM}; without a sequence `steps = 100` says how often"
        site.tell(faults.SCAN_CALL, first or call, message=message, hint=hint)
        return None
    del rest[0]
    return first.items if isinstance(first, List) else (first,)


def _block_named(expression: Expression, site: Site) -> bool:
    if not isinstance(expression, Name) or site.scope.lookup(expression.name) is not None:
        return False
    return isinstance(callee(expression, site.scope), BlockValue)


def _cell(rest: Sequence[Expression], call: Call, site: Site, *, stepped: bool) -> BlockValue | None:
    """The block that takes each step."""
    if not rest:
        site.tell(faults.SCAN_CALL, call, message="it lacks the block that takes each step", hint=FORM)
        return None
    name = rest[0]
    called = callee(name, site.scope) if isinstance(name, Name) else None
    if isinstance(called, BlockValue):
        return called
    if isinstance(called, Failed) or (isinstance(name, Name) and site.scope.excused(name.name)):
        return None
    known = called if called is not None or not isinstance(name, Name) else site.scope.lookup(name.name)
    if isinstance(known, Failed):
        return None
    blocks = list(site.scope.unit.blocks)
    hint = FORM
    if stepped and known is not None:
        hint = (
            f"`steps` stands in place of the sequence; {FORM.replace('(x, ', '(').replace('axis = 1', 'steps = 100')}"
        )
    elif isinstance(name, Name) and near(name.name, blocks):
        hint = suggestion(name.name, blocks, what="blocks")
    what = kind_of(known) if known is not None else "no block"
    message = f"what takes each step is a block, and `{site.text(name)}` is {what}"
    site.tell(faults.SCAN_CALL, name, message=message, hint=hint)
    return None


def _number(argument: Argument, name: str, site: Site, least: int | None = None) -> int | None:
    """A whole number that is known."""
    value = constant(argument.value, site, f"`{name}`")
    number = whole(value)
    if isinstance(number, int) and (least is None or number >= least):
        return number
    if not isinstance(value, Failed):
        wanted = f"a whole number of at least {least}" if least else "a whole number"
        site.tell(faults.WRONG_SETTING, argument.value, key=f"{SCAN}: {name}", wanted=wanted)
    return None


def _boolean(argument: Argument, site: Site) -> bool | None:
    value = argument.value
    if isinstance(value, Name) and value.name in BOOLEANS and site.scope.lookup(value.name) is None:
        return BOOLEANS[value.name]
    site.tell(faults.WRONG_SETTING, value, key=f"{SCAN}: reverse", wanted="`true` or `false`")
    return None


def _fits(
    cell: BlockValue,
    rows: int,
    starts: Sequence[Expression],
    others: Sequence[Argument],
    like: CallRecord | None,
    call: Call,
    site: Site,
) -> bool:
    """Whether the block takes what each step gives it, and returns its states."""
    block = cell.block
    if block.result is None:
        return False
    name, returned = block.name.name, len(block.result.values)
    parameters = [each.name.name for each in block.parameters]
    listing = f"`{name}({', '.join(parameters)})`"
    if not starts:
        message = f"it lacks the state that {listing} starts from"
        site.tell(faults.SCAN_CALL, call, message=message, hint="write it out behind the block: `expand(0, [N, 8])`")
        return False
    if len(starts) != returned:
        message = (
            f"`{name}` returns {_counted(returned, 'value')}, the states of the next step, but "
            f"{_counted(len(starts), 'start')} {'is' if len(starts) == 1 else 'are'} given"
        )
        site.tell(faults.SCAN_CALL, call, message=message, hint=FORM)
        return False
    first = returned + rows
    if first > len(parameters):
        given = f"{_counted(returned, 'state')} and {_counted(rows, 'row')}" if rows else _counted(returned, "state")
        message = f"each step calls {listing} with {given}, which are too many"
        site.tell(faults.SCAN_CALL, call, message=message, hint=FORM)
        return False
    settings = like.settings if like else {}
    required = [
        each.name.name for each in block.parameters[first:] if each.default is None and each.name.name not in settings
    ]
    steps = [Argument(None, call, call.start, call.stop)] * first  # what each step gives by position
    return assign_arguments(name, parameters, required, [*steps, *others], call.function, site) is not None


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


# --- what is made -----------------------------------------------------------------------------------------------


def _scan(stack: Stack, item: tuple[Call, _Written, bool, str | None, bool]) -> None:
    call, written, piped, path, last = item
    draft, site = stack.draft, stack.site
    sequences, starts = len(written.sequences) + piped, written.states
    values = stack.taken(sequences + starts + len(written.others))
    further = zip(written.others, values[sequences + starts :], strict=True)
    others = {each.keyword.name: value for each, value in further if each.keyword}
    path = stack.path(call, SCAN) if path is None else path
    named = last and len(stack.names) == starts
    roots = stack.names if named else [f"{path}.result_{number}" for number in range(1, starts + 1)]
    found = _ready(stack, call, written, values[: sequences + starts], others, piped=piped)
    results: list[Value] = [FAILED] * starts
    if found is not None:
        results = draft.blocks.scan(draft, found, path, roots if starts > 1 else [path], site.span(call), written.like)
    if starts == 1:
        stack.values += results
        return
    if last and stack.names:
        stack.several = results
    else:
        given = f"`{SCAN}` returns {starts} values"
        site.tell(faults.WRONG_COUNT_OF_VALUES, call, wanted="one value is wanted", given=given)
    stack.values.append(FAILED)


def _ready(
    stack: Stack, call: Call, written: _Written, values: Sequence[Value], others: dict[str, Value], *, piped: bool
) -> Scan | None:
    """A scan whose sequences go together; None where they don't, which is reported."""
    draft, site = stack.draft, stack.site
    if not draft.blocks.expands or any(isinstance(each, Failed) for each in (*values, *others.values())):
        return None
    arguments = settings_like(written.like, others, call, site) if written.like else others
    if arguments is None:
        return None
    places: list[Expression] = [*([call] if piped else []), *written.sequences, *written.starts]
    nodes = [reference(draft, value, site.span(place)) for value, place in zip(values, places, strict=True)]
    known = [each for each in nodes if each is not None]
    if len(known) < len(nodes):
        return None
    count = len(nodes) - written.states
    axes: list[int] = []
    sizes: list[Size] = []
    for node, place in zip(known[:count], places, strict=False):
        shape = draft.builder.type(node).shape
        try:
            axes.append(axis_of(SCAN, shape, written.axis))
        except Clash as clash:
            site.tell(faults.SCAN_CALL, place, message=clash.message.removeprefix("scan: "))
            return None
        size = shape[axes[-1]]
        if not isinstance(size, int):
            message = (
                f"axis {axes[-1]} of x, {shape_text(shape)}, has no known size, so that its steps can't be counted"
            )
            hint = f"another axis is `axis = {int(not axes[-1])}`; in place of a dim a `const` has a known size"
            site.tell(faults.SCAN_CALL, place, message=message, hint=hint)
            return None
        sizes.append(size)
        if size != sizes[0]:
            message = f"its sequences have {sizes[0]} and {size} elements along axis {written.axis}"
            site.tell(faults.SCAN_CALL, place, message=message)
            return None
    steps = sizes[0] if sizes else written.steps
    assert isinstance(steps, int)  # there are sequences, or a number of steps
    return Scan(written.cell, known[:count], known[count:], arguments, axes, written.axis, steps, written.reverse)
