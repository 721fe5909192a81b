"""How large a spec may become before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one compilation, checked before memory grows.

    `nodes` of the expanded graph; `block_depth`: blocks that call blocks; `parameter_bytes` in float64;
    `literal_rank`: nested lists.
    """

    nodes: int = 5_000_000
    block_depth: int = 64
    parameter_bytes: int = 16 * 2**30
    literal_rank: int = 32
