"""Draws: a function of seed, path, step and place alone, whatever was drawn before."""

import itertools

import numpy as np
import pytest

from chainrule.compiler.ops.draws import FILLS, Source, drawn

LEAVES = list(FILLS)


@pytest.mark.parametrize("leaf", LEAVES)
def test_what_was_drawn_before_changes_nothing(leaf: str) -> None:
    source = Source(3, "y")
    for shape, precision in itertools.product(((4,), (2, 3), (4,), ()), ("float64", "float32", "float64")):
        out = np.empty(shape, precision)
        FILLS[leaf](source, out, 2, 0)
        assert np.array_equal(out, drawn(leaf, 3, "y", shape, precision, 2, 0))


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("start", [0, 1, 2, 3, 4, 7, 8, 9, 33])
def test_a_part_is_what_the_whole_has_there(leaf: str, precision: str, start: int) -> None:
    whole = drawn(leaf, 3, "y", (50,), precision, 1, 0)
    assert np.array_equal(drawn(leaf, 3, "y", (6,), precision, 1, start), whole[start : start + 6])
    assert len(set(whole.tolist())) == 50


@pytest.mark.parametrize("leaf", LEAVES)
def test_seeds_paths_and_steps_draw_apart(leaf: str) -> None:
    ways = [(seed, path, step) for seed in (0, 1) for path in ("a", "b") for step in (0, 1)]
    values = [drawn(leaf, seed, path, (8,), "float64", step, 0) for seed, path, step in ways]
    assert len({value.tobytes() for value in values}) == len(ways)
    assert all(not np.isin(one, other).any() for one, other in itertools.combinations(values, 2))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_distributions(precision: str) -> None:
    uniform, normal = (drawn(leaf, 5, "y", (40_000,), precision, 0, 0) for leaf in ("uniform-draw", "normal-draw"))
    assert (uniform.min() >= 0, uniform.max() < 1) == (True, True)
    assert np.histogram(uniform, 8, (0, 1))[0] == pytest.approx([5000] * 8, rel=0.05)
    assert (normal.mean(), normal.std()) == pytest.approx((0, 1), abs=0.02)
    assert np.mean(np.abs(normal) < 1) == pytest.approx(0.6827, abs=0.01)
    assert np.isfinite(normal).all()
