"""The index of a column: what NumPy takes, of arrays in memory and in files; rows stay rows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Place
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.columns import Table, evaluate
from chainrule.runtime.data.fitted.fits import Fits
from chainrule.runtime.data.fitted.held import Fitted

Compiled = Callable[[str], Spec]
HEAD = "dim N\ninput x: [N]\ny = 2 * x\n"


@pytest.fixture(scope="module")
def cut(compiled: Compiled, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Table]:
    """The function from an array, which A stands for, and a column to its table."""
    folder = tmp_path_factory.mktemp("cut")

    def table(array: object, column: str, fits: Fits | None = None) -> Table:
        np.save(folder / "a.npy", np.asarray(array))
        text = column.replace("A", 'npy("a.npy")')
        return evaluate(compiled(f"{HEAD}data rows {{ x = {text} }}").data["rows"], str(folder), fits=fits)

    return table


def written(index: object) -> str:
    """An index as a spec has it."""
    if index is Ellipsis:
        return "..."
    if isinstance(index, slice):
        first, last = ("" if end is None else str(end) for end in (index.start, index.stop))
        return f"{first}:{last}" + ("" if index.step is None else f":{index.step}")
    return str(index)


@given(st.data(), st.booleans())
def test_it_takes_what_numpy_takes(cut: Callable[..., Table], data: st.DataObject, stored: bool) -> None:
    shape = data.draw(array_shapes(max_dims=3, max_side=5))
    array = np.arange(np.prod(shape)).reshape(shape)
    index = data.draw(basic_indices(shape, allow_newaxis=False, allow_ellipsis=True))
    places = index if isinstance(index, tuple) else (index,)
    if not places or not isinstance(places[0], slice) or not array[places].size:
        return  # rows are taken by a range, and something is left
    with pytest.MonkeyPatch.context() as patch:
        if stored:
            patch.setenv("CHAINRULE_DATA_MEMORY", "0")
        try:
            found = cut(array, f"A[{', '.join(map(written, places))}]").columns["x"]
        except SpecError as error:  # of ends outside numpy says nothing
            assert "outside of axis" in error.diagnostics[0].message  # noqa: PT017  # only some raise it
            return
    np.testing.assert_array_equal(np.asarray(found), array[places])


def test_it_is_fitted_to_rows_that_it_takes(cut: Callable[..., Table]) -> None:
    fits = Fits(rows=lambda count: np.arange(count - 1))
    found = cut([1.0, 3.0, 100.0, 7.0], "A[0:3] - mean(A[0:3])", fits).columns["x"]
    np.testing.assert_array_equal(np.asarray(found), [-1, 1, 98])


def test_rows_that_a_model_is_used_on_are_all_taken(cut: Callable[..., Table]) -> None:
    held = {"x": (Fitted("mean", {"value": np.array(2.0)}),)}
    fits = Fits(lambda: held, all_rows=True)
    found = cut([[5.0, 1.0]], "A[0:1000:2, 0] - mean(A[3:9, ...])", fits).columns["x"]
    np.testing.assert_array_equal(np.asarray(found), [3])


def test_faults_are_at_the_lines_of_the_file(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("kind,size\na,1\nb,2\n\nc,\nd,4\n")

    def table(column: str) -> Table:
        section = compiled(f"{HEAD}data rows {{ x = {column} }}").data["rows"]
        return evaluate(section, str(tmp_path))

    origin = table('csv("a.csv", ["size", "size"])[3:, 1]'.replace("3:", "3:4")).origins["x"]
    assert origin.place(0) == Place(str(tmp_path / "a.csv"), 6, 0)
    assert table('csv("a.csv", "size")[::-1][0:1]').origins["x"].place(0) == Place(str(tmp_path / "a.csv"), 6, 2)
    np.testing.assert_array_equal(np.asarray(table('csv("a.csv", "size")[0:2]').columns["x"]), [1, 2])
    assert table('csv("a.csv", "kind")[1:3]').classes == {"x": ("a", "b", "c", "d")}
    np.testing.assert_array_equal(np.asarray(table('one_hot(csv("a.csv", "kind")[1:3])').columns["x"]), np.eye(2))
    with pytest.raises(SpecError) as caught:
        table('csv("a.csv", "size")[1:]')
    assert caught.value.diagnostics[0].where == Place(str(tmp_path / "a.csv"), 5, 2)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("A[0]", "an index takes rows by a range"),
        ("A[:, 5]", "there is no 5 along axis 1"),
        ("A[0:9]", "the range ends at 9, outside of axis 0"),
        ("A[..., 0, ...]", "one `...` at most"),
        ("A[:, 0, 0]", "names 3 axes"),
        ("A[1:1]", "nothing is left along axis 0"),
        ("standardize(A)[0:1]", "the index leaves out rows that have a part in a fitted number"),
    ],
)
def test_what_is_not_there_is_told(cut: Callable[..., Table], column: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        cut([[1.0, 2.0], [3.0, 4.0]], column)
    assert message in caught.value.diagnostics[0].message
