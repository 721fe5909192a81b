"""numpy's own matrix products that add to their result, called past numpy: one BLAS, one pool of threads.

Python in a browser may come without ctypes; nothing is found there, as where numpy was built with another BLAS.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from ..arrays import Array

try:
    from ctypes import CDLL, c_char, c_double, c_float, c_int, c_int64, c_void_p
except ImportError:
    HAS_CTYPES = False
else:
    HAS_CTYPES = True

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
    for folder in (package.parent / "numpy.libs", package / ".dylibs", package / ".libs") if HAS_CTYPES else ():
        for library in sorted(folder.glob("*openblas*")):
            try:
                found = getattr(CDLL(str(library)), symbol)
            except (OSError, AttributeError):
                continue
            found.restype = c_int if "_get_" in symbol else None
            return found
    return None


def fusing(precision: str) -> bool:
    """Whether updates can be fused into products."""
    return all(blas_routine(routine, precision) is not None for routine in ("gemm", "ger"))


# --- arguments in the form that the BLAS takes, where `fusing` says that there is one ----------------------------


def whole(value: int) -> Any:
    """A C int."""
    return c_int(value)


def length(value: int) -> Any:
    """A size of 64 bits."""
    return c_int64(value)


def real(value: float, precision: str) -> Any:
    """A number of a precision, whose `value` can be changed."""
    return {"float32": c_float, "float64": c_double}[precision](value)


def address(array: Array) -> Any:
    """Where an array lies."""
    return c_void_p(array.ctypes.data)


def sharing() -> Callable[[Array], Any]:
    """What makes of an array an object that shares its memory."""
    made: Any = (c_char * 0).from_buffer
    return cast(Callable[[Array], Any], made)
