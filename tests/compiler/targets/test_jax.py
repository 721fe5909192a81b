"""What steps on JAX look at: whether numbers are finite, wherever they stand."""

from typing import Any

import numpy as np
import pytest

from chainrule.compiler.lower.computation import Computation
from chainrule.compiler.targets.jax import Lowered

jax: Any = pytest.importorskip("jax", reason="jax is an extra")

SHAPES = ((), (1,), (5,), (3, 4), (4, 3), (70, 2), (2, 70), (2, 3, 4), (5, 2, 3, 3))


COMPILED: Any = jax.jit(Lowered(Computation((), (), "float64"), jax).finite)


def finite(*arrays: np.ndarray) -> bool:
    """Whether all are, as a compiled step says it."""
    with jax.enable_x64(True):
        return bool(COMPILED(list(arrays)))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_numbers_at_the_extremes_are_finite(kind: str) -> None:
    limits = np.finfo(kind)
    each = [limits.max, limits.min, limits.tiny, limits.smallest_subnormal, -0.0, 1.0]
    for shape in SHAPES:
        for number in each:
            assert finite(np.full(shape, number, kind)), (shape, number)
    assert finite(*[np.full(shape, limits.max, kind) for shape in SHAPES])


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_one_number_that_is_not_is_seen_at_every_place(kind: str, shape: tuple[int, ...]) -> None:
    others = [np.zeros((3, 4), kind), np.ones(7, kind)]
    for place in np.ndindex(shape):
        for number in (np.nan, np.inf, -np.inf):
            array = np.zeros(shape, kind)
            array[place] = number
            assert not finite(*others, array)


def test_whole_numbers_and_nothing_at_all_are_finite() -> None:
    whole = np.full((3, 2), np.iinfo(np.int64).max)
    assert finite()
    assert finite(whole)
    assert finite(whole, np.ones(2))
    assert not finite(whole, np.array(np.nan))
    assert finite(np.ones((0, 3)), np.ones(0))
    assert not finite(np.array([np.nan]), np.ones((2, 3)))
    assert not finite(np.ones((0, 3)), np.array([np.inf]))
