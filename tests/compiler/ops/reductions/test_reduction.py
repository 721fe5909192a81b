"""Sums and means: long ones in float32, axes, sizes that are not known."""

from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.arrangement.shaping import SUM_TO
from chainrule.compiler.ops.facts import Array
from chainrule.compiler.ops.reductions.reduction import MEAN, SUM, count, row_totals, total
from chainrule.compiler.shape import Clash, Type, bind_shape, dimension


@pytest.mark.parametrize("axis", [None, 0])
def test_long_sums_of_small_numbers_are_true_in_float32(axis: int | None) -> None:
    x = np.full((100_000, 2), np.float32(0.1))
    true = np.float64(np.float32(0.1)) * (200_000 if axis is None else 100_000)
    assert SUM.forward(np, x, axis) == pytest.approx(true, rel=1e-7)
    assert MEAN.forward(np, x, axis) == pytest.approx(np.float32(0.1), rel=1e-7)


def units(found: Any, true: Any) -> float:
    """How far float32 values are off, in units of the last place; the largest of all."""
    exact = np.asarray(true, "float64")
    return float((np.abs(np.asarray(found, "float64") - exact) / np.spacing(np.abs(exact).astype("f4"))).max())


def equal(shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(np.random.default_rng(1).random(shape[1:]).astype("f4"), shape).copy()


def positive(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(2).random(shape).astype("f4")


def cancelling(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(3).normal(size=shape).astype("f4")


MILLION = 10**6


@pytest.mark.parametrize("rows", [257, 300, 569, 1000, 4099, 65_535, 65_536, 100_003, MILLION])
@pytest.mark.parametrize("made", [equal, positive])
def test_many_rows_are_summed_to_the_last_digits(made: Any, rows: int) -> None:
    x = made((rows, 5))
    true = x.astype("float64").sum(axis=0)
    assert units(total(np, x, (0,)), true) < 4
    assert units(SUM_TO.forward(np, x, (5,)), true) < 4
    assert units(SUM_TO.forward(np, x, (1, 5)), true) < 4


@pytest.mark.parametrize("shape", [(MILLION, 1), (MILLION, 3), (70_001, 3), (65_536, 70)])
def test_rows_that_cancel_are_summed_to_the_last_digit_where_they_are_many(shape: tuple[int, int]) -> None:
    x = cancelling(shape)
    assert units(total(np, x, (0,)), x.astype("float64").sum(axis=0)) <= 0.5


@pytest.mark.parametrize("made", [equal, positive, cancelling])
@pytest.mark.parametrize("shape", [(MILLION,), (MILLION, 3), (3, MILLION), (2, MILLION // 4, 2)])
def test_a_million_numbers_along_any_axis(made: Any, shape: tuple[int, ...]) -> None:
    x = made(shape)
    wide = x.astype("float64")
    for axis in (None, *range(x.ndim)):
        assert units(SUM.forward(np, x, axis), wide.sum(axis=axis)) < 1
        assert units(MEAN.forward(np, x, axis), wide.mean(axis=axis)) < 1
    assert units(SUM_TO.forward(np, x, ()), wide.sum()) < 1


@pytest.mark.parametrize("columns", [257, 1000, MILLION])
def test_long_rows_are_summed_to_the_last_digits(columns: int) -> None:
    for x in (positive((3, columns)), equal((columns, 3)).T.copy()):
        assert units(row_totals(np, x), x.astype("float64").sum(axis=1)) < 5


@pytest.mark.parametrize(("axis", "shape"), [(None, ()), (0, (3, 4)), (1, ("N", 4)), (-1, ("N", 3)), (-3, (3, 4))])
def test_no_axis_is_kept(axis: int | None, shape: tuple[Any, ...]) -> None:
    type_ = SUM.infer((Type("real", (dimension("N"), 3, 4)),), axis)
    assert bind_shape(type_.shape, {"N": 7}) == tuple(7 if size == "N" else size for size in shape)


def test_an_axis_that_is_not_there_is_named() -> None:
    with pytest.raises(Clash, match=r"mean: there is no axis 2; x, \[N, 3\], has axes from -2 to 1"):
        MEAN.infer((Type("real", (dimension("N"), 3)),), 2)
    with pytest.raises(Clash, match="a scalar, which has no axes"):
        SUM.infer((Type("real", ()),), 0)


def test_elements_are_counted_though_two_sizes_are_unknown(tape: Any) -> None:
    made = tape()
    shape = (dimension("N"), 3, dimension("M"))
    x = made.unknown(Type("real", shape))
    made.reverse(made.mean(x), made.constant(1.0), [x])
    product = count(made, shape)
    assert made.nodes[product][0].name == "mul"
    assert made.values[count(made, (2, 3, 4))] == 24.0
