"""max, min and where they stand: the first of equal ones, NaN, signed zeros, several axes."""

import math
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Type, dimension

ARGMAX, ARGMIN, MAX, MIN = (OPERATIONS[name] for name in ("argmax", "argmin", "max", "min"))

TIED = np.array([[1.0, 3.0, 3.0], [3.0, 0.0, 3.0]])


def test_the_gradient_goes_to_the_first_of_equal_ones(gradients: Any) -> None:
    for name, x in (("max", TIED), ("min", -TIED)):
        assert gradients(name, x, axis=1)[0].tolist() == [[0, 1, 0], [1, 0, 0]]
        assert gradients(name, x, axis=0)[0].tolist() == [[0, 1, 1], [1, 0, 0]]
        for axis in (None, (0, 1), (-1, 0)):
            assert gradients(name, x, axis=axis, keepdims=True)[0].tolist() == [[0, 1, 0], [0, 0, 0]]


def test_they_stand_at_the_first() -> None:
    assert ARGMAX.forward(np, TIED, 1, False).tolist() == [1, 0]
    assert ARGMIN.forward(np, -TIED, 0, True).tolist() == [[1, 0, 0]]
    assert ARGMAX.forward(np, TIED, None, False).tolist() == 1
    assert ARGMAX.forward(np, TIED, None, True).tolist() == [[1]]


def test_nan_passes_and_is_where_it_stands() -> None:
    x = np.array([[1.0, math.nan, math.inf], [-math.inf, 2.0, -math.inf]])
    for operation in (MAX, MIN):
        found = operation.forward(np, x, 1, False)
        assert math.isnan(found[0])
        assert not math.isnan(found[1])
        assert math.isnan(operation.forward(np, x, None, False))
    assert ARGMAX.forward(np, x, 1, False).tolist() == [1, 1]
    assert ARGMIN.forward(np, x, 1, False).tolist() == [1, 0]


def test_of_zeros_the_first_keeps_its_sign() -> None:
    x = np.array([[-0.0, 0.0], [0.0, -0.0]])
    for operation in (MAX, MIN):
        assert np.signbit(operation.forward(np, x, 1, False)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        (2, r"max: there is no axis 2; x, \[N, 3\], has axes from -2 to 1"),
        ((0, 5), r"max: there is no axis 5; x, \[N, 3\]"),
        ((0, -2), r"max: axis -2 is named twice; x is \[N, 3\]"),
        ((), r"max: the list of axes is empty; x is \[N, 3\]"),
        ((0.5,), r"max: axes are whole numbers"),
    ],
)
def test_axes_that_are_none(axis: Any, message: str) -> None:
    with pytest.raises(Clash, match=message):
        MAX.infer((Type("real", (dimension("N"), 3)),), axis, False)


def test_nothing_has_no_largest() -> None:
    with pytest.raises(Clash, match=r"max: axis 0 of x, \[0, 3\], is empty"):
        MAX.infer((Type("real", (0, 3)),), 0, False)
    with pytest.raises(Clash, match=r"argmin: axis 0 of x, \[0, 3\], is empty"):
        ARGMIN.infer((Type("real", (0, 3)),), None, False)
