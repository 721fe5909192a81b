"""How many threads matrix products get: one for small ones, which more threads only slow down."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from .blas import HAS_CTYPES, blas_threads

SMALL = 20e6
"""Floating-point operations of a product up to which one thread is taken.

Measured on two shared cores: 784x100 at batch 100 (16 MFLOP) gains a sixth from a second thread where both cores are
free, and takes ten times as long where one is not.
"""

CHOSEN_BY_USER = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@contextmanager
def threads_for(operations: float, wanted: int | None = None) -> Iterator[None]:
    """Gives the BLAS so many threads; unless that is known, one where its largest product is small.

    Without `wanted`, what the environment says wins.
    """
    if wanted is not None:
        with _taking(wanted):
            yield
        return
    if operations > SMALL or chosen_by_user():
        yield
        return
    with _taking(1):
        yield


def _taking(count: int) -> AbstractContextManager[object]:
    if not HAS_CTYPES:
        return nullcontext()
    from threadpoolctl import threadpool_limits  # it needs ctypes

    limits: AbstractContextManager[object] = threadpool_limits(count, user_api="blas")
    return limits


def chosen_by_user() -> bool:
    """Whether the environment says how many threads there are."""
    return any(name in os.environ for name in CHOSEN_BY_USER)


class OneThread:
    """One thread for single steps with small products; quick to take, and without effect on another BLAS."""

    def __init__(self) -> None:
        self._pool = None if chosen_by_user() else blas_threads()

    def run(self, operations: float, function: Callable[[], float]) -> float:
        """A function's value, computed on one thread if its largest product has so few operations."""
        before = self._pool.taken() if self._pool else 1
        if self._pool is None or before == 1 or operations > SMALL:
            return function()
        self._pool.take(1)
        try:
            return function()
        finally:
            self._pool.take(before)
