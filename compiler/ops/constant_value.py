"""The value of an operation on scalar constants, to the bit that a run would compute."""

from collections.abc import Sequence

import numpy as np

from .attribute import Attributes
from .operation import Operation


def folded(
    operation: Operation, values: Sequence[float], attributes: Attributes, precision: str, *, scalar: bool
) -> float | None:
    """The result on floats, or on numpy's scalars of `precision`; None where the operation has no such form."""
    if scalar:
        return None if operation.scalar is None else float(operation.scalar(*values, *attributes))
    with np.errstate(all="ignore"):
        return float(operation.forward(np, *[np.asarray(value, precision) for value in values], *attributes))
