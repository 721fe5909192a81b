"""The operation table: every node kind by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from .activation import ACTIVATIONS
from .arithmetic import ARITHMETIC
from .confusion import CONFUSIONS
from .leaves import LEAVES
from .linear import LINEAR
from .loss import LOSSES
from .metric import METRICS
from .operation import Operation
from .power import POWERS
from .reduction import REDUCTIONS
from .shaping import SHAPINGS
from .updating import UPDATING

ALL = (
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

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.name: operation for operation in ALL})
"""Operations by name, in the order in which a reference shows them."""

_SPELLINGS = {**OPERATIONS, **{name.replace("-", "_"): operation for name, operation in OPERATIONS.items()}}


def find(name: str) -> Operation | None:
    """The operation of that name, spelt with hyphens or with underscores; None where there is none."""
    return _SPELLINGS.get(name)
