"""Which rows are trained on, which decide, which judge."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.graph.shares import Share
from chainrule.compiler.graph.spec import TrainSection
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.runtime.data.random_streams import HOLD_OUT, stream
from chainrule.runtime.data.splits import Split, split

SPEC = """dim N
input x: [N]
input t: int[N]
param w = 1.0
loss = mean(w * x)
data rows { x = [1, 2]; t = [0, 1] }
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows; %s }
"""

fractions = st.floats(0.01, 0.3)  # two of them leave some of five rows
seeds = st.integers(0, 2**60)


@cache
def section(keys: str) -> TrainSection:
    train = compile(SPEC % keys).spec.train
    assert train is not None
    return train


def parts(keys: str, rows: int, labels: np.ndarray | None = None) -> Split:
    columns = {} if labels is None else {"t": labels}
    found = split(section(keys), rows, columns.__getitem__)
    assert found is not None
    sets = [each for each in found if each is not None]
    assert sorted(np.concatenate(sets).tolist()) == list(range(rows)), "each row is in one set"
    return found


def no_values(name: str) -> np.ndarray:
    raise AssertionError(name)


def rows_of(values: np.ndarray | None) -> list[int]:
    assert values is not None
    return [int(each) for each in values]


def test_without_shares_all_rows_are_trained_on_as_they_stand() -> None:
    assert split(section("seed = 3"), 10, dict[str, np.ndarray]().__getitem__) is None


@given(st.integers(3, 80), fractions, seeds)
def test_held_out_rows_are_the_last_after_one_shuffle(count: int, fraction: float, seed: int) -> None:
    found = parts(f"hold_out = {fraction}; seed = {seed}", count)
    order = stream(seed, HOLD_OUT).permutation(count)
    held = max(1, round(count * fraction))
    assert rows_of(found.train) == rows_of(order[: count - held])
    assert rows_of(found.test) == rows_of(order[count - held :])
    assert found.validate is None


@given(st.integers(5, 80), fractions, fractions, seeds)
def test_neither_share_changes_what_the_other_takes(count: int, held: float, validated: float, seed: int) -> None:
    both = parts(f"hold_out = {held}; validate = {validated}; seed = {seed}", count)
    held_alone = parts(f"hold_out = {held}; seed = {seed}", count)
    validated_alone = parts(f"validate = {validated}; seed = {seed}", count)
    assert rows_of(both.test) == rows_of(held_alone.test)
    assert rows_of(both.validate) == rows_of(validated_alone.validate)
    assert len(rows_of(both.validate)) == max(1, round(count * validated)), "a share of all rows"
    left = set(rows_of(both.train))
    assert rows_of(both.train) == [row for row in rows_of(held_alone.train) if row in left], "they keep their order"


def test_last_rows_are_taken_as_they_stand() -> None:
    found = parts("hold_out = last(0.2); validate = last(0.3)", 10)
    assert [rows_of(each) for each in found] == [[0, 1, 2, 3, 4], [5, 6, 7], [8, 9]]


@given(st.integers(10, 60), seeds)
def test_last_goes_with_a_share_that_is_drawn(count: int, seed: int) -> None:
    timely = parts(f"hold_out = last(0.2); validate = 0.2; seed = {seed}", count)
    assert rows_of(timely.test) == list(range(count - round(count * 0.2), count))
    drawn = parts(f"hold_out = 0.2; validate = last(0.2); seed = {seed}", count)
    rest = sorted([*rows_of(drawn.train), *rows_of(drawn.validate)])
    assert rows_of(drawn.test) == rows_of(parts(f"hold_out = 0.2; seed = {seed}", count).test)
    assert sorted(rows_of(drawn.validate)) == rest[-round(count * 0.2) :]


@given(st.integers(6, 60), st.integers(2, 6), seeds, st.booleans())
def test_folds_deal_all_rows_that_are_not_held_out(count: int, of: int, seed: int, held: bool) -> None:
    keys = f"seed = {seed}; " + ("hold_out = 0.1; " if held else "")
    if count - (max(1, round(count * 0.1)) if held else 0) < of:
        return
    found = [parts(f"{keys}validate = fold({number}, {of})", count) for number in range(1, of + 1)]
    tests = [[] if each.test is None else rows_of(each.test) for each in found]
    assert all(each == tests[0] for each in tests)
    dealt = [row for each in found for row in rows_of(each.validate)]
    assert sorted([*dealt, *tests[0]]) == list(range(count)), "each row is in one fold"
    sizes = [len(rows_of(each.validate)) for each in found]
    assert max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(0, 3), min_size=40, max_size=120), seeds)
def test_strata_keep_their_shares(classes: list[int], seed: int) -> None:
    labels = np.array(classes)
    found = parts(f"hold_out = 0.25; validate = 0.2; stratify = t; seed = {seed}", len(labels), labels)
    counts = np.bincount(labels, minlength=4)
    for rows, size in ((found.test, round(len(labels) * 0.25)), (found.validate, round(len(labels) * 0.2))):
        assert rows is not None
        assert len(rows) == size
        expected = counts * size / len(labels)
        assert np.all(np.abs(np.bincount(labels[rows], minlength=4) - expected) < 2), "of each class its share"
    alone = parts(f"hold_out = 0.25; stratify = t; seed = {seed}", len(labels), labels)
    assert rows_of(alone.test) == rows_of(found.test)


@given(st.lists(st.integers(0, 2), min_size=30, max_size=90), seeds, st.integers(2, 5))
def test_stratified_folds_keep_their_shares(classes: list[int], seed: int, of: int) -> None:
    labels = np.array(classes)
    counts = np.bincount(labels, minlength=3)
    for number in range(1, of + 1):
        found = parts(f"validate = fold({number}, {of}); stratify = t; seed = {seed}", len(labels), labels)
        assert found.validate is not None
        assert np.all(np.abs(np.bincount(labels[found.validate], minlength=3) - counts / of) <= 1)


SHARES = ["", "hold_out = 0.2; ", "hold_out = last(0.2); validate = 0.1; ", "hold_out = 0.2; validate = fold(1, 3); "]


@pytest.mark.parametrize("others", SHARES)
@given(st.integers(5, 80), st.floats(0.01, 0.99), seeds)
def test_some_of_the_rows_that_are_left(others: str, count: int, fraction: float, seed: int) -> None:
    whole = replace(section(others), seed=seed)
    before = split(whole, count, no_values)
    left = list(range(count)) if before is None else rows_of(before.train)
    found = split(replace(whole, rows=Share(fraction)), count, no_values)
    assert found is not None
    chosen = rows_of(found.train)
    assert len(chosen) == max(1, round(len(left) * fraction))
    assert chosen == [row for row in left if row in set(chosen)], "they keep their order"
    if before is not None:
        assert [each is None or rows_of(each) for each in found[1:]] == [
            each is None or rows_of(each) for each in before[1:]
        ]
    fewer = split(replace(whole, rows=Share(fraction / 2)), count, no_values)
    assert fewer is not None
    assert set(rows_of(fewer.train)) <= set(chosen)
    last = split(replace(whole, rows=Share(fraction, last=True)), count, no_values)
    assert last is not None
    assert sorted(rows_of(last.train)) == sorted(left)[-len(chosen) :]


def test_some_rows_are_taken_from_the_beginning_of_the_shuffle() -> None:
    some, validated = (split(section(f"{key} = 0.3"), 20, no_values) for key in ("rows", "validate"))
    assert some is not None
    assert validated is not None
    assert rows_of(some.train) == sorted(rows_of(validated.validate))


@pytest.mark.parametrize(("keys", "rows"), [("validate = 0.5", 2), ("validate = 0.4; hold_out = 0.4", 3)])
def test_one_row_is_enough_to_train_on(keys: str, rows: int) -> None:
    assert len(parts(keys, rows).train) == 1


def test_the_share_is_the_one_that_is_written() -> None:
    assert section("rows = 0.3").rows == Share(0.3)
    assert section("rows = last(0.3)").rows == Share(0.3, last=True)


@pytest.mark.parametrize("others", SHARES[:2])
def test_all_rows_that_are_left(others: str) -> None:
    before, after = (split(section(f"{others}{keys}"), 40, no_values) for keys in ("", "rows = 1"))
    assert (before is None) == (after is None) == (not others)
    if before is not None and after is not None:
        assert rows_of(before.train) == rows_of(after.train)


@given(st.lists(st.integers(0, 2), min_size=30, max_size=90), seeds)
def test_some_rows_keep_the_shares_of_classes(classes: list[int], seed: int) -> None:
    labels = np.array([0, 1, 2, *classes])
    whole = replace(section("hold_out = 0.2; stratify = t"), seed=seed)
    before, found = (split(each, len(labels), lambda _: labels) for each in (whole, replace(whole, rows=Share(0.5))))
    assert found is not None
    assert before is not None
    counts, half = (np.bincount(labels[each.train], minlength=3) for each in (before, found))
    assert np.all(np.abs(half - counts / 2) < 2)


FAULTS: list[tuple[str, int, str]] = [
    ("hold_out = 0.1", 1, "G450 hold_out = 0.1 of 1 rows leaves none to train on"),
    ("hold_out = last(0.9)", 1, "G450 hold_out = last(0.9) of 1 rows leaves none to train on"),
    ("validate = 0.9", 2, "G515 validate = 0.9 of 2 rows leaves none to train on"),
    ("validate = 0.5; hold_out = 0.5", 2, "G515 validate = 0.5 with hold_out = 0.5 of 2 rows leaves none to train on"),
    ("validate = fold(1, 3)", 2, "G516 2 rows cannot be dealt into 3 folds"),
    ("validate = 0.1; stratify = t", 10, "G517 validate = 0.1 takes 1 rows, and `t` has 2 classes"),
    ("rows = 0.1; stratify = t", 10, "G517 rows = 0.1 takes 1 rows, and `t` has 2 classes"),
]


@pytest.mark.parametrize(("keys", "rows", "fault"), FAULTS, ids=[fault for _, _, fault in FAULTS])
def test_faults(keys: str, rows: int, fault: str) -> None:
    with pytest.raises(SpecError) as caught:
        split(section(keys), rows, lambda name: np.arange(rows) % 2)
    (found,) = caught.value.diagnostics
    assert f"{found.code} {found.message}" == fault
    assert found.where is not None


@pytest.mark.parametrize("values", [np.array([[0.0], [1.0]] * 20), np.array([0.5, 2.5] * 20)], ids=["column", "real"])
def test_classes_may_be_any_numbers(values: np.ndarray) -> None:
    found = parts("hold_out = 0.2; stratify = t", 40, values)
    assert found.test is not None
    assert len(set(values.reshape(-1)[found.test].tolist())) == 2
    assert np.mean(values.reshape(-1)[found.test] == values.reshape(-1)[0]) == 0.5
