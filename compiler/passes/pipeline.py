"""The passes in their order."""

from collections.abc import Callable
from typing import Protocol

from ..computation import Computation
from ..verify import verify
from .constants import FoldConstants
from .dead import DropDead
from .definitions import SpellOut
from .equal import ShareEqual
from .neutral import DropNeutral


class Pass(Protocol):
    """One rewriting that leaves the value of every target as it is, to the bit."""

    @property
    def name(self) -> str: ...

    def __call__(self, computation: Computation) -> Computation: ...


PIPELINE: tuple[Pass, ...] = (SpellOut(), FoldConstants(), DropNeutral(), ShareEqual(), DropDead())
"""Every pass over a computation. One more, hoist.HoistRows, changes what a training is fed, so it comes before any
computation is made."""


def optimised(computation: Computation, check: Callable[[Computation, tuple[str, ...]], None] = verify) -> Computation:
    """The computation after all passes, checked before the first and after each. Raises verify.Broken."""
    check(computation, ())
    ran: tuple[str, ...] = ()
    for each in PIPELINE:
        ran = (*ran, each.name)
        changed = each(computation)
        if changed is not computation:
            check(changed, ran)
        computation = changed
    return computation
