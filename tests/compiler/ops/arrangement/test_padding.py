"""Elements around a value."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from chainrule.compiler.ops.arrangement.padding import PAD


@given(array_shapes(min_dims=1, max_dims=3, max_side=4), st.data())
def test_padding_is_that_of_numpy(shape: tuple[int, ...], data: st.DataObject) -> None:
    widths = tuple(data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in shape)
    x = np.random.default_rng(2).normal(size=shape)
    assert np.array_equal(PAD.forward(np, x, widths, 0.5), np.pad(x, widths, constant_values=0.5))
