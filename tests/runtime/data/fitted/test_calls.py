"""Fitted calls against scikit-learn's, and at what it has no word for: constant columns, extremes, unknown classes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from chainrule.compiler.graph.signatures import FITTED
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data import stored
from chainrule.runtime.data.columns import Table
from chainrule.runtime.data.fitted import calls, statistics
from chainrule.runtime.data.fitted.calls import CALLS
from chainrule.runtime.data.fitted.fits import Fits

NUMBERS = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-3)


@st.composite
def tables(draw: st.DrawFn, gaps: bool = False) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Rows, and the numbers of those that are trained on."""
    rows, columns = draw(array_shapes(min_dims=2, max_dims=2, max_side=9))
    value = draw(arrays(np.float64, (rows, columns), elements=st.one_of(NUMBERS, st.just(np.nan)) if gaps else NUMBERS))
    trained = draw(st.lists(st.integers(0, rows - 1), min_size=1, unique=True))
    return value, np.array(trained)


def trained_on(rows: npt.NDArray[np.int64]) -> Fits:
    return Fits(rows=lambda count: rows)


def test_every_call_is_carried_out() -> None:
    assert set(CALLS) == set(FITTED)


@given(tables())
def test_standardize_and_scale_are_those_of_scikit_learn(
    evaluated: Callable[..., Table], table: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]
) -> None:
    value, trained = table
    given_rows = value[trained]
    constant = given_rows.min(axis=0) == given_rows.max(axis=0)
    assume(
        (constant | (given_rows.std(axis=0) > 1e-9 * np.abs(given_rows).max(axis=0))).all()
    )  # it calls those constant
    standard = evaluated("standardize(A)", value, trained_on(trained)).columns["x"]
    theirs = StandardScaler().fit(given_rows).transform(value)
    np.testing.assert_allclose(standard, np.where(constant, 0, theirs), rtol=1e-7, atol=1e-7)
    scaled = evaluated("scale(A, -1, 3)", value, trained_on(trained)).columns["x"]
    theirs = MinMaxScaler((-1, 3)).fit(given_rows).transform(value)
    np.testing.assert_allclose(scaled, np.where(constant, -1, theirs), rtol=1e-7, atol=1e-7)


@given(tables(gaps=True), st.sampled_from(["mean", "median"]))
def test_fill_is_that_of_scikit_learn(
    evaluated: Callable[..., Table], table: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]], statistic: str
) -> None:
    value, trained = table
    assume(not np.isnan(value[trained]).all(axis=0).any())
    filled = evaluated(f"fill(A, {statistic})", value, trained_on(trained)).columns["x"]
    theirs = SimpleImputer(strategy=statistic).fit(value[trained]).transform(value)
    np.testing.assert_allclose(filled, theirs, rtol=1e-12)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=12), st.data())
def test_one_hot_is_that_of_scikit_learn(
    evaluated: Callable[..., Table], values: list[int], data: st.DataObject
) -> None:
    trained = np.array(data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, unique=True)))
    for made in (values, [float(value) for value in values], [f"class {value}" for value in values]):
        value = np.array(made)
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(value[trained, None])
        theirs = encoder.transform(value[:, None])
        ours = np.asarray(evaluated("one_hot(A, unknown = true)", value, trained_on(trained)).columns["x"])
        np.testing.assert_array_equal(ours[:, :-1], theirs)
        np.testing.assert_array_equal(ours.sum(axis=1), 1)
        count = evaluated("A * 0 + classes(A)", np.array(values), trained_on(trained)).columns["x"]
        assert set(np.asarray(count)) == {theirs.shape[1]}


def test_another_class_is_an_error_unless_it_has_a_column(evaluated: Callable[..., Table]) -> None:
    value, trained = np.array([3, 1, 2]), np.array([0, 1])
    with pytest.raises(SpecError) as caught:
        evaluated("one_hot(A)", value, trained_on(trained))
    (found,) = caught.value.diagnostics
    assert found.code == "G411"
    assert "`2` is not one of the classes" in found.message
    assert "unknown = true" in (found.hint or "")
    known = evaluated("one_hot(A, unknown = true)", value, trained_on(trained)).columns["x"]
    np.testing.assert_array_equal(known, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])


def test_one_hot_of_several_columns_counts_one_set_of_classes(evaluated: Callable[..., Table]) -> None:
    spread = evaluated("one_hot(A)", [[1, 7], [7, 9]]).columns["x"]
    np.testing.assert_array_equal(spread, [[[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]]])


def test_one_hot_that_says_how_many_is_the_operation(evaluated: Callable[..., Table]) -> None:
    fits = Fits()
    for written in ("one_hot(A, 3)", "one_hot(A, classes = 3)", "one-hot(A, 3)", "A -> one_hot(3)"):
        np.testing.assert_array_equal(evaluated(written, [2, 0], fits).columns["x"], [[0, 0, 1], [1, 0, 0]])
    assert not fits.taken


