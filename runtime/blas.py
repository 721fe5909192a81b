"""numpy's own matrix products that add to their result, called past numpy: one BLAS, one pool of threads."""

import ctypes
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Routine = Callable[..., None]

SYMBOL = "scipy_cblas_{kind}{routine}64_"
"""In the OpenBLAS that numpy's wheels ship: row-major or column-major, 64-bit integers."""

KINDS = {"float32": "s", "float64": "d"}


@lru_cache
def blas_routine(routine: str, precision: str) -> Routine | None:
    """`gemm`, C = beta C + alpha A B, or `ger`, A = A + alpha x y; None where numpy was built with another BLAS."""
    found: Routine | None = _found(SYMBOL.format(kind=KINDS[precision], routine=routine))
    return found


class Threads(NamedTuple):
    """How many threads the BLAS takes, asked and told in a tenth of the time that threadpoolctl needs."""

    taken: Callable[[], int]
    take: Callable[[int], None]


@lru_cache
def blas_threads() -> Threads | None:
    """None where numpy was built with another BLAS."""
    count, take = (_found(f"scipy_openblas_{verb}_num_threads64_") for verb in ("get", "set"))
    return Threads(count, take) if count and take else None


def _found(symbol: str) -> Any:
    """A function of the BLAS that came with numpy; None where there is none of that name."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs", package / ".libs"):
        for library in sorted(folder.glob("*openblas*")):
            try:
                found = getattr(ctypes.CDLL(str(library)), symbol)
            except (OSError, AttributeError):
                continue
            found.restype = ctypes.c_int if "_get_" in symbol else None
            return found
    return None


def folding(precision: str) -> bool:
    """Whether updates can be folded into products."""
    return all(blas_routine(routine, precision) is not None for routine in ("gemm", "ger"))
