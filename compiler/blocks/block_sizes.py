"""How many nodes a call of a block makes at the least, whatever it is given: blocks that double soon fill a memory."""

from collections.abc import Callable, Collection, Iterable, Iterator

from ...grammar.syntax import Block, Call, Const, Expression, Name, Next, Node, Number, Param, Repeat, Stage, State
from ..elaborate.expressions.constants import whole
from ..elaborate.limits import MOST
from ..elaborate.order import functions_in, parts_of
from ..elaborate.scope import BlockValue, Value
from ..ops.operation import Operation

Lookup = Callable[[Name], Value | None]
"""What a name stands for."""


def block_size(block: Block, callee: Lookup) -> int:
    """How many nodes a call of a block makes at the least, all its arguments given: what it returns is one."""
    leaves = sum(isinstance(statement, Param | State) for statement in block.body)
    return max(1, min(leaves + _least_nodes(_own_expressions(block), callee), MOST))


def _least_nodes(parts: Iterable[object], callee: Lookup) -> int:
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
            total += times * _size(callee(part.function))
        elif isinstance(part, Stage) and isinstance(part.target, Name):
            total += times * _size(callee(part.target))
        work += [(inner, times) for inner in parts_of(part)]
    return total


def _size(callee: Value | None) -> int:
    if isinstance(callee, BlockValue):
        return callee.unit.block_sizes.get(callee.block.name.name, 1)
    return 1 if isinstance(callee, Operation) else 0


def _count(repeat: Repeat) -> int:
    count = whole(repeat.count.value) if isinstance(repeat.count, Number) else None
    return count if isinstance(count, int) else 1


def varies(block: Block, callee: Lookup) -> bool:
    """Whether a call makes more nodes with some arguments, or constants of the file, than with others."""
    passed = {parameter.name.name for parameter in block.parameters}
    defaults = (parameter.default for parameter in block.parameters if parameter.default is not None)
    return any(any(functions_in(default)) for default in defaults) or any(
        _varies(expression, passed) or any(_is_varying(callee(name)) for name in functions_in(expression))
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


def _is_varying(callee: Value | None) -> bool:
    return isinstance(callee, BlockValue) and callee.block.name.name in callee.unit.varying_blocks


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
