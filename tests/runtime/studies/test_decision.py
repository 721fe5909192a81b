"""The decision surface: every point of the grid has the class that `predict` gives it."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.program.program import Program
from chainrule.runtime.studies.decision import Decision, decision

SPECS = Path(chainrule.__file__).parent / "specs"

SPIRAL = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 8] = he()
param V: [8, 3] = he()
output scores = relu(x @ W) @ V
loss = softmax-loss(scores, t)
data d { x = spiral("x", rows = 90) ; t = spiral("t", rows = 90) }
train { minimize = loss ; optimizer = adam(lr = 0.02) ; epochs = 20 ; data = d ; hold_out = 0.2 }
"""

TWO_COLUMNS = """input a: [4, 1]
input b: [4, 1]
input t: [4, 1]
param w = 0.5
output y = sigmoid(w * (a + b) - 0.6)
loss = mse(y, t)
data d { a = [0, 0, 1, 1] ; b = [0, 1, 0, 1] ; t = [[0], [1], [1], [1]] }
train { minimize = loss ; optimizer = sgd(lr = 1) ; epochs = 5 ; data = d ; metrics = [accuracy(y, t)] }
"""


def of(made: Program) -> Decision:
    return decision(made._trainings.job(made.precision), made.params, made.classes)


def test_the_grid_has_the_classes_of_predict() -> None:
    spiral = compile(SPIRAL)
    spiral.train()
    found = of(spiral)
    assert found.names == ("x[0]", "x[1]")
    x, y = np.meshgrid(found.x, found.y)
    scores = spiral.predict(x=np.stack([x.ravel(), y.ravel()], axis=1))["scores"]
    assert np.mean(found.given.ravel() == scores.argmax(axis=1)) > 0.999
    assert found.test is not None
    job = spiral._trainings.job(spiral.precision)
    assert job.data is not None
    assert np.array_equal(found.train.true, job.data.inputs["t"])
    np.testing.assert_allclose(np.stack([found.train.x, found.train.y], axis=1), job.data.inputs["x"])
    assert np.array_equal(found.train.given, spiral.predict(x=job.data.inputs["x"])["scores"].argmax(axis=1))
    assert found.x[0] < found.train.x.min() < found.train.x.max() < found.x[-1]


def test_two_inputs_that_declare_their_rows() -> None:
    made = compile(TWO_COLUMNS)
    made.train()
    found = of(made)
    w = float(made.params["w"])
    x, y = np.meshgrid(found.x, found.y)
    np.testing.assert_allclose(found.answers, 1 / (1 + np.exp(0.6 - w * (x + y))), rtol=1e-5)
    assert found.names == ("a", "b")
    assert np.array_equal(found.given, found.answers > 0.5)
    assert found.train.true.tolist() == [0, 1, 1, 1]


def test_scores_that_are_no_rows() -> None:
    one_row = TWO_COLUMNS.replace("[4, 1]", "[4]").replace("[[0], [1], [1], [1]]", "[0, 1, 1, 1]")
    with pytest.raises(SpecError, match="no scores for each row"):
        of(compile(one_row))


def test_more_inputs_than_two() -> None:
    with pytest.raises(SpecError, match="`x` has 4"):
        of(load(SPECS / "iris.graph"))
