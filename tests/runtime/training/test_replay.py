"""A training gone through again: the same bits at every moment, and nothing written."""

from pathlib import Path

import numpy as np

import chainrule
from chainrule.program.front_door import load
from chainrule.runtime.arrays import Array
from chainrule.runtime.training.replay import replay, same_end, spread
from chainrule.runtime.training.train import Callback, Training

IRIS = Path(chainrule.__file__).parent / "specs" / "iris.graph"


class Steps(Callback):
    """Keeps a parameter after each step."""

    def __init__(self) -> None:
        self.kept: dict[int, Array] = {}

    def stepped(self, training: Training) -> None:
        self.kept[training.step] = training.params["W1"].copy()


def test_moments_have_the_bits_of_the_training() -> None:
    iris = load(IRIS, set={"train.epochs": 6})
    seen = Steps()
    iris.train(callbacks=[seen])
    again: dict[int, Array] = {}
    job = iris._trainings.job(iris.precision)
    training = replay(job, 20, (3, 7), lambda each: again.setdefault(each.step, each.params["W1"].copy()))
    assert list(again) == [0, 3, 7, 20]
    for step in (3, 7, 20):
        assert np.array_equal(again[step], seen.kept[step])
    assert training.step == 20
    whole = replay(job, 0)
    assert same_end(whole, iris.params, 24)
    assert not same_end(training, iris.params, 24)
    assert same_end(training, iris.params, 0)


def test_moments_are_closer_at_the_beginning() -> None:
    assert spread(800, 7) == (0, 22, 89, 200, 356, 556, 800)
    assert spread(2, 200) == (0, 1, 2)
