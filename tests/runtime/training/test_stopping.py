"""Stop rules, on made-up values."""

import json
import math

import pytest

from chainrule.compiler.graph.signatures import ArgumentValue, Invocation
from chainrule.runtime.fields import Fields, Unfit
from chainrule.runtime.training.stopping import Watch


def early(higher: bool = False, patience: int = 2, delta: float = 0.0) -> Watch:
    arguments: dict[str, ArgumentValue] = {"watch": "test.loss", "patience": patience, "delta": delta}
    return Watch(Invocation("early", arguments), higher)


def seen(watch: Watch, values: list[float]) -> list[bool]:
    """Whether each value was the best, up to where it was over."""
    found = []
    for step, value in enumerate(values, start=1):
        found.append(watch.see(step, value))
        if watch.over:
            break
    return found


def test_patience_is_counted_from_the_best() -> None:
    watch = early()
    assert seen(watch, [3, 2, 2.5, 1, 1, 1.5, 0]) == [True, True, False, True, False, False]
    assert (watch.best, watch.best_step, watch.over) == (1, 4, True)


def test_higher_may_be_better() -> None:
    watch = early(higher=True)
    assert seen(watch, [0.5, 0.9, 0.8, 0.9, 1]) == [True, True, False, False]


def test_a_gain_must_be_more_than_delta() -> None:
    assert seen(early(delta=0.5), [3, 2.6, 2.4, 2.4, 2.2, 2.2]) == [True, False, True, False, False]


@pytest.mark.parametrize("higher", [False, True])
def test_what_is_no_number_is_never_better(higher: bool) -> None:
    watch = early(higher)
    assert seen(watch, [math.nan, math.nan]) == [False, False]
    assert (watch.over, watch.best) == (True, None)
    assert seen(early(higher, patience=3), [math.nan, 1.0, math.nan]) == [False, True, False]


def test_below_a_value() -> None:
    watch = Watch(Invocation("below", {"watch": "train.loss", "value": 0.5}), higher=False)
    assert seen(watch, [1, 0.5, 0.4, 0.3]) == [False, False, False]
    assert watch.over
    assert watch.best is None, "the last weights are kept"


def test_above_a_value() -> None:
    watch = Watch(Invocation("above", {"watch": "train.accuracy", "value": 0.5}), higher=True)
    over = []
    for step, value in enumerate([0.1, 0.5, math.nan, 0.6], start=1):
        assert not watch.see(step, value)
        over.append(watch.over)
    assert over == [False, False, False, True]


def test_going_on() -> None:
    whole, first, second = early(), early(), early()
    values = [3, 2, 2.5, 1.5, 1.6, 1.7]
    seen(whole, values)
    seen(first, values[:3])
    second.restore(Fields(first.state()))
    for step, value in enumerate(values[3:], start=4):
        second.see(step, value)
    assert second == whole


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e300, 0.1])
def test_what_json_holds_goes_on(value: float) -> None:
    first, second = early(higher=value > 0), early(higher=value > 0)
    seen(first, [value])
    second.restore(Fields(json.loads(json.dumps(first.state(), allow_nan=False))))
    assert second == first
    assert second.best == value


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"best": [], "best_step": 0, "waited": 0, "over": False},
        {"best": 1.0, "best_step": "0", "waited": 0, "over": False},
        {"best": 1.0, "best_step": 0, "waited": -1, "over": False},
        {"best": 1.0, "best_step": 10**400, "waited": 0, "over": False},
        {"best": 1.0, "best_step": 0, "waited": 0, "over": 1},
    ],
)
def test_a_state_of_something_else_is_unfit(state: dict[str, object]) -> None:
    with pytest.raises(Unfit):
        early().restore(Fields(state))
