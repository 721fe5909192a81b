"""Outputs some rows at a time are those of all rows at once."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.stored import StoredArray
from chainrule.runtime.evaluate import prediction
from chainrule.runtime.evaluate.evaluate import Evaluator
from chainrule.runtime.evaluate.prediction import Predictor

NET = """
dim N
input x: [N, 5]
input shift: [3] = [1, 2, 3]
input t: int[N]
param W: [5, 64] = he()
param V: [64, 3] = he()
h = relu(x @ W)
output scores = h @ V + shift
output p = softmax(scores)
loss = softmax-loss(scores, t)
"""
X = np.random.default_rng(0).normal(size=(1003, 5)).astype("f4")


def predictor(program: chainrule.Program, chunk_bytes: int) -> Predictor:
    graph = program.spec.graph
    outputs = [index for index in graph.outputs if graph.nodes[index].path != "loss"]
    return Predictor(Evaluator({}), graph, outputs, {}, "float32", chunk_bytes=chunk_bytes)


@pytest.mark.parametrize("chunk_bytes", [1, 5000, 100_000])
@pytest.mark.parametrize("lies", ["in memory", "in a file", "as lists"])
def test_parts(chunk_bytes: int, lies: str) -> None:
    program = chainrule.compile(NET)
    given: Any = {"in memory": X, "in a file": StoredArray.of([X]), "as lists": X.tolist()}[lies]
    feeds = {"x": given, "shift": [3, 1, 2]}
    whole = program.predict(x=X, shift=[3, 1, 2])
    parts = predictor(program, chunk_bytes).over(feeds, program.params)
    assert parts.keys() == whole.keys() == {"scores", "p"}
    for path, value in whole.items():
        assert parts[path].dtype == value.dtype
        assert parts[path] == pytest.approx(value, rel=1e-5, abs=1e-5)


def test_rows_of_inputs_that_no_output_needs() -> None:
    program = chainrule.compile(NET)
    labels = np.zeros(len(X), int)
    parts = predictor(program, 5000).over({"x": X, "t": labels}, program.params)
    assert parts["p"] == pytest.approx(program.predict(x=X)["p"], rel=1e-5, abs=1e-5)


def test_what_depends_on_all_rows_sees_all_rows() -> None:
    program = chainrule.compile("dim N\ninput x: [N, 5]\noutput y = x - mean(x, axis = 0)\noutput z = 2 * x\n")
    (found,) = (predictor(program, 100).over({"x": X}, {}),)
    assert found["y"] == pytest.approx(X - X.mean(axis=0), abs=1e-5)
    assert np.array_equal(found["z"], 2 * X)


def test_faults_are_those_of_all_rows() -> None:
    program = chainrule.compile(NET)
    for feeds in ({"x": X[:, :4]}, {"x": X, "nothing": X}, {}, {"x": 3.0}):
        with pytest.raises(SpecError) as whole:
            program.run(feeds)
        with pytest.raises(SpecError) as parts:
            predictor(program, 1000).over(feeds, program.params)
        assert parts.value.diagnostics[0].code == whole.value.diagnostics[0].code


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    program = chainrule.compile(NET, precision="float32")
    rows = np.zeros((200_000, 5), "f4")
    monkeypatch.setattr(prediction.Predictor.__init__, "__kwdefaults__", {"chunk_bytes": 4 << 20})
    program.predict(x=rows[:10])
    tracemalloc.start()
    try:
        found = program.predict(x=rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    outputs = sum(value.nbytes for value in found.values())
    assert peak < outputs + (8 << 20)  # `h` alone is 51 MB


LOSS = """
dim N
input x: [N, 3]
input t: int[N]
output own = one-hot(t, classes = 3) * x
output root = sqrt(x)
"""


@pytest.mark.parametrize("lies", ["in memory", "in a file"])
def test_faults_count_the_rows_of_all_parts(lies: str) -> None:
    program = chainrule.compile(LOSS)
    x, t = np.ones((1003, 3)), np.zeros(1003, int)
    stored = StoredArray.of if lies == "in a file" else lambda parts: parts[0]

    def over(**changed: Any) -> list[str]:
        feeds = {path: stored([value]) for path, value in {"x": x, "t": t, **changed}.items()}
        found: list[str] = []
        graph = program.spec.graph
        made = Predictor(Evaluator({}), graph, graph.outputs, {}, "float32", chunk_bytes=5000)
        made.over(feeds, {}, lambda each: found.append(each.message))
        return found

    assert over() == []
    negative = x.copy()
    negative[700, 1] = -1
    assert over(x=negative) == ["`root` is nan at [700, 1]"]
    for changed, said in (
        ({"t": np.where(np.arange(1003) == 900, 3, t)}, "row 901 of `t` is class 3, but the classes are 0 to 2"),
        ({"t": np.where(np.arange(1003) == 900, 0.5, t)}, "row 901 of `t` is 0.5, and input `t` takes whole numbers"),
        ({"x": np.where(negative < 0, 1e300, x)}, "row 701 of `x` has the value 1e[+]300, which float32 cannot hold"),
    ):
        with pytest.raises(SpecError, match=said):
            over(**changed)


def test_findings_of_many_parts_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    program = chainrule.compile("dim N\ninput x: [N]\noutput y = sqrt(x)\n")
    monkeypatch.setattr(prediction.Predictor.__init__, "__kwdefaults__", {"chunk_bytes": 100})
    with pytest.warns(RuntimeWarning, match=r"`y` is nan at \[5\]") as caught:
        program.predict(x=np.where(np.arange(1000) < 5, 1.0, -1.0))
    assert len(caught) == 1


def test_large_outputs_lie_in_files() -> None:
    program = chainrule.compile(NET)
    rows = X.nbytes // X.shape[1] * 2  # more than a column, less than the three of an output
    found = predictor(program, 5000).stored_over({"x": X}, program.params, rows)
    assert [type(each) for each in found.values()] == [StoredArray, StoredArray]
    for path, value in predictor(program, 5000).over({"x": X}, program.params).items():
        assert isinstance(value, np.ndarray)
        np.testing.assert_array_equal(np.asarray(found[path]), value)
    assert all(isinstance(each, np.ndarray) for each in program.predict_stored({"x": X}).values())


def told(text: str, feeds: dict[str, Any], chunk_bytes: int = 1 << 30) -> list[tuple[str, str]]:
    program = chainrule.compile(text)
    graph = program.spec.graph
    made = Predictor(Evaluator({}), graph, graph.outputs, {}, "float64", chunk_bytes=chunk_bytes)
    found: list[tuple[str, str]] = []
    made.over(feeds, program.params, lambda each: found.append((each.code, each.message)))
    return found


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_rows_that_hang_on_one_another_are_told_of(rows: int) -> None:
    text = "dim N, M\ninput x: [N, 2]\ninput z: [M]\noutput w = z * 2\noutput y = x - mean(x, axis = 0)\n"
    found = told(text, {"x": np.ones((rows, 2)), "z": np.ones(1)})
    said = f"all {rows} rows were taken at once: a row of `y` hangs on the rows beside it"
    assert found == ([("G509", said)] if rows > 1 else [])
    assert told(text.replace(" - mean(x, axis = 0)", ""), {"x": np.ones((rows, 2)), "z": np.ones(1)}) == []


@pytest.mark.parametrize(
    ("text", "feeds", "parts"),
    [
        ("dim N\ninput x: [N, 2]\noutput y = x * 2\n", {"x": np.ones((6, 2))}, True),
        ("dim N\ninput x: [2 * N, 2]\noutput y = x * 2\n", {"x": np.ones((6, 2))}, False),
        ("dim N, M\ninput x: [N, 2]\ninput z: [M]\noutput y = x * 2\noutput w = z\n",
         {"x": np.ones((6, 2)), "z": np.ones(3)}, False),
        ("dim N\ninput x: [N, 2]\ninput z: [3]\noutput y = x * sum(z)\n",
         {"x": np.ones((6, 2)), "z": np.ones(3)}, True),
        ("dim N\ninput x: [N, 2]\nparam w = 2\noutput y = x * w\n", {"x": np.ones((6, 2)), "w": np.array(3.0)}, False),
        ("input x: [6, 2]\noutput y = x * 2\n", {"x": np.ones((6, 2))}, False),
    ],
)  # fmt: skip
def test_rows_are_parted_where_any_number_of_them_may_be_taken(
    text: str, feeds: dict[str, Any], parts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    module: Any = prediction
    execute = module.execute

    def counted(plan: Any, fed: Any, moment: Any) -> Any:
        calls.append(moment.row)
        return execute(plan, fed, moment)

    monkeypatch.setattr(module, "execute", counted)
    told(text, feeds, chunk_bytes=1)
    assert calls == (list(range(6)) if parts else [0])


def test_an_output_goes_into_a_file_where_it_is_larger_than_memory_allows() -> None:
    program = chainrule.compile("dim N\ninput x: [N, 2]\noutput y = x * 2\n")
    made = predictor(program, 32)
    rows = X[:9, :2]
    for memory, lies in ((9 * 2 * 4, np.ndarray), (9 * 2 * 4 - 1, StoredArray)):
        found = made.stored_over({"x": rows}, {}, memory)["y"]
        assert type(found) is lies
        assert np.array_equal(np.asarray(found), rows * 2)
