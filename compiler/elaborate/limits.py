"""How large a spec may become before it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...grammar.source import Span
from ..faults import BUDGET
from .reporter import Reporter


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one compilation, checked before memory grows.

    `nodes` of the graph, and those of them that blocks and repeats make (`expanded`); `block_depth`: blocks and repeats
    inside one another; `parameter_bytes` in float64, of all together; `rank`: axes of a value; `use_depth`: files that
    use files; `files` that are used in all.
    """

    nodes: int = 5_000_000
    expanded: int = 400_000
    block_depth: int = 64
    parameter_bytes: int = 16 * 2**30
    rank: int = 32
    use_depth: int = 32
    files: int = 1000


MOST = 10**18
"""Amounts are not counted further."""

COUNTED: Mapping[str, str] = MappingProxyType(
    {
        "nodes": "nodes",
        "expanded": "nodes made by blocks and repeats",
        "block_depth": "blocks and repeats inside one another",
        "parameter_bytes": "bytes of parameters",
        "rank": "axes",
        "use_depth": "files that use one another",
        "files": "used files",
    }
)
"""What each limit counts, as a message says it."""


def over_budget(limits: Limits, name: str, amount: int, place: Span, reporter: Reporter) -> bool:
    """Whether an amount is above a limit, which is reported."""
    limit: int = getattr(limits, name)
    if amount <= limit:
        return False
    hint: str | None = f"if it is meant, raise the limit: CHAINRULE_LIMITS={name}={max(amount, 2 * limit)}"
    shown = f"{amount:,}"
    if amount >= MOST:
        shown, hint = f"at least {MOST:,}", None
    reporter.report(BUDGET, place, amount=shown, what=COUNTED[name], limit=f"{limit:,}", hint=hint)
    return True
