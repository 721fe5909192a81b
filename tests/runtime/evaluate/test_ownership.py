"""Whose memory a result lies in."""

from itertools import combinations

import numpy as np

from chainrule.runtime.arrays import Value
from chainrule.runtime.evaluate.ownership import all_own, holders, memory_of, own


def test_memory_is_that_of_the_array_which_all_views_are_of() -> None:
    whole = np.arange(6.0)
    assert memory_of(whole) is memory_of(whole.reshape(2, 3).T[1:]) is whole
    assert holders([whole, whole[1:], np.zeros(1), 2.0, None])[id(whole)] == 2
    assert holders([2.0, None]).total() == 0


def test_what_is_shared_is_copied_and_nothing_else() -> None:
    whole = np.arange(6.0).reshape(2, 3)
    assert own(whole, shared=False) is whole
    assert isinstance(own(2.0, shared=False), np.ndarray)
    copied = own(whole.T, shared=True)
    assert not np.shares_memory(copied, whole)
    assert copied.flags.c_contiguous
    np.testing.assert_array_equal(copied, whole.T)


def test_results_share_no_memory_with_each_other_and_with_what_was_fed() -> None:
    fed, made = np.ones(3), np.arange(4.0)
    given: list[Value] = [fed, made, fed[1:], 2.0, made[::2], made]
    results = all_own(given, [fed, 3.0])
    assert results[1] is made  # the first that lies there may keep it
    assert not any(np.shares_memory(a, b) for a, b in combinations([fed, *results], 2))
    for value, result in zip(given, results, strict=True):
        np.testing.assert_array_equal(result, value)
