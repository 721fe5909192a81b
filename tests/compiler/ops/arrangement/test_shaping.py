"""Shapes changed and brought back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from chainrule.compiler.ops.arrangement.shaping import (
    EXPAND,
    FLATTEN,
    IDENTITY,
    ONE_HOT,
    REAL,
    RESHAPE,
    SUM_TO,
    TRANSPOSE,
)
from chainrule.compiler.shape import Clash, Type, dimension

N = dimension("N")


@given(array_shapes(min_dims=0, max_dims=4, max_side=3), st.data())
def test_what_is_expanded_sums_back_to_as_many_times_itself(shape: tuple[int, ...], data: st.DataObject) -> None:
    lead = data.draw(array_shapes(min_dims=0, max_dims=2, max_side=3))
    small = tuple(data.draw(st.sampled_from((1, size))) for size in shape)
    x = np.arange(1.0, 1.0 + np.prod(small, dtype=int)).reshape(small)
    wide = EXPAND.forward(np, x, lead + shape, None)
    assert wide.flags.c_contiguous
    times = wide.size // x.size
    assert (SUM_TO.forward(np, wide, small) == times * x).all()


def test_kinds_are_kept_where_nothing_is_computed() -> None:
    assert FLATTEN.infer((Type("int", (N, 2, 3)),)) == Type("int", (N, 6))
    assert TRANSPOSE.infer((Type("int", (N, 3)),)) == Type("int", (3, N))
    assert IDENTITY.infer((Type("int", ()),)) == Type("int", ())
    assert REAL.infer((Type("int", (N,)),)) == Type("real", (N,))


def test_a_transposed_matrix_is_a_view() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert TRANSPOSE.forward(np, x).base is not None
    assert RESHAPE.forward(np, x, (3, 2)).base is not None


def test_flatten_keeps_a_batch_of_no_rows() -> None:
    assert FLATTEN.forward(np, np.zeros((0, 2, 3))).shape == (0, 6)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_integers_become_reals_of_the_run(precision: str) -> None:
    assert REAL.forward(np, np.arange(3), precision).dtype == precision


def test_what_has_no_axes_is_refused() -> None:
    with pytest.raises(Clash, match="flatten: x is a scalar"):
        FLATTEN.infer((Type("real", ()),))
    with pytest.raises(Clash, match=r"transpose: x is \[3\]; it needs two axes"):
        TRANSPOSE.infer((Type("real", (3,)),))
    with pytest.raises(Clash, match="not linear"):
        FLATTEN.infer((Type("real", (3, N, dimension("M"))),))


def test_one_hot_has_a_column_for_each_class() -> None:
    np.testing.assert_array_equal(ONE_HOT.forward(np, np.array([2, 0, 2]), 3), np.eye(3)[[2, 0, 2]])
    assert ONE_HOT.infer((Type("int", (N,)),), 10) == Type("int", (N, 10))
    for type_, classes in ((Type("real", (N,)), 10), (Type("int", (N,)), 0)):
        with pytest.raises(Clash):
            ONE_HOT.infer((type_,), classes)
