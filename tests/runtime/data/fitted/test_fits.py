"""Where fitted columns have their numbers from: rows that are trained on, or what is kept of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.columns import Table, evaluate
from chainrule.runtime.data.fitted.fits import Fits
from chainrule.runtime.data.fitted.held import same

Compiled = Callable[[str], Spec]
HEAD = "dim N\ninput x: [N]\ny = 2 * x\n"

COLUMNS = (
    "standardize(A)",
    "scale(A) + standardize(A)",
    "A - mean(A, axis = 0)",
    "(A - min(A)) / (max(A) - min(A) + 1)",
    "A / (1 + abs(sum(transpose(A) @ A)))",
    "A - mean(A, axis = 0, keepdims = true)",
    "standardize(A - prod(mean(A, axis = [0, 1])))",
    "one_hot(floor(A), unknown = true)",
    "A * classes(floor(A))",
    "A + mean(flatten(A), axis = 0) / 2",
    "A + mse(A, 2 * A)",
)


@pytest.mark.parametrize("column", COLUMNS)
@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(2, 9))
def test_a_row_means_the_same_alone_and_among_others(
    evaluated: Callable[..., Table], column: str, seed: int, rows: int
) -> None:
    random = np.random.default_rng(seed)
    value = random.normal(size=(rows, 3))
    trained = random.permutation(rows)[: rows - 1]
    own = Fits(rows=lambda count: trained)
    together = np.asarray(evaluated(column, value, own).columns["x"])
    held = {name: tuple(steps) for name, steps in own.taken.items()}
    assert held["x"]
    other = np.where(np.isin(np.arange(rows), trained)[:, None], value, 1e3 * random.normal(size=value.shape))
    changed = Fits(rows=lambda count: trained)
    evaluated(column, other, changed)
    assert same(changed.taken["x"], own.taken["x"]), "a row that is held out has a part in it"
    for number in range(rows):
        alone = evaluated(column, value[number : number + 1], Fits(lambda: held)).columns["x"]
        np.testing.assert_allclose(np.asarray(alone)[0], together[number], rtol=1e-12, atol=1e-12)


def test_rows_of_another_file_all_count(compiled: Compiled, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(4.0))
    np.save(tmp_path / "b.npy", np.arange(6.0))
    column = 'npy("a.npy") - mean(npy("b.npy")) + mean(npy("a.npy"))'
    section = compiled(f"{HEAD}data rows {{ x = {column} }}").data["rows"]
    fits = Fits(rows=lambda count: np.arange(count // 2))
    np.testing.assert_array_equal(
        np.asarray(evaluate(section, str(tmp_path), fits=fits).columns["x"]), np.arange(4.0) - 2.5 + 0.5
    )
    assert [each.numbers["value"] for each in fits.taken["x"]] == [2.5, 0.5]


def test_what_is_kept_is_of_the_same_steps(evaluated: Callable[..., Table]) -> None:
    own = Fits()
    evaluated("scale(A)", [[1.0], [2.0]], own)
    kept = {name: tuple(steps) for name, steps in own.taken.items()}
    for column, message in {
        "standardize(A)": "`x` has `standardize` here, and in the rows that were trained on `scale(low = 0, high = 1)`",
        "scale(A, 0, 2)": "`x` has `scale(low = 0, high = 2)` here, and in the rows that were trained on `scale(low",
        "scale(A) - mean(A)": "`x` has `mean` here, and in the rows that were trained on nothing more",
    }.items():
        with pytest.raises(SpecError) as caught:
            evaluated(column, [[1.0]], Fits(lambda: kept))
        assert caught.value.diagnostics[0].message.startswith(message)
    with pytest.raises(SpecError) as caught:
        evaluated("scale(A)", [[1.0, 2.0]], Fits(lambda: kept))
    assert caught.value.diagnostics[0].code == "G485"
