"""What is computed on: arrays, and the numbers of graphs of scalars."""

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Value: TypeAlias = Array | float
