"""Operations that are given what does not fit: they blame the operand that it is."""

from collections.abc import Iterator

import pytest

from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Type

WRITTEN = [
    (operation, trial)
    for operation in OPERATIONS.values()
    for trial in operation.trials
    if operation.role in ("operation", "metric")
]
CLASSES = {operation for operation, _ in WRITTEN if operation.values.classes is not None or operation.role == "metric"}
"""Whether the second operand is right hangs on the first: class numbers, or a weight for each class."""


BY_AXIS = {"transpose", "pad"}
"""Their attributes have an entry for each axis."""


def misfits(operation: Operation, wanted: Type) -> Iterator[Type]:
    """Types like one, but for their kind, one axis or the number of axes."""
    kind, shape = wanted
    yield Type("real" if kind == "int" else "int", shape)
    for axis, size in enumerate(shape):
        assert isinstance(size, int)
        yield from (Type(kind, (*shape[:axis], other, *shape[axis + 1 :])) for other in (1, size + 3))
    if operation.name not in BY_AXIS:
        yield from (Type(kind, other) for other in ((), (*shape, 7), shape[1:], shape[:-1]))


def blamed(operation: Operation, types: tuple[Type, ...], trial: Trial) -> tuple[int, ...] | None:
    try:
        operation.infer(types, *trial.attributes)
    except Clash as clash:
        return clash.operands
    return None


@pytest.mark.parametrize(
    "operation", dict.fromkeys(operation for operation, _ in WRITTEN), ids=lambda operation: operation.name
)
def test_an_operand_that_does_not_fit_is_blamed(operation: Operation) -> None:
    for trial in operation.trials:
        for place, wanted in enumerate(trial.types):
            either = {0, 1} if operation in CLASSES else {1, 2} if operation.name == "where" else {place}
            for other in misfits(operation, wanted):
                types = (*trial.types[:place], other, *trial.types[place + 1 :])
                found = blamed(operation, types, trial)
                assert found is None or {place, *either} & set(found), types
                assert set(found or ()) <= set(range(len(types)))
