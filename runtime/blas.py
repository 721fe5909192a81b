"""numpy's own matrix products that add to their result, called past numpy: one BLAS, one pool of threads."""

import ctypes
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

Routine = Callable[..., None]

SYMBOL = "scipy_cblas_{kind}{routine}64_"
"""In the OpenBLAS that numpy's wheels ship: row-major or column-major, 64-bit integers."""

KINDS = {"float32": "s", "float64": "d"}


@lru_cache
def blas_routine(routine: str, precision: str) -> Routine | None:
    """`gemm`, C = beta C + alpha A B, or `ger`, A = A + alpha x y; None where numpy was built with another BLAS."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs", package / ".libs"):
        for library in sorted(folder.glob("*openblas*")):
            try:
                symbol = SYMBOL.format(kind=KINDS[precision], routine=routine)
                found: Any = getattr(ctypes.CDLL(str(library)), symbol)
            except (OSError, AttributeError):
                continue
            found.restype = None
            return found  # type: ignore[no-any-return]  # what ctypes gives has no type
    return None


def folding(precision: str) -> bool:
    """Whether updates can be folded into products."""
    return all(blas_routine(routine, precision) is not None for routine in ("gemm", "ger"))
