"""Runs of a sequence, held against what is found by trying every place and every period."""

import random

import pytest

from chainrule.compiler.graph.periods import Periodic, periodic


def every_run(labels: list[int]) -> set[Periodic]:
    """The maximal runs of at least two copies, of which no shorter period makes the same."""
    found: set[Periodic] = set()
    for period in range(1, len(labels) // 2 + 1):
        start = 0
        while start + period < len(labels):
            stop = start + period
            while stop < len(labels) and labels[stop] == labels[stop - period]:
                stop += 1
            shorter = any(run.start <= start and stop <= run.stop and run.period < period for run in found)
            if stop - start >= 2 * period and not shorter:
                found.add(Periodic(start, stop, period))
            start = stop - period + 1
    return found


@pytest.mark.parametrize("seed", range(20))
def test_random_sequences(seed: int) -> None:
    chance = random.Random(seed)
    copy = [chance.randrange(6) for _ in range(chance.randrange(1, 12))]
    labels = (
        [chance.randrange(9) for _ in range(8)] + copy * chance.randrange(2, 5) + [chance.randrange(9) for _ in "123"]
    )
    found, every = periodic(labels), every_run(labels)
    assert len({*found}) == len(found)
    assert {run for run in found if any(run == other for other in every)} == {*found} & every
    for run in found:
        assert run.stop - run.start >= 2 * run.period
        assert all(labels[place] == labels[place - run.period] for place in range(run.start + run.period, run.stop))
    assert found[0].spared == max(run.spared for run in every)


def test_what_spares_most_comes_first() -> None:
    labels = [*"ab", *"xyyz" * 3, "c"]
    assert periodic(labels)[0] == Periodic(2, 14, 4)
    assert {run.period for run in periodic(labels)} == {4, 1}


@pytest.mark.parametrize("labels", ["", "a", "ab", "abcdefgh", "abcabd"])
def test_without_runs(labels: str) -> None:
    assert periodic(labels) == []


def test_a_long_chain_is_one_run() -> None:
    assert periodic([0, 1, 2] * 4_000) == [Periodic(0, 12_000, 3)]