@pytest.mark.parametrize("value", [0.1, 1e300, -1e-300, 5e-324])
def test_a_constant_column_gives_nothing(evaluated: Callable[..., Table], value: float) -> None:
    rows = np.full(7, value)
    assert set(np.asarray(evaluated("standardize(A)", rows).columns["x"])) == {0}
    assert set(np.asarray(evaluated("scale(A, 2, 5)", rows).columns["x"])) == {2}
    other = np.array([value, value, 77.0])
    standard = evaluated("standardize(A)", other, trained_on(np.array([0, 1]))).columns["x"]
    assert np.asarray(standard)[2] == 0


@pytest.mark.parametrize("size", [1e-308, 1e-200, 1.0, 1e200, 8e307])
def test_numbers_of_any_size_are_standardized_and_scaled(evaluated: Callable[..., Table], size: float) -> None:
    rows = size * np.array([1.0, -1.0, 2.0, -2.0])
    root = np.sqrt(2.5)
    np.testing.assert_allclose(
        evaluated("standardize(A)", rows).columns["x"], [1 / root, -1 / root, 2 / root, -2 / root]
    )
    np.testing.assert_allclose(evaluated("scale(A)", rows).columns["x"], [0.75, 0.25, 1, 0])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20), st.floats(-10, 10), st.floats(0.1, 10))
def test_scale_keeps_its_ends(evaluated: Callable[..., Table], rows: list[float], low: float, wide: float) -> None:
    assume(min(rows) < max(rows))
    high = low + wide
    scaled = np.asarray(evaluated(f"scale(A, {low!r}, {high!r})", rows).columns["x"])
    assert scaled[int(np.argmin(rows))] == low
    assert scaled[int(np.argmax(rows))] == high


@pytest.mark.parametrize("column", ["standardize(A)", "scale(A)", "fill(A, mean)", "fill(A, median)", "one_hot(A)"])
def test_rows_in_a_file_give_the_same_bits(
    evaluated: Callable[..., Table], column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.random.default_rng(0).integers(-9, 9, (500, 3)).astype(np.float64)
    monkeypatch.setattr(statistics, "PIECE_BYTES", 1000)
    trained = np.random.default_rng(1).permutation(500)[:400]
    expected = evaluated(column, rows, trained_on(trained)).columns["x"]
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "0")
    monkeypatch.setattr(calls, "PIECE_BYTES", 1000)
    found = evaluated(column, rows, trained_on(trained)).columns["x"]
    assert isinstance(found, stored.StoredArray)
    assert np.asarray(found).tobytes() == np.ascontiguousarray(expected).tobytes()


def test_statistics_go_through_rows_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).normal(1e6, 1, (10_000, 2))
    whole = statistics.mean_and_deviation(rows, None)
    monkeypatch.setattr(statistics, "PIECE_BYTES", 320)
    for one, other in zip(whole, statistics.mean_and_deviation(rows, None), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)
    np.testing.assert_allclose(whole[1], rows.std(axis=0), rtol=1e-10)


TEXTS = "kind,size\na,1\n,2\nb,\na,4\n"


def test_missing_values_are_filled_before_they_are_refused(evaluated: Callable[..., Table], tmp_path: Path) -> None:
    file = tmp_path / "small.csv"
    file.write_text(TEXTS)

    def column(text: str) -> Table:
        for name in ("kind", "size"):
            text = text.replace(name, f'csv("{file.as_posix()}", "{name}")')
        return evaluated(text)

    table = column('fill(kind, "aa")')
    assert table.classes == {"x": ("a", "aa", "b")}
    np.testing.assert_array_equal(table.columns["x"], [0, 1, 2, 0])
    for text, expected in {
        "fill(size, 9)": [1, 2, 9, 4],
        "fill(size, -0.5)": [1, 2, -0.5, 4],
        "fill(size, median)": [1, 2, 2, 4],
        "fill(size * 2 - 1, mean)": [1, 3, 11 / 3, 7],
        "size -> fill(mean) -> standardize": (np.array([1, 2, 7 / 3, 4]) - 7 / 3) / np.std([1, 2, 7 / 3, 4]),
        'one_hot(fill(kind, "none"))': [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]],
    }.items():
        table = column(text)
        np.testing.assert_allclose(np.asarray(table.columns["x"]), np.asarray(expected))
    for text in ("size", "standardize(size)", "size - mean(size)", "one_hot(kind)", "kind", "fill(less(size, 3), 0)"):
        with pytest.raises(SpecError) as caught:
            column(text)
        assert [each.code for each in caught.value.diagnostics] == ["G406"], text


@pytest.mark.parametrize("column", ["standardize(A)", "scale(A)"])
def test_what_is_not_finite_is_told_with_its_row(evaluated: Callable[..., Table], column: str) -> None:
    with pytest.raises(SpecError) as caught:
        evaluated(column, [1.0, np.inf, 2.0])
    assert caught.value.diagnostics[0].message == "row 2 of `x` has the value inf"
