"""max_pool and mean_pool: ties, NaN, borders."""

from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.table import OPERATIONS

Array = Any


def value(tape: Any, name: str, x: Array, *settings: Any) -> Array:
    made = tape()
    return made.values[made.append(OPERATIONS[name], [made.leaf(x)], settings)]


def gradient(tape: Any, name: str, x: Array, *settings: Any) -> Array:
    made = tape()
    leaf = made.leaf(x)
    output = made.append(OPERATIONS[name], [leaf], settings)
    g = np.arange(1.0, 1 + made.values[output].size).reshape(made.values[output].shape)
    return made.values[made.reverse(output, made.leaf(g), [leaf])[0]]


def test_the_first_of_equal_ones_gets_the_gradient(tape: Any) -> None:
    x = np.array([[[[1.0, 1.0, 0.0, 2.0], [1.0, 0.0, 2.0, 2.0]]]])
    np.testing.assert_array_equal(gradient(tape, "max_pool", x, 2, None, 0), [[[[1, 0, 0, 2], [0, 0, 0, 0]]]])


def test_windows_that_overlap_add_their_gradients(tape: Any) -> None:
    x = np.array([[[0.0, 5.0, 1.0, 2.0]]])
    np.testing.assert_array_equal(value(tape, "max_pool", x, 2, 1, 0), [[[5, 5, 2]]])
    np.testing.assert_array_equal(gradient(tape, "max_pool", x, 2, 1, 0), [[[0, 1 + 2, 0, 3]]])


@pytest.mark.parametrize("place", range(4))
def test_nan_passes(place: int, tape: Any) -> None:
    x = np.array([[[3.0, -1.0, np.inf, 2.0]]])
    x[0, 0, place] = np.nan
    found = value(tape, "max_pool", x, 2, None, 0)[0, 0]
    assert np.isnan(found[place // 2])
    assert not np.isnan(found[1 - place // 2])


def test_a_border_is_no_largest_element(tape: Any) -> None:
    x = np.full((1, 1, 3), -7.0)
    np.testing.assert_array_equal(value(tape, "max_pool", x, 3, 1, 1), np.full((1, 1, 3), -7.0))


def test_a_border_of_zeros_counts_in_a_mean(tape: Any) -> None:
    x = np.array([[[3.0, 6.0, 9.0]]])
    np.testing.assert_allclose(value(tape, "mean_pool", x, 3, 1, 1), [[[3, 6, 5]]])
    np.testing.assert_allclose(gradient(tape, "mean_pool", x, 3, 1, 1), [[[1, 2, 5 / 3]]])


@pytest.mark.parametrize("name", ["max_pool", "mean_pool"])
def test_what_no_window_reaches_gets_nothing(name: str, tape: Any) -> None:
    x = np.random.default_rng(0).random((1, 2, 5, 5))
    found = gradient(tape, name, x, 2, None, 0)
    assert not found[:, :, 4].any()
    assert not found[:, :, :, 4].any()
    assert found[:, :, :4, :4].any()


@pytest.mark.parametrize("shape", [(3, 2, 6), (3, 2, 6, 4), (3, 2, 4, 2, 6)])
def test_pools_against_blocks(shape: tuple[int, ...], tape: Any) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    split = [part for size in shape[2:] for part in (size // 2, 2)]
    blocks = x.reshape(*shape[:2], *split)
    inner = tuple(range(3, blocks.ndim, 2))
    np.testing.assert_array_equal(value(tape, "max_pool", x, 2, None, 0), blocks.max(axis=inner))
    np.testing.assert_allclose(value(tape, "mean_pool", x, 2, None, 0), blocks.mean(axis=inner), rtol=1e-13)
