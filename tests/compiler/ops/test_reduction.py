"""Sums and means: long ones in float32, axes, sizes that are not known."""

from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.reduction import MEAN, SUM, count
from chainrule.compiler.shape import Clash, Type, bind_shape, dimension


@pytest.mark.parametrize("axis", [None, 0])
def test_long_sums_of_small_numbers_are_true_in_float32(axis: int | None) -> None:
    x = np.full((100_000, 2), np.float32(0.1))
    true = np.float64(np.float32(0.1)) * (200_000 if axis is None else 100_000)
    assert SUM.forward(np, x, axis) == pytest.approx(true, rel=1e-7)
    assert MEAN.forward(np, x, axis) == pytest.approx(np.float32(0.1), rel=1e-7)


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
