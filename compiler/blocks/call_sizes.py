"""How many nodes a call of a block makes at the least, known before it is expanded: blocks that double fill a memory.

First whatever it is given, then with the arguments of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...grammar.syntax import (
    Argument,
    Block,
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
from ..elaborate.budget import MOST
from ..elaborate.calls.arguments import assign_arguments
from ..elaborate.expressions.constants import constant, is_constant, whole
from ..elaborate.order import defined_names, functions_in, parts_of
from ..elaborate.reporter import Reporter
from ..elaborate.scope import UNKNOWN, BlockValue, Scope, Site, Value, callee
from ..ops.operation import Operation

STEPS = 100_000
"""Calls and parts of expressions that are looked at in one compilation; what comes after counts as little as it can."""

DEEPEST = 64
"""Calls inside one another that are looked into."""

Fixed = int | float | BlockValue | Operation
"""An argument that the number of nodes may hang on."""


Lookup = Callable[[Name], Value | None]
"""What a name stands for."""


def block_size(block: Block, lookup: Lookup) -> int:
    """How many nodes a call of a block makes at the least, all its arguments given: what it returns is one."""
    leaves = sum(isinstance(statement, Param | State) for statement in block.body)
    return max(1, min(leaves + _least_nodes(_own_expressions(block), lookup), MOST))


def _least_nodes(parts: Iterable[object], lookup: Lookup) -> int:
    """How many nodes expressions and stages make at the least. Iterative."""
    total = 0
    work: list[tuple[object, int]] = [(part, 1) for part in parts]
    while work:
        part, times = work.pop()
        if isinstance(part, Repeat):
            times = min(times * _count(part), MOST)
            work += [(stage, times) for stage in part.stages]
            continue
        if isinstance(part, Call):
            total += times * _size(lookup(part.function))
        elif isinstance(part, Stage) and isinstance(part.target, Name):
            total += times * _size(lookup(part.target))
        work += [(inner, times) for inner in parts_of(part)]
    return total


def _size(called: Value | None) -> int:
    if isinstance(called, BlockValue):
        return called.unit.block_sizes.get(called.block.name.name, 1)
    return 1 if isinstance(called, Operation) else 0


def _count(repeat: Repeat) -> int:
    count = whole(repeat.count.value) if isinstance(repeat.count, Number) else None
    return count if isinstance(count, int) else 1


def varies(block: Block, lookup: Lookup) -> bool:
    """Whether a call makes more nodes with some arguments, or constants of the file, than with others."""
    passed = {parameter.name.name for parameter in block.parameters}
    defaults = (parameter.default for parameter in block.parameters if parameter.default is not None)
    return any(any(functions_in(default)) for default in defaults) or any(
        _varies(expression, passed) or any(_is_varying(lookup(name)) for name in functions_in(expression))
        for expression in _own_expressions(block)
    )


def _varies(expression: Expression, passed: Collection[str]) -> bool:
    """Whether it calls what is passed in, or has a number of copies that is no literal. Iterative."""
    work: list[object] = [expression]
    while work:
        part = work.pop()
        if isinstance(part, Repeat) and not isinstance(part.count, Number):
            return True
        if isinstance(part, Call) and part.function.name in passed:
            return True
        if isinstance(part, Stage) and isinstance(part.target, Name) and part.target.name in passed:
            return True
        work += parts_of(part)
    return False


def _is_varying(called: Value | None) -> bool:
    return isinstance(called, BlockValue) and called.block.name.name in called.unit.varying_blocks


def expressions_of(block: Block) -> Iterator[Expression]:
    """The expressions of a block whose calls are its own."""
    for parameter in block.parameters:
        if parameter.default is not None:
            yield parameter.default
    yield from _own_expressions(block)


def _own_expressions(block: Block) -> Iterator[Expression]:
    for statement in block.body:
        if isinstance(statement, Node | Const | Param | State | Next):
            yield statement.value
    yield from block.result.values if block.result else ()


# --- with its arguments ---------------------------------------------------------------------------------------------


@dataclass(eq=False)
class CallSizes:
    """Counts what calls make, each block once for the same arguments.

    A number never is above what the expansion makes, so that nothing is refused that would have gone.
    """

    _known: dict[tuple[object, ...], int] = field(default_factory=dict)
    _steps: int = 0
    _depth: int = 0

    def of_call(self, called: BlockValue, given: Mapping[str, Value]) -> int:
        """A call with some of its arguments; the others may be anything."""
        name = called.block.name.name
        least = called.unit.block_sizes.get(name, 1)
        if name not in called.unit.varying_blocks or self._depth >= DEEPEST:
            return least
        fixed = {each: value for each, value in given.items() if isinstance(value, Fixed)}
        key = (id(called.block), *((each, _identity(value)) for each, value in fixed.items()))
        if key not in self._known:
            self._known[key] = least  # should the block be passed to itself
            self._depth += 1
            self._known[key] = max(least, self._expanded(called, fixed, given))
            self._depth -= 1
        return self._known[key]

    def _expanded(self, called: BlockValue, fixed: Mapping[str, Value], given: Mapping[str, Value]) -> int:
        block, scope = called.block, Scope(called.unit)
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
        called = callee(function, scope)
        if not isinstance(called, BlockValue):
            return 1 if isinstance(called, Operation) else 0
        if called.block.name.name not in called.unit.varying_blocks:
            return self.of_call(called, {})
        parameters = [parameter.name.name for parameter in called.block.parameters]
        assigned = assign_arguments(function.name, parameters, (), arguments, function, _unheard(scope), piped=piped)
        values = {
            name: UNKNOWN if argument is None else self._fixed(argument.value, scope)
            for name, argument in (assigned or {}).items()
        }
        return self.of_call(called, values)

    def _fixed(self, expression: Expression, scope: Scope) -> Value:
        """The value of an argument or a count, UNKNOWN where a node or something else stands there."""
        if isinstance(expression, Number):
            return expression.value
        value: Value | None = None
        if isinstance(expression, Name):
            value = scope.lookup(expression.name)
            value = callee(expression, scope) if value is None else value
        elif is_constant(expression, scope):
            value = constant(expression, _unheard(scope), "")
        return value if isinstance(value, Fixed) else UNKNOWN


def _unheard(scope: Scope) -> Site:
    """A scope of which nobody hears: its faults are reported where the call is expanded."""
    return Site(scope, scope.unit.source, Reporter())


def _identity(value: Value) -> object:
    """By what two arguments are the same."""
    return value if isinstance(value, int | float) else id(value)
