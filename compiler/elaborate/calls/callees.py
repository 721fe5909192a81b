"""What the name of a call stands for."""

from ....grammar.syntax import Name
from ...graph.signatures import INITIALISERS
from ...ops.operation import Operation
from ...ops.table import find
from ..scope import FAILED, UNKNOWN, BlockValue, Failed, InitialiserValue, Scope, Value


def callee(function: Name, scope: Scope) -> Value | None:
    """An argument of a block, a block, an operation, an initialiser; None where nothing of that name is called."""
    name = function.name
    passed = scope.lookup(name)
    if passed is UNKNOWN:
        return FAILED
    if passed is not None and isinstance(passed, BlockValue | InitialiserValue | Operation):
        return passed
    unit = scope.unit
    if "." in name:
        alias, _, name = name.partition(".")
        used = unit.aliases.get(alias)
        if used is None or name in used.broken_blocks:
            return FAILED if used else None
        return used.blocks.get(name)
    if name in unit.broken_blocks:
        return FAILED
    if (block := unit.blocks.get(name)) is not None:
        return block
    operation = find(name)
    if operation is not None and operation.written:
        return operation
    if name in INITIALISERS:
        return InitialiserValue(name)
    return FAILED if isinstance(passed, Failed) else None
