"""Calls of operations and blocks: operands first, in the order in which they are written, then the call itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....grammar.syntax import Argument, Call
from ... import faults
from ...ops.attribute import AttributeValue
from ...ops.operation import Operation
from ..expressions.append import append
from ..expressions.stack import Stack
from ..misuses import not_callable
from ..scope import FAILED, BlockValue, Failed, Value, callee
from .arguments import assign_arguments, attribute_values, form_called, parameters_of
from .likes import like_of, not_like, settings_like
from .scans import SCAN, begin_scan
from .sharing import CallRecord


def begin_call(stack: Stack, call: Call, *, piped: bool, path: str | None, last: bool) -> None:
    """Prepares a call: its operands are evaluated first.

    `piped`: its first argument is on the stack; `last`: it is the statement's last call, the one that may return
    several values.
    """
    called = callee(call.function, stack.site.scope)
    like: CallRecord | Failed | None = None
    if isinstance(called, BlockValue):
        like = like_of(stack.draft, call, called, stack.site) if call.like else None
        if isinstance(like, Failed):
            _give_up(stack, call.arguments, piped)
            return
        known = like.settings if like else {}
        parameters = [parameter.name.name for parameter in called.block.parameters]
        required = [
            parameter.name.name
            for parameter in called.block.parameters
            if parameter.default is None and parameter.name.name not in known
        ]
    elif called is None and call.function.name == SCAN:  # a block of that name goes before it
        begin_scan(stack, call, piped=piped, path=path, last=last)
        return
    elif isinstance(called, Operation):
        parameters, required = parameters_of(called, call.arguments, piped=piped)
    else:
        not_callable(stack.site, call, called)
        _give_up(stack, call.arguments, piped)
        return
    assigned = assign_arguments(
        call.function.name, parameters, required, call.arguments, call.function, stack.site, piped=piped
    )
    if assigned is None:
        _give_up(stack, call.arguments, piped)
        return
    if isinstance(called, BlockValue):
        stack.later(_expand, (call, called, tuple(assigned), path, last, like))
        for argument in reversed(assigned.values()):
            if argument is not None:
                stack.later(stack.argument, argument.value)
        return
    if call.like is not None:
        not_like(call, stack.site)
        _give_up(stack, call.arguments, piped)
        return
    called = form_called(called, assigned)
    slots = called.slots(len(assigned))
    operands = {name: argument for name, argument in assigned.items() if name in slots}
    attributes = attribute_values(called, assigned, stack.site)
    if attributes is None:
        _give_up(stack, call.arguments, piped)
        return
    stack.later(_operation, (call, called, operands, attributes, path))
    for name in reversed(operands):
        if (argument := assigned[name]) is not None:
            stack.later(stack.operand, argument.value)


def _give_up(stack: Stack, arguments: Sequence[Argument], piped: bool) -> None:
    """The call is faulty, but its arguments are looked at all the same, for their own faults."""
    stack.later(_fail, len(arguments) + piped)
    for argument in reversed(arguments):
        stack.later(stack.argument, argument.value)


def _fail(stack: Stack, count: int) -> None:
    stack.taken(count)
    stack.values.append(FAILED)


def _operation(
    stack: Stack,
    item: tuple[Call, Operation, Mapping[str, Argument | None], tuple[AttributeValue, ...], str | None],
) -> None:
    call, operation, assigned, attributes, path = item
    values = dict(zip(assigned, stack.taken(len(assigned)), strict=True))
    slots = operation.slots(len(assigned))
    operands = [values[name] for name in slots]
    arguments = [assigned[name] for name in slots]
    written = [None if argument is None else argument.value for argument in arguments]
    path = stack.path(call, operation.called) if path is None else path
    stack.values.append(append(stack.draft, operation, operands, attributes, path, stack.site.span(call), written))


def _expand(stack: Stack, item: tuple[Call, BlockValue, tuple[str, ...], str | None, bool, CallRecord | None]) -> None:
    call, called, written, path, last, like = item
    draft = stack.draft
    values: dict[str, Value] = dict(zip(written, stack.taken(len(written)), strict=True))
    if like is not None:
        values = settings_like(like, values, call, stack.site) or dict.fromkeys(values, FAILED)
    name = called.block.name.name
    path = stack.path(call, name) if path is None else path
    span = stack.site.span(call)
    count = len(called.block.result.values) if called.block.result else 1
    if count == 1:
        stack.values += draft.blocks.call(draft, called, values, path, [path], span, like)
        return
    named = last and len(stack.names) == count
    roots = stack.names if named else [f"{path}.result_{number}" for number in range(1, count + 1)]
    results = draft.blocks.call(draft, called, values, path, roots, span, like)
    if last and stack.names:
        stack.several = results
    else:
        given = f"`{name}` returns {count} values"
        draft.reporter.report(faults.WRONG_COUNT_OF_VALUES, span, wanted="one value is wanted", given=given)
    stack.values.append(FAILED)
