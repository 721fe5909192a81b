"""Shapes as calls write them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from chainrule.compiler.ops.arrangement.sizes import expanded, reshaped
from chainrule.compiler.shape import Clash, Linear, Shape, bind_shape, dimension

N, M = dimension("N"), dimension("M")


@pytest.mark.parametrize(
    ("own", "sizes", "shape"),
    [
        ((N, 3, 4), (N, -1), (N, 12)),
        ((N, 3, 4), (-1, 4), (Linear((("N", 3),)), 4)),
        ((N, 3, 4), (-1, 12), (N, 12)),
        ((N, 3, 4), (N, ..., 2, 2), (N, 3, 2, 2)),
        ((N, 3, 8, 8), (N, ..., 64), (N, 3, 64)),
        ((N, 3, 64), (N, ..., 64), (N, 3, 64)),
        ((8, 8, N), (64, ...), (64, N)),
        ((N, 3, 4), (..., -1), (N, 3, 4)),
        ((N, M, 2, 3), (..., 6), (N, M, 6)),
        ((N, 1, 4), (N, ..., 4), (N, 1, 4)),
        ((Linear((("N", 2),), 2), 4), (Linear((("N", 1),), 1), -1), (Linear((("N", 1),), 1), 8)),
        ((N, M), (M, N), (M, N)),
        ((N, M, 6), (M, -1, 6), (M, N, 6)),
        ((), (1, 1), (1, 1)),
    ],
    ids=str,
)
def test_what_is_left_is_found(own: Shape, sizes: tuple[object, ...], shape: Shape) -> None:
    assert reshaped(own, sizes) == shape  # type: ignore[arg-type]  # sizes


@pytest.mark.parametrize(
    ("own", "sizes"),
    [
        ((N, 3), (N, M)),
        ((N, 3), (2, -1)),
        ((N, M), (-1, 2)),
        ((N, M), (-1,)),
        ((2, 3), (4, -1)),
        ((N, 3), (N, ..., 2)),
        ((N, N), (N, M)),
    ],
    ids=str,
)
def test_no_shape_with_other_elements(own: Shape, sizes: Shape) -> None:
    with pytest.raises(Clash):
        reshaped(own, sizes)


@given(array_shapes(min_dims=1, max_dims=4, max_side=4), st.data())
def test_as_numpy_reshapes(shape: tuple[int, ...], data: st.DataObject) -> None:
    total = math.prod(shape)
    first = data.draw(st.sampled_from([size for size in range(1, total + 1) if total % size == 0]))
    assert reshaped(shape, (first, -1)) == np.zeros(shape).reshape(first, -1).shape
    assert bind_shape(reshaped((N, *shape), (N, first, -1)), {"N": 3})[1:] == np.zeros(shape).reshape(first, -1).shape


def test_what_is_repeated() -> None:
    assert expanded((3,), (N, -1)) == (N, 3)
    assert expanded((N, 3), (2, ...)) == (2, N, 3)
    assert expanded((N, 1), (-1, 4)) == (N, 4)
    with pytest.raises(Clash, match="0 is no size"):
        expanded((3,), (0, 3))
