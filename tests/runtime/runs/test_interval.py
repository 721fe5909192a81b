"""How often a run is saved."""

import pytest

from chainrule.runtime.runs.interval import Interval


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (100, Interval(steps=100)),
        ("100", Interval(steps=100)),
        ("30s", Interval(seconds=30)),
        ("1.5min", Interval(seconds=90)),
        ("2h", Interval(seconds=7200)),
        (Interval(steps=7), Interval(steps=7)),
    ],
)
def test_forms(value: int | str | Interval, interval: Interval) -> None:
    assert Interval.of(value) == interval


@pytest.mark.parametrize("value", [0, -1, "", "s", "5 s", "5sec", "1e3", "٣", "1.5", "-5s", "nan"])
def test_what_is_none(value: int | str) -> None:
    with pytest.raises(ValueError, match="neither a number of steps"):
        Interval.of(value)


def test_when_it_is_over() -> None:
    assert [Interval(steps=3).over(step, 1e9) for step in (2, 3)] == [False, True]
    assert [Interval(seconds=3).over(10**9, second) for second in (2.9, 3.0)] == [False, True]
