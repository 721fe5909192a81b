"""Training on floats has the bits of the plain executor, by the loop and by generated Python."""

import math

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.runtime.steps import scalar_function
from chainrule.runtime.steps.scalar_step import FloatBackend
from chainrule.runtime.steps.trainer import Trainer

OPTIMIZERS = (
    "sgd(lr = 0.1)", "sgd(lr = 0.1, clip_norm = 0.1)", "momentum(lr = 0.1)", "nesterov(lr = 0.1)", "adagrad(lr = 0.1)",
    "rmsprop(lr = 0.01)", "adam(lr = 0.01, clip_value = 0.01)", "adamw(lr = 0.01)",
)  # fmt: skip

VALLEY = """
input height = 3
param x = 1.5
param y = -0.5
param unused = 2
z = log(height) * sigmoid(x) + tanh(y) ** 2 + exp(x * y) / (1 + y * y)
train { minimize = z ; optimizer = OPTIMIZER ; steps = 10 ; precision = float64 }
"""


def trainer(text: str, *, optimise: bool) -> Trainer:
    job = compile(text)._trainings.job(None)
    return Trainer(job.training, job.section.optimizer, compile(text).params, "float64", job.dims, optimise=optimise)


def state(of: Trainer) -> dict[str, bytes]:
    return {path: value.tobytes() for path, value in (*of.params.items(), *of.states.items())}


@pytest.mark.parametrize("worth", [0.0, math.inf], ids=["generated", "loop"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser(optimizer: str, worth: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar_function, "WORTH", worth)
    plain, made = (trainer(VALLEY.replace("OPTIMIZER", optimizer), optimise=optimise) for optimise in (False, True))
    for step in range(10):
        assert plain.step(height=3.0 + step) == made.step(height=3.0 + step)
        assert state(plain) == state(made)
    assert isinstance(made.backend, FloatBackend)
    assert (made.backend.step._function.generated is not None) == (worth == 0)


@pytest.mark.parametrize("height", [0.0, -1.0, math.inf, math.nan])
def test_what_is_not_finite_changes_nothing(height: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar_function, "WORTH", 0.0)
    plain, made = (trainer(VALLEY.replace("OPTIMIZER", "adam(lr = 0.1)"), optimise=way) for way in (False, True))
    plain.step()
    made.step()
    before = state(made)
    messages = []
    for each in (plain, made):
        with pytest.raises(SpecError) as caught:
            each.step(height=height)
        messages.append(caught.value.diagnostics[0].message)
    assert messages[0] == messages[1]
    assert state(made) == before == state(plain)
    assert plain.step() == made.step()


def test_a_dim_is_given_its_size() -> None:
    text = "dim N\nparam w = 3\ny = w * w / N\ntrain { minimize = y ; optimizer = sgd(lr = 0.1) ; steps = 1 }"
    job = compile(text)._trainings.job(None)
    made = Trainer(job.training, job.section.optimizer, {"w": np.asarray(3.0)}, "float64", {"N": 2})
    assert made.step() == 4.5
    assert made.params["w"] == 3 - 0.1 * 3
