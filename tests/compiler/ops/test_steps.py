"""sign, floor, less, equal, detach at the extremes; that none of them passes a gradient."""

import math
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.steps import EQUAL, FLOOR, LESS, SIGN
from chainrule.compiler.ops.table import OPERATIONS


def test_floor_of_what_no_int_holds() -> None:
    x = np.array([1.5, -1.5, -0.0, 2.0**62, 2.0**63, -(2.0**63), 1e300, -1e300, math.inf, -math.inf, math.nan])
    least, most = -(2**63), 2**63 - 1
    found = FLOOR.forward(np, x)
    assert found.dtype == "int64"
    assert found.tolist() == [1, -2, 0, 2**62, most, least, most, least, most, least, least]
    assert FLOOR.scalar is not None
    assert [FLOOR.scalar(each) for each in x.tolist()] == list(map(float, found.tolist()))


def test_floor_in_float32() -> None:
    assert FLOOR.forward(np, np.array([1e30, -1e30, 2.5], "f4")).tolist() == [2**63 - 1, -(2**63), 2]


def test_comparisons_with_nan_and_zeros() -> None:
    a, b = np.array([0.0, math.nan, 1.0, -math.inf]), np.array([-0.0, math.nan, math.nan, math.inf])
    assert EQUAL.forward(np, a, b).tolist() == [1, 0, 0, 0]
    assert LESS.forward(np, a, b).tolist() == [0, 0, 0, 1]


def test_the_sign_of_zeros_and_nan() -> None:
    found = SIGN.forward(np, np.array([-0.0, 0.0, -5e-324, math.inf, math.nan]))
    assert found.tolist()[:4] == [0, 0, -1, 1]
    assert not np.signbit(found[0])
    assert math.isnan(found[4])


@pytest.mark.parametrize("name", ["sign", "floor", "detach"])
def test_no_gradient_passes(name: str, gradients: Any) -> None:
    assert OPERATIONS[name].vjp is not None
    if name == "floor":
        return  # of an int none arrives
    assert gradients(name, np.array([1.0, -2.0])) == [None]
