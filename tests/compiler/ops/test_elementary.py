"""sin, cos, log1p, expm1: digits that plain forms lose, and the ends of their range."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from chainrule.compiler.ops.table import OPERATIONS

ORACLES = {"sin": mpmath.sin, "cos": mpmath.cos, "log1p": mpmath.log1p, "expm1": mpmath.expm1}


@pytest.mark.parametrize("name", ORACLES)
def test_values_to_the_last_digits(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation.scalar is not None
    with mpmath.workdps(60):
        for x in (0.0, 1e-300, -1e-17, 3e-9, 0.5, -0.75, 2.0, 30.0, 700.0, 1e5 if name != "expm1" else 1.0):
            true = float(ORACLES[name](mpmath.mpf(x)))
            for found in (float(operation.forward(np, np.asarray(x))), operation.scalar(x)):
                assert found == pytest.approx(true, rel=1e-15, abs=1e-300)


def test_the_ends() -> None:
    with np.errstate(all="ignore"):
        for name, x, expected in (
            ("log1p", -1.0, -math.inf),
            ("log1p", -2.0, math.nan),
            ("log1p", math.inf, math.inf),
            ("expm1", 1e4, math.inf),
            ("expm1", -math.inf, -1.0),
            ("sin", math.inf, math.nan),
            ("cos", math.nan, math.nan),
        ):
            operation = OPERATIONS[name]
            assert operation.scalar is not None
            np.testing.assert_equal([float(operation.forward(np, np.asarray(x))), operation.scalar(x)], [expected] * 2)
    assert math.copysign(1, float(OPERATIONS["expm1"].forward(np, np.asarray(-0.0)))) == -1


def test_slopes_where_values_are_tiny(gradients: Any) -> None:
    assert gradients("log1p", np.array([1e-20, 1e300]))[0].tolist() == [1.0, 1e-300]
    assert gradients("expm1", np.array([1e-20, -800.0]))[0].tolist() == [1.0, 0.0]
