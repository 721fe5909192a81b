"""Leaves: what the executor makes, and what it is fed."""

import numpy as np
import pytest

from chainrule.compiler.ops.leaves import CONSTANT, INPUT, LEAVES, SIZE, literal_shape
from chainrule.compiler.shape import SCALAR, Clash, Type


def test_leaves_have_no_operands() -> None:
    assert all(leaf.operands == () and leaf.role == "leaf" for leaf in LEAVES)


def test_types_and_values_that_are_declared_are_not_inferred() -> None:
    with pytest.raises(TypeError, match="declared"):
        INPUT.infer(())
    with pytest.raises(TypeError, match="fed"):
        INPUT.forward(np)


@pytest.mark.parametrize(("value", "shape"), [(2.0, ()), ((), (0,)), ((1.0, 2.0), (2,)), (((1.0,), (2.0,)), (2, 1))])
def test_constants_have_the_shape_in_which_they_are_written(value: object, shape: tuple[int, ...]) -> None:
    assert CONSTANT.infer((), value) == Type("real", shape)
    assert CONSTANT.forward(np, value).shape == shape


@pytest.mark.parametrize("value", [((1.0,), (1.0, 2.0)), ((1.0,), 2.0), (1.0, (2.0,))])
def test_ragged_lists_are_refused(value: object) -> None:
    with pytest.raises(Clash):
        literal_shape(value)


def test_a_size_is_a_real_scalar() -> None:
    assert SIZE.infer((), 3) == SCALAR
    assert SIZE.forward(np, 3) == 3.0
    assert SIZE.scalar is not None
    assert SIZE.scalar(3) == 3.0
