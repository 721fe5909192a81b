"""The operation table: every node kind by its name, and what the language has signs for."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from .activation import ACTIVATIONS
from .arithmetic import ADD, ARITHMETIC, DIV, MUL, NEG, SUB
from .arrangement.joining import CONCAT, JOINING, STACK
from .arrangement.padding import PADDING
from .arrangement.reshaping import RESHAPE_LIKE
from .arrangement.rows_taken import TAKEN_GRADIENT
from .arrangement.shaping import EXPAND, IDENTITY, RESHAPE, SHAPINGS, TRANSPOSE
from .arrangement.slicing import SLICE, SLICES
from .arrangement.taking import TAKING
from .chance import CHANCES
from .choice import CHOICES
from .composite import completed
from .elementary import ELEMENTARY
from .leaves import LEAVES
from .linear import LINEAR, MATMUL
from .measures.confusion import CONFUSIONS
from .measures.huber import HUBERS
from .measures.loss import LOSSES
from .measures.metric import METRICS
from .measures.ranking import RANKING
from .measures.row_loss import ROW_LOSSES
from .measures.sigmoid_loss import SIGMOID_LOSSES
from .measures.weighted_loss import WEIGHTED_LOSSES
from .operation import Operation
from .power import POW, POWERS
from .reductions.extremes import EXTREMES
from .reductions.logsumexp import LOGSUMEXPS
from .reductions.reduction import REDUCTIONS
from .reductions.running import RUNNING
from .steps import STEPS
from .update_helpers import UPDATING
from .windows.convolution import CONVOLUTIONS
from .windows.correlation import CORRELATIONS
from .windows.pooling import POOLS

RECORDS = (
    *ARITHMETIC,
    *POWERS,
    *ELEMENTARY,
    *STEPS,
    *CHOICES,
    *CHANCES,
    *ACTIVATIONS,
    *LINEAR,
    *REDUCTIONS,
    *EXTREMES,
    *LOGSUMEXPS,
    *RUNNING,
    *SHAPINGS,
    RESHAPE_LIKE,
    *SLICES,
    *PADDING,
    *JOINING,
    *TAKING,
    TAKEN_GRADIENT,
    *CORRELATIONS,
    *CONVOLUTIONS,
    *POOLS,
    *LOSSES,
    *SIGMOID_LOSSES,
    *HUBERS,
    *ROW_LOSSES,
    *WEIGHTED_LOSSES,
    *METRICS,
    *CONFUSIONS,
    *RANKING,
    *UPDATING,
    *LEAVES,
)
"""All records, as they are written."""


class _Table(Mapping[str, Operation]):
    """Records by name; what follows from the nodes of a definition is found out when it is first asked for."""

    def __init__(self, records: Iterable[Operation]) -> None:
        self.records = {each.name: each for each in records}
        self.whole = {name: each for name, each in self.records.items() if each.define is None}

    def __getitem__(self, name: str) -> Operation:
        found = self.whole.get(name)
        if found is None:  # another thread may find out the same: the first one's stays
            found = self.whole.setdefault(name, completed(self.records[name], self.__getitem__))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.records

    def __iter__(self) -> Iterator[str]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


_TABLE = _Table(RECORDS)

OPERATIONS: Mapping[str, Operation] = _TABLE
"""Operations by name, in the order in which a reference shows them."""

INFIX: Mapping[str, Operation] = MappingProxyType(
    {"+": ADD, "-": SUB, "*": MUL, "/": DIV, "@": MATMUL, "**": POW},
)
"""Operations that the language writes between their operands."""

INDEX = SLICE
"""What an index behind a value means, and the row of a sequence that a step of a scan takes."""

LISTED, ELEMENT = CONCAT, RESHAPE
"""What a list of values means: one after the other, each with an axis of its own."""

STEPS_OF_SCAN, ONLY_STEP = STACK, EXPAND
"""What the steps of a scan become, along an axis of their own: several of them, and one alone."""

OF_0_1_0 = frozenset(
    """
    add sub mul div neg exp log pow sqrt relu sigmoid tanh softplus softmax log-softmax matmul affine sum mean identity
    flatten transpose one-hot mse quadratic-loss softmax-loss cross-entropy accuracy top-k mae r2 confusion precision
    recall
    """.split()  # noqa: SIM905  # a list of names
)
"""The operations of the first version, to which nothing is added. No block may have their names. That of a later one a
block may have: it goes before the operation, so that no new operation breaks an old spec."""

NEGATIVE = NEG
"""What a minus before an operand means."""

MOVED = TRANSPOSE
"""What puts axes in another order."""

SAME = IDENTITY
"""What a name on the right of an equal sign means: the same value under another name."""


def find(name: str) -> Operation | None:
    """The operation of that name, spelt with hyphens or with underscores; None where there is none."""
    for spelt in (name, name.replace("_", "-")):
        if spelt in OPERATIONS:
            return OPERATIONS[spelt]
    return None


def reserved(name: str) -> bool:
    """Whether a name is that of an operation which no block may have."""
    operation = find(name)
    return operation is not None and operation.name in OF_0_1_0


def infix(operation: Operation) -> str | None:
    """The sign that the language writes an operation with, None where it has none."""
    return next((sign for sign, each in INFIX.items() if each is operation), None)
