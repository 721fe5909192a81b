"""Accuracy in each of its forms."""

from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.measures.metric import ACCURACY
from chainrule.compiler.shape import Clash, Kind, Shape, Size, Type, dimension

N = dimension("N")


def accuracy(tape: Any, y: Any, t: Any) -> float:
    made = tape()
    return float(made.values[made.accuracy(made.leaf(np.asarray(y)), made.leaf(np.asarray(t)))])


@pytest.mark.parametrize(
    ("y", "t", "expected"),
    [
        ([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [1.0, 0.0]], [1, 0, 0, 0], 0.75),
        ([[0.1, 0.9], [0.8, 0.2]], [[0.0, 1.0], [0.0, 1.0]], 0.5),
        ([[0.1, 0.9], [0.8, 0.2]], [[0, 1], [1, 0]], 1.0),
        ([[0.4], [0.6], [0.9]], [[0.0], [0.0], [1.0]], 2 / 3),
        ([[0.4], [0.6]], [[0], [1]], 1.0),
        ([0.4, 0.6, 0.9, 0.1], [0, 0, 1, 0], 0.75),
        ([0.4, 0.6, 0.9], 2, 1.0),
        ([0.4, 0.6, 0.9], [0.0, 1.0, 0.0], 0.0),
        (0.7, 1.0, 1.0),
    ],
)
def test_share_of_rows_that_are_right(tape: Any, y: Any, t: Any, expected: float) -> None:
    assert accuracy(tape, y, t) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shape", "kind", "rows"),
    [((N,), "real", N), ((N,), "int", N), ((3,), "int", 3), ((3,), "real", 1), ((N, 3), "real", N), ((4, 1), "int", 4)],
)
def test_an_axis_of_unknown_length_is_one_of_rows(shape: Shape, kind: Kind, rows: Size) -> None:
    assert ACCURACY.complete is not None
    assert ACCURACY.complete((Type("real", shape), Type(kind, shape)), (0.5, None)) == (0.5, rows)


@pytest.mark.parametrize("length", [1, 4])
def test_a_column_of_any_length_is_held_against_one_half(length: int) -> None:
    y, t = np.linspace(0, 1, length), np.zeros(length)
    assert ACCURACY.forward(np, y, t, 0.5, length) == pytest.approx(1.0 if length == 1 else 0.5)


def test_a_number_against_a_list_is_refused() -> None:
    with pytest.raises(Clash, match=r"accuracy: y is \[\] but t is \[3\]"):
        ACCURACY.infer((Type("real", ()), Type("real", (3,))), 0.5, 1)
