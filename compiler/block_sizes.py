"""How many nodes a call makes at the least, known before it is expanded: blocks that double soon fill a memory."""

from collections.abc import Callable, Iterable, Iterator

from ..grammar.syntax import Block, Call, Const, Expression, Name, Node, Number, Param, Repeat, Stage
from .constants import whole
from .ops.operation import Operation
from .ordering import parts_of
from .values import BlockValue, Value

Look = Callable[[Name], Value | None]
"""What a name stands for."""


def least_nodes(parts: Iterable[object], callee: Look, value: Look) -> int:
    """How many nodes expressions and stages make at the least. Iterative."""
    total = 0
    work: list[tuple[object, int]] = [(part, 1) for part in parts]
    while work:
        part, times = work.pop()
        if isinstance(part, Repeat):
            count = _count(part.count, value)
            work += [(stage, times * count) for stage in part.stages]
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


def _count(expression: Expression, value: Look) -> int:
    found = expression.value if isinstance(expression, Number) else None
    if isinstance(expression, Name):
        found = value(expression)  # type: ignore[assignment]  # what is no number is left out below
    count = whole(found)
    return count if isinstance(count, int) else 1


def block_size(block: Block, callee: Look, value: Look) -> int:
    """How many nodes a call of a block makes at the least: what it returns is one."""
    params = sum(isinstance(statement, Param) for statement in block.body)
    return max(1, params + least_nodes(expressions_of(block), callee, value))


def expressions_of(block: Block) -> Iterator[Expression]:
    """The expressions of a block whose calls are its own."""
    for parameter in block.parameters:
        if parameter.default is not None:
            yield parameter.default
    for statement in block.body:
        if isinstance(statement, Node | Const | Param):
            yield statement.value
    yield from block.result.values if block.result else ()
