"""Histories: columns, last and best values, going on with earlier ones."""

import math

import numpy as np
import pytest

from chainrule.runtime.training.history import History


def filled() -> History:
    history = History("float32", lambda column: column.endswith("accuracy"))
    for loss in (3.0, 2.0, 1.0):
        history.stepped(loss)
    history.rows += [
        {"step": 1, "epoch": 1, "train.loss": 3.0, "test.accuracy": 0.5, "step.loss": 3.0, "seconds": 0.1},
        {"step": 2, "epoch": 1, "train.loss": math.nan, "test.accuracy": 0.75, "step.loss": 2.0, "seconds": 0.2},
        {"step": 3, "epoch": 2, "train.loss": 2.0, "test.accuracy": 0.25, "step.loss": 1.0, "seconds": 0.3},
    ]
    return history


def test_columns() -> None:
    history = filled()
    assert history.columns == ("step", "epoch", "train.loss", "test.accuracy", "step.loss", "seconds")
    assert history["test.accuracy"].tolist() == [0.5, 0.75, 0.25]
    assert len(history) == 3
    with pytest.raises(KeyError):
        history["accuracy"]


def test_last_and_best_values() -> None:
    history = filled()
    assert history.last == {"train.loss": 2.0, "test.accuracy": 0.25}
    assert history.best == {"train.loss": 2.0, "test.accuracy": 0.75}


def test_losses() -> None:
    history = filled()
    assert history.steps == 3
    assert history.losses.dtype == "float32"
    assert history.losses.tolist() == [3, 2, 1]
    assert History("float64").losses.dtype == "float64"
    assert History("float64").losses.size == 0


def test_going_on() -> None:
    earlier, history = filled(), History("float32")
    history.restore(earlier.rows[:2], earlier.losses[:2])
    history.stepped(9.0)
    assert history.losses.tolist() == [3, 2, 9]
    assert history.rows == earlier.rows[:2]
    assert np.isnan(history["train.loss"][1])


def test_it_says_where_it_stands() -> None:
    assert repr(filled()) == "<history of 3 steps, 3 reports: train.loss 2, test.accuracy 0.25>"
