"""Answers to rows in scripts: as all rows together are answered, whatever the rows come as."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from serving import NAMES, rows, trained

import chainrule


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory) -> chainrule.Program:
    return trained(tmp_path_factory.mktemp("birds"))


def records() -> list[dict[str, Any]]:
    return [{"length": length, "mass": mass} for _, length, mass in rows()]


def test_rows_are_answered_like_those_that_the_spec_reads(birds: chainrule.Program) -> None:
    expected = birds.predict(x=birds.rows()["x"])["scores"]
    answers = birds.answer(records())
    assert np.allclose([each["scores"] for each in answers], expected, rtol=1e-6)
    assert [each["scores class"] for each in answers] == [NAMES[best] for best in expected.argmax(axis=1)]
    assert json.loads(json.dumps(answers)) == answers
    assert [set(each) for each in answers] == [{"scores", "scores class"}] * 60


SOURCES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "tuples of records": tuple,
    "a generator": iter,
    "pandas": pd.DataFrame,
    "rows of pandas": lambda found: [row for _, row in pd.DataFrame(found).iterrows()],
    "polars": pl.DataFrame,
    "numbers of NumPy": lambda found: [{name: np.asarray(value)[()] for name, value in row.items()} for row in found],
    "texts": lambda found: [{name: str(value) for name, value in row.items()} for row in found],
    "further columns": lambda found: [{"id": number, **row, "note": "a,b"} for number, row in enumerate(found)],
    "targets": lambda found: [{**row, "species": None} for row in found],
}


@pytest.mark.parametrize("source", SOURCES)
def test_rows_come_as_they_are_held(source: str, birds: chainrule.Program) -> None:
    assert birds.answer(SOURCES[source](records())) == birds.answer(records())


def test_one_row_alone(birds: chainrule.Program) -> None:
    (alone,) = birds.answer(records()[0])
    assert birds.answer(pd.DataFrame(records()).iloc[0]) == [alone]
    together = birds.answer(records())[0]
    assert np.allclose(alone["scores"], together["scores"], rtol=1e-6)


def test_values_of_inputs(birds: chainrule.Program) -> None:
    x = birds.rows(0, 3)["x"]
    assert birds.answer([{"x": row.tolist()} for row in x]) == birds.answer(
        [{"x": row.tolist(), "t": None} for row in x]
    )
    assert [each["scores"] for each in birds.answer([{"x": row.tolist()} for row in x])] == [
        pytest.approx(row.tolist(), rel=1e-6) for row in birds.predict(x=x)["scores"]
    ]


def test_probabilities(birds: chainrule.Program) -> None:
    for each in birds.answer(records(), probabilities=True):
        scores = np.array(each["scores"], "float64")
        expected = np.exp(scores) / np.exp(scores).sum()
        given: Any = each["scores probability"]
        assert tuple(given) == NAMES
        assert np.allclose(list(given.values()), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("loss", "output", "answer"),
    [
        ("sigmoid_loss(z, t)", "z", 1 / (1 + np.exp(-2.0))),
        ("sigmoid_loss(z, t, weight = x)", "z", 1 / (1 + np.exp(-2.0))),
        ("sigmoid_loss(z, t)", "p = sigmoid(z)", 1 / (1 + np.exp(-2.0))),
    ],
)
def test_the_probability_of_one_score(loss: str, output: str, answer: float) -> None:
    text = f"dim N\ninput x: [N]\ninput t: [N]\nparam w = 2\nz = w * x\nloss = {loss}\noutput {output}\n"
    (found,) = chainrule.compile(text).answer({"x": 1}, probabilities=True)
    assert found[f"{output.split()[0]} probability"] == pytest.approx(answer, rel=1e-6)


@pytest.mark.parametrize(
    "loss", ["softmax-loss(z, t)\nm = accuracy(p, t)", "cross-entropy(p, t)", "mse(p, one_hot(t, classes = 2))"]
)
def test_probabilities_stay_as_they_are(loss: str) -> None:
    text = f"dim N\ninput x: [N, 2]\ninput t: int[N]\nz = 3 * x\np = softmax(z)\nloss = {loss}\noutput z\noutput p\n"
    (found,) = chainrule.compile(text).answer({"x": [0, 1]}, probabilities=True)
    expected = pytest.approx([1 / (1 + np.exp(3.0)), 1 / (1 + np.exp(-3.0))], rel=1e-6)
    assert found["p"] == expected
    assert found["p probability"] == expected
    assert found["z probability"] == expected


WRONG: dict[str, tuple[Any, str]] = {
    "a column is missing": ([{"length": 40}], "rows:1: error G712: `rows` does not hold the inputs: it lacks `mass`"),
    "no record": ([{"length": 40, "mass": 1}, 3], "rows:2: error G576: this line holds no row: it is an int"),
    "an empty record": ([{}], "rows:1: error G576"),
    "a text among numbers": ([{"length": 40, "mass": 1}, {"length": 4, "mass": "x"}], "rows:2:"),
    "a missing value": ([{"length": 40, "mass": 1}, {"length": None, "mass": 2}], "rows:2:"),
    "no value": ([{"length": {}, "mass": 1}], "rows:1: error G576: this line holds no row: a column of a record"),
    "an input of another shape": ([{"x": [1, 2]}, {"x": [1]}], "rows:2: error G576: this line holds no row: a row of"),
    "nothing that is known": ([{"y": [1]}], "rows:1: error G"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_row_is_named(case: str, birds: chainrule.Program) -> None:
    given, said = WRONG[case]
    with pytest.raises(chainrule.SpecError) as caught:
        birds.answer(given)
    assert str(caught.value).startswith(said)


def test_outputs_that_no_row_has_alone_are_left_out_or_refused() -> None:
    text = "dim N\ninput x: [N, 2]\noutput centred = x - mean(x, axis = 0)\noutput total = sum(x)\n"
    with pytest.raises(chainrule.SpecError, match="no output has a value for each row alone: centred, total"):
        chainrule.compile(text).answer([{"x": [1, 2]}])
    assert chainrule.compile(f"{text}output y = 2 * x\n").answer([{"x": [1, 2]}]) == [{"y": [2, 4]}]


def test_no_scores_no_probabilities() -> None:
    with pytest.raises(chainrule.SpecError, match="no output has scores that probabilities could be made of: y"):
        chainrule.compile("dim N\ninput x: [N]\noutput y = 2 * x\n").answer({"x": 1}, probabilities=True)


def test_numbers_are_read_as_they_are_whatever_the_file_was_written_in(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a;t\n1,5;1.000\n2,5;2.000\n", encoding="utf-8")
    text = (
        "dim N\ninput a: [N]\nparam w = 2\noutput y = w * a\n"
        'data rows { a = csv("rows.csv", "a", sep = ";", decimal = ",", thousands = ".", missing = ["?"]) }\n'
    )
    program = chainrule.compile(text, folder=tmp_path)
    assert program.answer([{"a": 1.234}, {"a": 1234}]) == [{"y": pytest.approx(2.468)}, {"y": 2468}]
    with pytest.raises(chainrule.SpecError, match="has no value here"):
        program.answer({"a": "?"})
