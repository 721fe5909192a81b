"""One node of a reverse pass: the order of sums, and what is sent to which operand."""

from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.backwards import sent, total
from chainrule.compiler.ops.table import OPERATIONS


def test_what_arrived_last_is_added_first(tape: Any) -> None:
    made = tape()
    parts = [made.constant(each) for each in (1e-16, 1.0, -1.0)]
    assert made.values[total(made, parts)] == 1e-16  # (-1 + 1) + 1e-16
    assert total(made, parts[:1]) == parts[0]


@pytest.mark.parametrize(("active", "slots"), [((True, True), [1, 0]), ((True, False), [0]), ((False, False), [])])
def test_operands_that_count_get_something_the_last_first(
    tape: Any, active: tuple[bool, bool], slots: list[int]
) -> None:
    made = tape()
    a, b = made.leaf(np.array([1.0, 2.0])), made.leaf(np.array([3.0, 5.0]))
    product, gradient = made.mul(a, b), made.leaf(np.ones(2))
    parts = list(sent(made, OPERATIONS["mul"], gradient, (a, b), product, (), active))
    assert [slot for slot, _ in parts] == slots
    for slot, part in parts:
        np.testing.assert_array_equal(made.values[part], made.values[(b, a)[slot]])


def test_what_has_no_gradient_sends_nothing(tape: Any) -> None:
    made = tape()
    y, t = made.leaf(np.array([1.0, 2.0])), made.leaf(np.array([1.0, 2.5]))
    error = made.mae(y, t)
    assert list(sent(made, OPERATIONS["mae"], made.constant(1.0), (y, t), error, (), (True, True))) == []
