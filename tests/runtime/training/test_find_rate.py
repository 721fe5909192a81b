"""Learning rates by trial."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.runtime.training.find_rate import Sweep

SPECS = Path(chainrule.__file__).parent / "specs"


@pytest.mark.parametrize("name", ["linear-regression", "iris", "xor"])
def test_the_rate_trains(name: str) -> None:
    made = load(SPECS / f"{name}.graph")
    before = {path: value.copy() for path, value in made.params.items()}
    sweep = made.find_rate()
    assert all(np.array_equal(before[path], value) for path, value in made.params.items())
    assert len(sweep.rates) == len(sweep.losses) == len(sweep.smoothed)
    assert sweep.suggestion is not None
    optimizer = made.spec.train.optimizer.name if made.spec.train else ""
    found = load(SPECS / f"{name}.graph", set={"train.optimizer": f"{optimizer}(lr = {sweep.suggestion})"})
    history = found.train()
    assert history.losses[-1] < 0.7 * history.losses[0]


def test_a_sweep_says_what_it_found() -> None:
    tried = Sweep((1e-7, 1e-3, 10.0), (2.5, 0.5, 4.0), (2.5, 1.0, 2.0), 0.001)
    said = "<3 rates from 1e-07 to 10: the loss was 2.5 at first, 0.5 at 0.001; suggested: 0.001>"
    assert repr(tried) == said
    assert repr(tried._replace(suggestion=None)) == said.replace("suggested: 0.001", "none to suggest")


def test_a_loss_that_never_falls() -> None:
    sweep = compile(
        "param w = 0\nloss = 1 + w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0); steps = 1 }"
    ).find_rate()
    assert sweep.suggestion is None


def test_a_loss_that_is_never_finite() -> None:
    made = compile("param w = 1\nloss = exp(w * 1000)\ntrain { minimize = loss; optimizer = sgd(lr = 0); steps = 1 }")
    with pytest.raises(SpecError):
        made.find_rate()
