"""The confusion matrix, held against scikit-learn's."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.program.program import Program
from chainrule.runtime.studies.confusion import Confusion, confusion
from chainrule.runtime.studies.sides import Side

SPECS = Path(chainrule.__file__).parent / "specs"

ONE_HOT = """dim N
input x: [N, 2]
input t: [N, 3]
param W: [2, 3] = xavier()
scores = x @ W
loss = softmax-loss(scores, t)
data d { x = spiral("x", rows = 60) ; t = one-hot(spiral("t", rows = 60), classes = 3) }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 5 ; data = d }
"""


def of(made: Program, rows: Side | None = None) -> Confusion:
    return confusion(made._trainings.job(made.precision), made.params, made.classes, rows)


@pytest.mark.parametrize("rows", ["train", "test"])
def test_against_scikit_learn(rows: Side) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    iris = load(SPECS / "iris.graph", set={"train.epochs": 5})
    iris.train()
    job = iris._trainings.job(iris.precision)
    held = job.data if rows == "train" else job.test
    assert held is not None
    given = iris.predict(x=held.inputs["x"])["scores"].argmax(axis=1)
    found = of(iris, rows)
    assert np.array_equal(found.matrix, metrics.confusion_matrix(held.inputs["t"], given, labels=[0, 1, 2]))
    assert found.classes == ("setosa", "versicolor", "virginica")
    assert found.count == held.rows
    assert found.right == int(np.sum(given == held.inputs["t"]))


def test_test_rows_unless_there_are_none() -> None:
    assert of(load(SPECS / "iris.graph")).rows == "test"
    xor = load(SPECS / "xor.graph")
    xor.train()
    found = of(xor)
    assert found.rows == "train"
    assert found.matrix.tolist() == [[2, 0], [0, 2]]
    assert found.classes == ("0", "1")
    with pytest.raises(SpecError, match="no test rows"):
        of(xor, "test")


def test_one_hot_targets_and_a_loss_alone() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    made = compile(ONE_HOT)
    rows = made.rows()
    given = rows["x"] @ made.params["W"]
    expected = metrics.confusion_matrix(rows["t"].argmax(axis=1), given.argmax(axis=1), labels=[0, 1, 2])
    assert np.array_equal(of(made).matrix, expected)


def test_nothing_judges_classes() -> None:
    with pytest.raises(SpecError, match="G545"):
        of(load(SPECS / "descent.graph"))
