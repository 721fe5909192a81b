"""The passes in their order."""

from collections.abc import Callable, Sequence
from typing import Protocol

from ..lower.computation import Computation
from ..lower.verify import verify
from ..ops.operation import Operation
from .constants import FoldConstants
from .dead import DropDead
from .definitions import SpellOut
from .equal import ShareEqual
from .neutral import DropNeutral
from .pool_first import PoolFirst
from .rows_last import KeepRowsLast


class Pass(Protocol):
    """One rewriting that leaves the value of every target as it is, to the bit."""

    @property
    def name(self) -> str: ...

    @property
    def concerns(self) -> Callable[[Operation], object] | None:
        """Whether it may change something where an operation is; None: anywhere."""

    def __call__(self, computation: Computation) -> Computation: ...


PIPELINE: tuple[Pass, ...] = (
    SpellOut(),
    FoldConstants(),
    DropNeutral(),
    KeepRowsLast(),
    ShareEqual(),
    DropDead(),
    PoolFirst(),
)
"""Every pass over a computation. One more, hoist.HoistRows, changes what a training is fed, so it comes before any
computation is made."""


def optimised(computation: Computation, passes: Sequence[Pass] = PIPELINE, *, symbols: bool = False) -> Computation:
    """The computation after some passes, verified before the first and after each; `symbols` as `verify` has them.

    Raises verify.Broken.
    """
    verify(computation, symbols=symbols)
    ran: tuple[str, ...] = ()
    for each in passes:
        ran = (*ran, each.name)
        if each.concerns is not None and not any(map(each.concerns, {node.operation for node in computation.nodes})):
            continue
        changed = each(computation)
        if changed is not computation:
            verify(changed, ran, symbols=symbols)
        computation = changed
    return computation
