"""What a training came to."""

import numpy as np

from chainrule.runtime.training.history import History, Row
from chainrule.views.text.training_text import training_text


def history(test: list[float]) -> History:
    made = History("float64", lambda name: name.endswith("accuracy"))
    rows: list[Row] = [
        {"step": 10 * n, "epoch": n, "train.loss": 1 / n, "test.loss": value, "test.accuracy": -value}
        for n, value in enumerate(test, start=1)
    ]
    made.restore(rows, np.ones(10 * len(test)))
    return made


def test_the_turn() -> None:
    text = training_text(history([3, 2, 1, 1.5, 2, 2.5]))
    assert "best 1 at step 30 (epoch 3)" in text
    assert "overfitting since step 30 (epoch 3): test.loss went from 1 to 2.5; the gap to train.loss is 2.333" in text
    assert "best -1 at step 30" in text


def test_no_turn() -> None:
    assert "overfitting" not in training_text(history([3, 2, 1, 0.9, 0.8]))
    assert "overfitting" not in training_text(history([3, 2, 1, 1.5, 2]))
    assert training_text(history([1])) == ""
