"""where, maximum, minimum, clip: ties, NaN, signed zeros, and what their gradients pass."""

import math
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.choice import MAXIMUM, MINIMUM, WHERE
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Type

CLIP = OPERATIONS["clip"]

SPECIAL = np.array([0.0, -0.0, 1.0, -1.5, 5e-324, 1e308, -1e308, math.inf, -math.inf, math.nan])


@pytest.mark.parametrize("operation", [MAXIMUM, MINIMUM], ids=str)
def test_equal_values_give_the_second_to_the_sign_of_zero(operation: Operation) -> None:
    for size in (1, 3, 64, 67):  # numpy's loops take several elements at a time, and those that are left one by one
        zeros = np.zeros(size)
        assert np.signbit(operation.forward(np, zeros, -zeros)).all()
        assert not np.signbit(operation.forward(np, -zeros, zeros)).any()
    assert operation.scalar is not None
    assert math.copysign(1, operation.scalar(0.0, -0.0)) == -1
    assert math.copysign(1, operation.scalar(-0.0, 0.0)) == 1


def test_nan_passes() -> None:
    for operation in (MAXIMUM, MINIMUM):
        assert operation.scalar is not None
        for a, b in ((math.nan, 1.0), (1.0, math.nan), (math.nan, math.inf)):
            assert math.isnan(operation.forward(np, np.asarray(a), np.asarray(b)))
            assert math.isnan(operation.scalar(a, b))
    assert math.isnan(CLIP.forward(np, np.asarray(math.nan), np.asarray(0.0), np.asarray(1.0)))


def test_a_maximum_with_0_is_relu(gradients: Any) -> None:
    g = np.arange(1.0, 11.0)
    larger, _ = gradients("maximum", SPECIAL, np.zeros(10), upstream=g)
    (rectified,) = gradients("relu", SPECIAL, upstream=g)
    np.testing.assert_array_equal(larger, rectified)
    np.testing.assert_array_equal(MAXIMUM.forward(np, SPECIAL, np.zeros(10)), np.maximum(SPECIAL, 0))


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_ties_send_the_gradient_to_the_second(name: str, gradients: Any) -> None:
    a = np.array([1.0, math.inf, -math.inf, 0.0])
    for_a, for_b = gradients(name, a, np.array([1.0, math.inf, -math.inf, -0.0]))
    assert for_a.tolist() == [0, 0, 0, 0]
    assert for_b.tolist() == [1, 1, 1, 1]


def test_clip_passes_at_its_borders(gradients: Any) -> None:
    x, low, high = gradients("clip", np.array([-2.0, -1.0, 0.5, 1.0, 2.0]), np.array(-1.0), np.array(1.0))
    assert x.tolist() == [0, 1, 1, 1, 0]
    assert (low, high) == (1, 1)


def test_a_zero_keeps_its_sign_in_a_clip() -> None:
    for low, high in ((0.0, 1.0), (-1.0, 0.0), (-1.0, 1.0)):
        clipped = CLIP.forward(np, np.array([-0.0, 0.0]), np.asarray(low), np.asarray(high))
        assert np.signbit(clipped).tolist() == [True, False]


def test_the_other_arm_gets_0_whatever_arrives_and_stands_there(gradients: Any) -> None:
    c, a, b = np.array([1, 0]), np.array([math.nan, 2.0]), np.array([3.0, math.inf])
    _, for_a, for_b = gradients("where", c, b, a, upstream=np.array([math.inf, math.nan]))
    assert for_a.tolist()[0] == math.inf
    assert for_a[1] == 0
    assert for_b[0] == 0
    assert WHERE.forward(np, c, b, a).tolist() == [3, 2]


def test_a_condition_may_be_real_and_nan_is_not_0() -> None:
    c = np.array([0.0, -0.0, 5e-324, math.nan])
    assert WHERE.forward(np, c, np.ones(4), np.zeros(4)).tolist() == [0, 0, 1, 1]
    assert [WHERE.scalar(float(each), 1.0, 0.0) for each in c] == [0, 0, 1, 1]  # type: ignore[misc]  # it has one


def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(Clash, match=r"where: shapes \[2\] and \[3\] do not broadcast"):
        WHERE.infer((Type("int", (2,)), Type("real", ()), Type("real", (3,))))
    with pytest.raises(Clash, match="clip: "):
        CLIP.infer((Type("real", (2,)), Type("real", (3,)), Type("real", ())))
