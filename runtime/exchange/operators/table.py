"""Every operator that is read, by its domain and name; and what is computed at once of what the file holds."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ...arrays import Array
from .along_axes import ALONG_AXES
from .arrangement import ARRANGEMENT
from .classical import CLASSICAL
from .elements import ELEMENTS, Rule
from .parts import PARTS
from .windows import WINDOWS

OPERATORS: Mapping[str, Mapping[str, Rule]] = MappingProxyType(
    {"": {**ELEMENTS, **ARRANGEMENT, **PARTS, **ALONG_AXES, **WINDOWS}, "ai.onnx.ml": CLASSICAL}
)

FOLDED: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Neg": np.negative, "Sqrt": np.sqrt, "Exp": np.exp,
        "Equal": np.equal, "Less": np.less, "Greater": np.greater, "Where": np.where, "Not": np.logical_not,
        "Max": np.maximum, "Mod": np.mod, "Min": np.minimum,
        "Div": lambda a, b: np.trunc(a / b).astype(a.dtype) if a.dtype.kind in "iu" else np.divide(a, b),
    }
)  # fmt: skip
"""Functions of arrays that go element by element."""

MOST_FOLDED = 1_000_000
"""Elements that such a function may make."""
