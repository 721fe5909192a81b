"""How many nodes a call makes at the least with the arguments that it is given: known before it is expanded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...grammar.syntax import (
    Argument,
    Call,
    Const,
    Expression,
    Name,
    Next,
    Node,
    Number,
    Param,
    Repeat,
    Stage,
    State,
)
from ..elaborate.calls.arguments import assign_arguments
from ..elaborate.expressions.constants import constant, is_constant, whole
from ..elaborate.limits import MOST
from ..elaborate.order import defined_names, parts_of
from ..elaborate.reporter import Reporter
from ..elaborate.scope import UNKNOWN, BlockValue, Scope, Value
from ..elaborate.site import Site
from ..ops.operation import Operation

STEPS = 100_000
"""Calls and parts of expressions that are looked at in one compilation; what comes after counts as little as it can."""

DEEPEST = 64
"""Calls inside one another that are looked into."""

Fixed = int | float | BlockValue | Operation
"""An argument that the number of nodes may hang on."""


class CallSizes:
    """Counts what calls make, each block once for the same arguments.

    A number never is above what the expansion makes, so that nothing is refused that would have gone.
    """

    def __init__(self, callee: Callable[[Name, Scope], Value | None]) -> None:
        self._callee = callee
        self._known: dict[tuple[object, ...], int] = {}
        self._steps = 0
        self._depth = 0

    def of_call(self, callee: BlockValue, given: Mapping[str, Value]) -> int:
        """A call with some of its arguments; the others may be anything."""
        name = callee.block.name.name
        least = callee.unit.block_sizes.get(name, 1)
        if name not in callee.unit.varying_blocks or self._depth >= DEEPEST:
            return least
        fixed = {each: value for each, value in given.items() if isinstance(value, Fixed)}
        key = (id(callee.block), *((each, _identity(value)) for each, value in fixed.items()))
        if key not in self._known:
            self._known[key] = least  # should the block be passed to itself
            self._depth += 1
            self._known[key] = max(least, self._expanded(callee, fixed, given))
            self._depth -= 1
        return self._known[key]

    def _expanded(self, callee: BlockValue, fixed: Mapping[str, Value], given: Mapping[str, Value]) -> int:
        block, scope = callee.block, Scope(callee.unit)
        site = _unheard(scope)
        names = [parameter.name.name for parameter in block.parameters]
        names += [name for statement in block.body for name in defined_names(statement)]
        scope.values |= {**dict.fromkeys(names, UNKNOWN), **fixed}
        parts: list[Expression] = []
        for parameter in block.parameters:
            if parameter.default is not None and parameter.name.name not in given:
                scope.values[parameter.name.name] = self._fixed(parameter.default, scope)
                parts.append(parameter.default)
        total = 0
        for statement in block.body:
            if isinstance(statement, Const) and is_constant(statement.value, scope):
                scope.values[statement.name.name] = constant(statement.value, site, "")
            elif isinstance(statement, Node | Param | State | Next):
                parts.append(statement.value)
                total += isinstance(statement, Param | State)
        return total + self.of_parts([*parts, *(block.result.values if block.result else ())], scope)

    def of_parts(self, parts: Iterable[object], scope: Scope) -> int:
        """Expressions and stages in a scope. Iterative, but for calls inside calls."""
        total = 0
        work: list[tuple[Any, int]] = [(part, 1) for part in parts]
        while work:
            part, times = work.pop()
            self._steps += 1
            if self._steps > STEPS or total > MOST:
                break
            piped = isinstance(part, Stage)
            target = part.target if isinstance(part, Stage) else part
            if isinstance(target, Repeat):
                times = min(times * self._count(target.count, scope), MOST)
                work += [(stage, times) for stage in target.stages]
                continue
            if isinstance(target, Call):
                total += times * self._size(target.function, target.arguments, scope, piped=piped)
            elif piped and isinstance(target, Name):
                total += times * self._size(target, (), scope, piped=True)
            work += [(inner, times) for inner in parts_of(target)]
        return total

    def _count(self, expression: Expression, scope: Scope) -> int:
        """How many copies a repeat makes; 1 where that is not known."""
        count = whole(self._fixed(expression, scope))
        return count if isinstance(count, int) and count > 0 else 1

    def _size(self, function: Name, arguments: Sequence[Argument], scope: Scope, *, piped: bool) -> int:
        callee = self._callee(function, scope)
        if not isinstance(callee, BlockValue):
            return 1 if isinstance(callee, Operation) else 0
        if callee.block.name.name not in callee.unit.varying_blocks:
            return self.of_call(callee, {})
        parameters = [parameter.name.name for parameter in callee.block.parameters]
        assigned = assign_arguments(function.name, parameters, (), arguments, function, _unheard(scope), piped=piped)
        values = {
            name: UNKNOWN if argument is None else self._fixed(argument.value, scope)
            for name, argument in (assigned or {}).items()
        }
        return self.of_call(callee, values)

    def _fixed(self, expression: Expression, scope: Scope) -> Value:
        """The value of an argument or a count, UNKNOWN where a node or something else stands there."""
        if isinstance(expression, Number):
            return expression.value
        value: Value | None = None
        if isinstance(expression, Name):
            value = scope.lookup(expression.name)
            value = self._callee(expression, scope) if value is None else value
        elif is_constant(expression, scope):
            value = constant(expression, _unheard(scope), "")
        return value if isinstance(value, Fixed) else UNKNOWN


def _unheard(scope: Scope) -> Site:
    """A scope of which nobody hears: its faults are reported where the call is expanded."""
    return Site(scope, scope.unit.source, Reporter())


def _identity(value: Value) -> object:
    """By what two arguments are the same."""
    return value if isinstance(value, int | float) else id(value)
