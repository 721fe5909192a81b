"""Which rows go into which step."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.runtime.data.minibatches import Minibatches, batch_warning

rows = st.integers(1, 50)
seeds = st.integers(0, 2**70)


@given(rows, st.integers(1, 60), seeds)
def test_a_shuffled_epoch_takes_every_row_once(count: int, batch: int, seed: int) -> None:
    batches = Minibatches(count, batch, "shuffle", seed)
    for epoch in range(3):
        steps = [batches.at(epoch * batches.steps_per_epoch + step) for step in range(batches.steps_per_epoch)]
        assert sorted(np.concatenate(steps).tolist()) == list(range(count))
        assert all(len(step) == batches.size for step in steps[:-1])


@given(
    rows,
    st.integers(1, 60),
    st.sampled_from(["shuffle", "replacement", "ordered"]),
    seeds,
    st.lists(st.integers(0, 200)),
)
def test_rows_follow_from_the_step_alone(count: int, batch: int, sampling: str, seed: int, visited: list[int]) -> None:
    first, second = (Minibatches(count, batch, sampling, seed) for _ in range(2))  # type: ignore[arg-type]  # one of the three
    expected = {step: first.at(step).tolist() for step in sorted(visited)}
    assert {step: second.at(step).tolist() for step in visited} == expected


@given(rows, st.integers(1, 60), seeds)
def test_ordered_rows_come_as_they_are(count: int, batch: int, seed: int) -> None:
    batches = Minibatches(count, batch, "ordered", seed)
    for epoch in range(2):
        steps = [batches.at(epoch * batches.steps_per_epoch + step) for step in range(batches.steps_per_epoch)]
        assert np.concatenate(steps).tolist() == list(range(count))
        assert all(len(step) == batches.size for step in steps[:-1])


def test_epochs_and_seeds_differ() -> None:
    batches = Minibatches(1000, 1000 - 1, "shuffle", 0)
    assert not np.array_equal(batches.at(0), batches.at(2))
    assert not np.array_equal(batches.at(0), Minibatches(1000, 999, "shuffle", 1).at(0))


def test_all_rows_at_once_keep_their_order() -> None:
    for batch in (None, 5, 7):
        assert Minibatches(5, batch, "shuffle", 3).at(11).tolist() == [0, 1, 2, 3, 4]


def test_replacement_draws_full_batches_of_any_rows() -> None:
    batches = Minibatches(10, 4, "replacement", 0)
    assert batches.steps_per_epoch == 3
    drawn = np.concatenate([batches.at(step) for step in range(3000)])
    assert len(drawn) == 12_000
    counts = np.bincount(drawn, minlength=10)
    assert abs(counts - 1200).max() < 200  # six deviations
    assert any(len(set(batches.at(step).tolist())) < 4 for step in range(30))


def test_faults() -> None:
    warning = batch_warning(100, 60, None)
    assert warning is not None
    assert (warning.code, warning.severity) == ("G449", "warning")
    assert batch_warning(60, 60, None) is None
    assert batch_warning(None, 60, None) is None
