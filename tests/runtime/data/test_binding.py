"""Binding: columns meet inputs; what does not fit is said with its row."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.compiler.graph.bind_dims import bind_dims
from chainrule.compiler.graph.spec import Precision, Spec
from chainrule.grammar.diagnostic import Diagnostic, Place
from chainrule.grammar.source import Span
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data import budget
from chainrule.runtime.data.binding import Dataset, bind_table
from chainrule.runtime.data.column import Array, Origin
from chainrule.runtime.data.columns import Table, evaluate
from chainrule.runtime.data.labels import check_labels
from chainrule.runtime.data.stored import StoredArray

Compiled = Callable[[str], Spec]


def table(**columns: object) -> Table:
    made = {name: np.asarray(column) for name, column in columns.items()}
    rows = max((len(column) for column in made.values()), default=0)
    return Table(made, {}, dict.fromkeys(made, Origin(None)), rows)


def bound(spec: Spec, precision: Precision = "float32", /, **columns: object) -> Dataset:
    return bind_table(table(**columns), spec.graph, precision, {})[0]


def refused(spec: Spec, precision: Precision = "float32", /, **columns: object) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        bound(spec, precision, **columns)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def takes(compiled: Compiled, declared: str) -> Spec:
    return compiled(f"dim N, F, G\ninput x: {declared}\ny = x\n")


@given(arrays.arrays(np.float64, st.integers(1, 9), elements=st.floats(-1e30, 1e30)))
def test_reals_are_rounded_once(compiled: Compiled, x: Array) -> None:
    spec = takes(compiled, "[N]")
    assert bound(spec, "float32", x=x).inputs["x"].tobytes() == x.astype(np.float32).tobytes()
    assert bound(spec, "float64", x=x).inputs["x"].tobytes() == x.tobytes()


@pytest.mark.parametrize("stored", ["u1", "i2", ">i8", "f4", ">f8", "?", "f2", "g"])
def test_any_stored_type_becomes_the_inputs_own(compiled: Compiled, stored: str) -> None:
    column = np.asfortranarray(np.array([[1, 0, 1], [0, 1, 1]], stored))
    for declared, dtype in (("[N, 3]", np.float32), ("int[N, 3]", np.int64)):
        found = bound(takes(compiled, declared), x=column).inputs["x"]
        assert found.dtype == dtype
        assert found.dtype.isnative
        assert found.flags.c_contiguous
        assert found.tolist() == [[1, 0, 1], [0, 1, 1]]


@pytest.mark.parametrize(
    ("declared", "found", "shape"),
    [
        ("[N, 784]", (5, 28, 28), (5, 784)),
        ("[N, 28, 28]", (5, 784), (5, 28, 28)),
        ("[N, F]", (5, 28, 28), (5, 784)),
        ("[N, F]", (5, 4), (5, 4)),
        ("[N, F]", (5,), (5, 1)),
        ("[N, 1]", (5,), (5, 1)),
        ("[N]", (5, 1), (5,)),
        ("[N, F, G]", (5, 2, 3), (5, 2, 3)),
        ("[N, 2, G]", (5, 6), (5, 2, 3)),
        ("[5, 2]", (5, 2), (5, 2)),
        ("[N + 1, 2]", (5, 2), (5, 2)),
    ],
)
def test_rows_take_the_shape_of_the_input(
    compiled: Compiled, declared: str, found: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    column = np.arange(np.prod(found), dtype=float).reshape(found)
    result = bound(takes(compiled, declared), x=column).inputs["x"]
    assert result.shape == shape
    assert result.ravel().tolist() == column.ravel().tolist()


@pytest.mark.parametrize(
    ("declared", "found", "code"),
    [
        ("[N, 784]", (5, 28, 27), "G442"),
        ("[N, 3]", (5, 4), "G442"),
        ("[N, 2, G]", (5, 7), "G442"),
        ("[N, F, G]", (5, 6), "G442"),
        ("[N, F, F]", (5, 9), "G442"),
        ("[N]", (5, 2), "G442"),
        ("real", (5,), "G441"),
        ("[4, 2]", (5, 2), "G447"),
    ],
)
def test_shapes_that_do_not_fit(compiled: Compiled, declared: str, found: tuple[int, ...], code: str) -> None:
    assert refused(takes(compiled, declared), x=np.zeros(found)).code == code


def test_known_dims_count(compiled: Compiled) -> None:
    spec = takes(compiled, "[N, F, G]")
    rows = table(x=np.zeros((5, 6)))
    assert bind_table(rows, spec.graph, "float32", {"F": 2})[0].inputs["x"].shape == (5, 2, 3)
    with pytest.raises(SpecError):
        bind_table(rows, spec.graph, "float32", {"F": 4})


def test_a_batch_of_the_fixed_size_fits(compiled: Compiled) -> None:
    spec, rows = takes(compiled, "[4, 2]"), table(x=np.zeros((8, 2)))
    assert bind_table(rows, spec.graph, "float32", {}, batch=4)[0].rows == 8
    with pytest.raises(SpecError):
        bind_table(rows, spec.graph, "float32", {}, batch=3)


def test_hints(compiled: Compiled) -> None:
    assert "int[N]" in str(refused(takes(compiled, "[N, 3]"), x=[0, 1, 2]).hint)
    assert refused(takes(compiled, "real"), x=[1.0]).hint == "write: dim N; input x: [N]"


def test_whole_reals_are_integers(compiled: Compiled) -> None:
    spec = takes(compiled, "int[N]")
    assert bound(spec, x=[1.0, -2.0, 2.0**62]).inputs["x"].tolist() == [1, -2, 2**62]
    for wrong in (0.5, np.nan, np.inf, 2.0**63):
        diagnostic = refused(spec, x=[1.0, 2.0, wrong])
        assert diagnostic.code == "G443"
        assert "row 3 " in diagnostic.message
    assert refused(spec, x=np.array([2**63], np.uint64)).code == "G443"


def test_values_that_are_not_finite_name_their_row(compiled: Compiled) -> None:
    spec = takes(compiled, "[N, 2]")
    for wrong in (np.nan, np.inf, -np.inf):
        diagnostic = refused(spec, x=[[1, 2], [3, 4], [5, wrong]])
        assert (diagnostic.code, diagnostic.message) == ("G445", f"row 3 of `x` has the value {wrong}")
    diagnostic = refused(spec, x=[[1, 2], [1e300, 4]])
    assert (diagnostic.code, diagnostic.message) == (
        "G446",
        "row 2 of `x` has the value 1e+300, which float32 cannot hold",
    )
    assert bound(spec, "float64", x=[[1, 2], [1e300, 4]]).rows == 2


def test_a_fault_in_a_csv_file_stands_at_its_line(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3,0\n")
    spec = compiled(
        "dim N\ninput x: [N, 2]\ninput t: int[N]\ny = sum(x) + sum(t)\n"
        'data d { x = 1 / csv("a.csv", "a:b"); t = csv("a.csv", "b") / 4 }'
    )
    with pytest.raises(SpecError) as caught:
        bind_table(evaluate(spec.data["d"], str(tmp_path)), spec.graph, "float32", {})
    first, second = caught.value.diagnostics
    assert (first.code, first.where) == ("G445", Place(str(tmp_path / "a.csv"), 3, 2))
    assert (second.code, second.where) == ("G443", Place(str(tmp_path / "a.csv"), 2, 2))
    assert isinstance(first.notes[-1].where, Span)


def test_a_column_that_no_input_takes_is_a_warning(compiled: Compiled) -> None:
    dataset, warnings = bind_table(table(x=[1, 2], X=[1, 2]), takes(compiled, "[N]").graph, "float32", {})
    assert set(dataset.inputs) == {"x"}
    (warning,) = warnings
    assert (warning.code, warning.severity, warning.hint) == ("G440", "warning", "did you mean `x`?")


def test_rows_of_a_dataset(compiled: Compiled) -> None:
    part = bound(takes(compiled, "[N]"), x=[1, 2, 3]).take(np.array([2, 0]))
    assert (part.rows, part.inputs["x"].tolist()) == (2, [3, 1])
    assert len({part, part.take(np.array([0, 1]))}) == 2  # two with the same rows are two


LABELLED = """dim N, C
input x: [N, C]
input t: int[N]
same = t
output loss = softmax-loss(x, same)
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; metrics = [accuracy(x, t)] }
"""


def labels(spec: Spec, t: list[int], classes: int = 3) -> tuple[Diagnostic, ...]:
    dataset = bound(spec, x=np.zeros((len(t), classes)), t=t)
    dims = bind_dims(spec.full, {path: array.shape for path, array in dataset.inputs.items()}, {})
    return check_labels(spec.full, dataset.inputs, dims, dataset.origins)


def test_class_numbers_are_held_to_the_scores(compiled: Compiled) -> None:
    spec = compiled(LABELLED)
    assert labels(spec, [0, 1, 2, 1]) == ()
    for wrong in (3, -1):
        with pytest.raises(SpecError) as caught:
            labels(spec, [0, 2, wrong])
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "G444"
        assert diagnostic.message == f"row 3 of `t` is class {wrong}, but the classes are 0 to 2"
        assert isinstance(diagnostic.notes[0].where, Span)
        assert diagnostic.notes[0].where.line == 5


def test_rows_of_one_class_are_warned_of(compiled: Compiled) -> None:
    spec = compiled(LABELLED)
    assert [warning.code for warning in labels(spec, [2] * 6)] == ["G448"]
    assert labels(spec, [2] * 5) == ()


def test_a_scalar_label_is_checked(compiled: Compiled) -> None:
    spec = compiled("input x: [3] = [1, 2, 3]\ninput t: int = 0\noutput loss = softmax-loss(x, t)\n")
    with pytest.raises(SpecError) as caught:
        check_labels(spec.full, {"t": np.array(3)}, {})
    assert caught.value.diagnostics[0].code == "G444"


def test_a_column_that_others_use_may_be_an_input_too(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3,\n")
    text = 'dim N\ninput a: [N]\ninput x: [N]\ny = a + x\ndata d {{ a = csv("a.csv", "{}"); x = {} }}'
    spec = compiled(text.format("a", "a * 2"))
    dataset, _ = bind_table(evaluate(spec.data["d"], str(tmp_path)), spec.graph, "float32", {})
    assert {name: np.asarray(rows).tolist() for name, rows in dataset.inputs.items()} == {"a": [1, 3], "x": [2, 6]}
    spec = compiled(text.format("b", "fill(a, mean)"))
    with pytest.raises(SpecError) as caught:
        bind_table(evaluate(spec.data["d"], str(tmp_path)), spec.graph, "float32", {})
    (found,) = caught.value.diagnostics
    assert found.where == Place(str(tmp_path / "a.csv"), 3, 2)


# --- limits and facts of faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory", "lies"), [(96, np.ndarray), (95, StoredArray), (10_000, np.ndarray), (0, StoredArray)]
)
def test_columns_in_files_stay_there_unless_two_fit_into_memory(
    compiled: Compiled, memory: int, lies: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "memory", lambda: memory)
    column = StoredArray.of([np.ones((3, 2)), np.zeros((3, 2))])
    made = Table({"x": column}, {}, {"x": Origin(None)}, 6)
    found = bind_table(made, takes(compiled, "[N, 2]").graph, "float32", {})[0].inputs["x"]
    assert type(found) is lies
    assert np.asarray(found).tolist() == [[1, 1]] * 3 + [[0, 0]] * 3


@pytest.mark.parametrize(
    ("declared", "column", "hinted"),
    [
        ("[N, 3]", np.array([0, 1, 2]), True),
        ("[N, 3]", np.array([True, False]), True),
        ("[N, 3]", np.array([0.0, 1.0]), False),
        ("[N, 3]", np.zeros((4, 2), int), False),
        ("[N, 3, 2]", np.array([0, 1, 2]), False),
        ("int[N, 3]", np.array([0, 1, 2]), False),
    ],
)
def test_class_numbers_are_suspected_where_they_could_be_meant(
    compiled: Compiled, declared: str, column: Array, hinted: bool
) -> None:
    found = refused(takes(compiled, declared), x=column)
    assert found.code == "G442"
    assert found.hint == ("if these are class numbers, declare `input x: int[N]`" if hinted else None)


@pytest.mark.parametrize(
    ("declared", "found", "shape"),
    [
        ("[N, F + 1]", (5, 3), (5, 3)),
        ("[N, 2 * F, 3]", (5, 12), (5, 4, 3)),
        ("[N, F + 1, 3]", (5, 12), (5, 4, 3)),
        ("[N, F, G]", (5, 6, 1), (5, 6, 1)),
        ("[N, 2, F]", (5, 2, 3), (5, 2, 3)),
        ("[N, 2, F]", (5, 3, 2), (5, 2, 3)),
    ],
)
def test_sizes_that_are_open_follow_from_the_column(
    compiled: Compiled, declared: str, found: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    column = np.arange(np.prod(found), dtype=float).reshape(found)
    spec = takes(compiled, declared)
    for held in (column, StoredArray.of([column])):
        made = Table({"x": held}, {}, {"x": Origin(None)}, 5)
        rows = np.asarray(bind_table(made, spec.graph, "float64", {})[0].inputs["x"])
        assert (rows.shape, rows.ravel().tolist()) == (shape, column.ravel().tolist())


def test_fewer_rows_than_a_batch_are_all_that_there_are(compiled: Compiled) -> None:
    spec, rows = takes(compiled, "[4, 2]"), table(x=np.zeros((4, 2)))
    assert bind_table(rows, spec.graph, "float32", {}, batch=9)[0].rows == 4
    with pytest.raises(SpecError) as caught:
        bind_table(table(x=np.zeros((3, 2))), spec.graph, "float32", {}, batch=4)
    assert "3" in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("column", "said"),
    [(np.array(3.0), "a single number"), (np.zeros((0, 2)), "empty"), (np.zeros((4, 2)), "4"), (np.zeros((5, 2)), "")],
)
def test_a_column_that_others_use_must_be_one(compiled: Compiled, column: Array, said: str) -> None:
    columns = {"x": column, "y": np.zeros(5), "z": np.zeros(5)}
    made = Table(columns, {}, dict.fromkeys(columns, Origin(None)), 5, used=frozenset({"x", "z"}))
    spec = compiled("dim N\ninput x: [N, 2]\ninput y: [N]\nw = sum(x) + sum(y)\n")
    if not said:
        dataset, warnings = bind_table(made, spec.graph, "float32", {})
        assert (list(dataset.inputs), warnings) == (["x", "y"], ()), "`z` is used by others, so it is no surprise"
        return
    with pytest.raises(SpecError) as caught:
        bind_table(made, spec.graph, "float32", {})
    (found,) = caught.value.diagnostics
    assert said in found.message
    assert ("`y`" in found.message and "5" in found.message) == (said == "4")
