"""What is computed on: arrays, and the numbers of graphs of scalars."""

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Value: TypeAlias = Array | float


def rounded(value: Value, precision: Any) -> Array:
    """A value in a precision, itself if it has that; what is finite in float64 may be infinite in float32."""
    with np.errstate(over="ignore"):
        return np.asarray(value, precision)
