"""Rules: each gives a term made of others, or None where it does not apply; a subject a file."""

from collections.abc import Callable

from ..maker import Maker
from ..terms import Term
from .arrangement import along_new_axis, arranged, expanded, joined, listed, padded, reshaped, stacked
from .calls import called, kept, scanned
from .elementwise import biased, binary, of_params, unary
from .layers import batches, layer, product, stacked_layer, vector
from .reductions import numbered, reduced, shares
from .selection import counted, hot, indexed, taken
from .windows import convolved, pooled, transposed

RULES: tuple[Callable[[Maker], Term | None], ...] = (
    *(unary,) * 4, *(binary,) * 3, *(biased,) * 3, *(layer,) * 6, stacked_layer, batches, product, vector,
    *(reduced,) * 2, *(reshaped,) * 2, shares, numbered, of_params, hot, *(joined,) * 2, stacked, padded,
    *(taken,) * 2, counted, *(arranged,) * 2, expanded, along_new_axis, *(kept,) * 2, *(scanned,) * 2,
    *(indexed,) * 2, listed, called, *(convolved,) * 2, transposed, pooled,
)  # fmt: skip
"""What stands here twice comes twice as often."""
