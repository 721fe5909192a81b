"""Limits as a user sets them."""

import pytest

from chainrule.grammar.limits import LIMITS, Limits, chosen_limits, limits_of


def test_nothing_chosen_changes_nothing() -> None:
    assert limits_of(Limits, chosen_limits("")) == LIMITS


def test_chosen_limits_are_set_and_others_left_for_those_who_know_them() -> None:
    chosen = chosen_limits(" nesting = 5, nodes=7 ")
    assert chosen == {"nesting": 5, "nodes": 7}
    assert limits_of(Limits, chosen) == Limits(nesting=5)


@pytest.mark.parametrize(
    "text", ["nesting", "nesting=", "nesting=-1", "nesting=1.5", "nesting=1e3", "nesting=٣", "=" * 3]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="a limit is set by"):
        chosen_limits(text)
