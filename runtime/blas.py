"""numpy's own matrix product that adds to its result, called past numpy: one BLAS, one pool of threads."""

import ctypes
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

SYMBOLS = {"float32": "scipy_cblas_sgemm64_", "float64": "scipy_cblas_dgemm64_"}
"""Of the OpenBLAS that numpy's wheels ship: row-major, 64-bit integers."""

Gemm = Callable[..., Any]


@lru_cache
def gemm(precision: str) -> Gemm | None:
    """C = beta C + alpha A B of that precision; None where numpy was built with another BLAS."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs", package / ".libs"):
        for library in sorted(folder.glob("*openblas*")):
            try:
                found: Any = getattr(ctypes.CDLL(str(library)), SYMBOLS[precision])
            except (OSError, AttributeError):
                continue
            found.restype = None
            return found  # type: ignore[no-any-return]  # what ctypes gives has no type
    return None
