"""How long a training step takes on this machine, and how long its matrix products alone."""

import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ...compiler.graph.spec import Precision
from ...compiler.targets.writer import Product
from ..steps.threads import OneThread

ROUNDS = 9


class Timing(NamedTuple):
    """Seconds of one call: the least and the median over rounds."""

    least: float
    median: float


def timings(functions: Sequence[Callable[[], object]], seconds: float = 0.05, rounds: int = ROUNDS) -> list[Timing]:
    """Times functions in turn, round by round, so that all see the same weather on the machine."""
    counts = []
    for function in functions:
        function()
        began = time.perf_counter()
        function()
        counts.append(max(1, int(seconds / max(time.perf_counter() - began, 1e-7))))
    found: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, count, each in zip(functions, counts, found, strict=True):
            began = time.perf_counter()
            for _ in range(count):
                function()
            each.append((time.perf_counter() - began) / count)
    return [Timing(min(each), statistics.median(each)) for each in found]


def products_alone(products: Sequence[Product], precision: Precision) -> Callable[[], float]:
    """A function that computes matrix products of these shapes into buffers of its own, and nothing else.

    It takes the calls and the threads that a step takes.
    """
    threads = OneThread()
    largest = max((2.0 * each.rows * each.inner * each.columns for each in products), default=0.0)
    generator = np.random.default_rng(0)
    jobs = []
    for product in products:
        left = (product.inner, product.rows) if product.left_transposed else (product.rows, product.inner)
        right = (product.columns, product.inner) if product.right_transposed else (product.inner, product.columns)
        a, b = generator.random(left).astype(precision), generator.random(right).astype(precision)
        out = np.empty((product.rows, product.columns), precision)
        multiply = np.dot if product.inner != 1 else np.matmul  # as steps do
        jobs.append((multiply, a.T if product.left_transposed else a, b.T if product.right_transposed else b, out))

    def multiplied() -> float:
        for multiply, a, b, out in jobs:
            multiply(a, b, out)
        return 0.0

    return lambda: threads.run(largest, multiplied)


def peak_bytes(function: Callable[[], object]) -> int:
    """The most that one call allocates on the way."""
    function()
    tracemalloc.start()
    try:
        function()
        start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        function()
        return tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()
