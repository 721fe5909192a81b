"""The operation table: every node kind by its name, and what the language has signs for."""

from collections.abc import Mapping
from types import MappingProxyType

from .activation import ACTIVATIONS
from .arithmetic import ADD, ARITHMETIC, DIV, MUL, NEG, SUB
from .composite import completed
from .confusion import CONFUSIONS
from .leaves import LEAVES
from .linear import LINEAR, MATMUL
from .loss import LOSSES
from .metric import METRICS
from .operation import Operation
from .power import POW, POWERS
from .reduction import REDUCTIONS
from .shaping import IDENTITY, SHAPINGS
from .updating import UPDATING

_RECORDS = (
    *ARITHMETIC,
    *POWERS,
    *ACTIVATIONS,
    *LINEAR,
    *REDUCTIONS,
    *SHAPINGS,
    *LOSSES,
    *METRICS,
    *CONFUSIONS,
    *UPDATING,
    *LEAVES,
)

_TABLE = {operation.name: operation for operation in _RECORDS}
_TABLE |= {each.name: completed(each, _TABLE.__getitem__) for each in _RECORDS if each.define is not None}

OPERATIONS: Mapping[str, Operation] = MappingProxyType(_TABLE)
"""Operations by name, in the order in which a reference shows them."""

ALL = tuple(OPERATIONS.values())

INFIX: Mapping[str, Operation] = MappingProxyType(
    {"+": ADD, "-": SUB, "*": MUL, "/": DIV, "@": MATMUL, "**": POW},
)
"""Operations that the language writes between their operands."""

NEGATIVE = NEG
"""What a minus before an operand means."""

SAME = IDENTITY
"""What a name on the right of an equal sign means: the same value under another name."""


def find(name: str) -> Operation | None:
    """The operation of that name, spelt with hyphens or with underscores; None where there is none."""
    return OPERATIONS.get(name) or OPERATIONS.get(name.replace("_", "-"))


def infix(operation: Operation) -> str | None:
    """The sign that the language writes an operation with, None where it has none."""
    return next((sign for sign, each in INFIX.items() if each is operation), None)
