"""A loop of one's own over `program.trainer()` goes the way of `program.train()`, to the bit."""

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.program import Program

SPEC = """
dim N
input x: [N, 3]
input t: int[N]
param W: [3, 4] = normal(std = 0.5)
param b: [4] = zeros()
loss = softmax-loss(affine((x - 0.1) / 0.3, W, b), t)
data rows { x = X ; t = T }
train { minimize = loss ; data = rows ; batch = 4 ; seed = 5 ; LENGTH ; SETTINGS }
"""
DRAW = np.random.default_rng(0)
X, T = DRAW.normal(size=(11, 3)).round(3).tolist(), DRAW.integers(4, size=11).tolist()


def program(length: str, settings: str) -> Program:
    text = SPEC.replace("X ;", f"{X} ;").replace("= T", f"= {T}")
    return compile(text.replace("LENGTH", length).replace("SETTINGS", settings))


def own_loop(program: Program) -> tuple[list[float], list[float], dict[str, bytes]]:
    """The rates, the losses and the parameters of a loop over the minibatches that `train` would take."""
    job = program._trainings.job(program.precision)
    assert job.minibatches is not None
    assert job.data is not None
    trainer = program.trainer()
    rates, losses = [], []
    for step in range(job.steps):
        rows = job.minibatches.at(step)
        rates.append(trainer.learning_rate)
        losses.append(trainer.step({path: array[rows] for path, array in job.data.inputs.items()}))
    return rates, losses, {path: value.tobytes() for path, value in trainer.params.items()}


@pytest.mark.parametrize("length", ["epochs = 4", "steps = 7"])
@pytest.mark.parametrize(
    "settings",
    [
        "optimizer = sgd(lr = 0.1) ; schedule = cosine(warmup = 2)",
        "optimizer = sgd(lr = 0.1) ; schedule = one_cycle(peak = 3)",
        "optimizer = sgd(lr = 0.1) ; schedule = piecewise(at = [0.5, 1], factors = [2, 0.3])",
        "optimizer = sgd(lr = 0.1) ; schedule = exponential(factor = 0.5) ; exact = true",
        "optimizer = momentum(lr = 0.1, clip_norm = 0.1) ; schedule = step(every = 2) ; precision = float64",
        "optimizer = adam(lr = 0.1, weight_decay = 0.1) ; schedule = exponential(factor = 0.5) ; hold_out = 0.3",
        "optimizer = sgd(lr = 0.1, clip_value = 0.01) ; sampling = replacement",
    ],
)
def test_it_goes_the_way_of_train(length: str, settings: str) -> None:
    trained, own = program(length, settings), program(length, settings)
    history = trained.train()
    _, losses, parameters = own_loop(own)
    assert losses == history.losses.tolist()
    assert parameters == {path: value.tobytes() for path, value in trained.params.items()}


def rates(program: Program, batch: int | None, steps: int) -> list[float]:
    trainer, found = program.trainer(batch), []
    for _ in range(steps):
        found.append(round(trainer.learning_rate, 6))
        trainer.step(x=X[:2], t=T[:2])
    return found


def test_epochs_are_as_long_as_data_and_batch_make_them() -> None:
    halved = "optimizer = sgd(lr = 0.1) ; schedule = exponential(factor = 0.5)"
    assert rates(program("epochs = 4", halved), None, 7) == [0.1] * 3 + [0.05] * 3 + [0.025]
    assert rates(program("epochs = 4", halved), 2, 7) == [0.1] * 6 + [0.05]
    assert rates(program("epochs = 4", halved), 100, 3) == [0.1, 0.05, 0.025]
    cosine = "optimizer = sgd(lr = 0.1) ; schedule = cosine"
    assert rates(program("epochs = 2", cosine), 6, 5)[-1] == 0
    assert rates(program("epochs = 2", cosine), 6, 5)[2] == pytest.approx(0.05)
    assert rates(program("steps = 3", cosine), 6, 4)[-1] == 0


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_without_rows(batch: int) -> None:
    with pytest.raises(ValueError, match="one row at least"):
        program("epochs = 2", "optimizer = sgd(lr = 0.1)").trainer(batch)


def test_without_data() -> None:
    train = "train { minimize = loss; optimizer = sgd(lr = 0.1); LENGTH; schedule = cosine }"
    text = f"param w = 1\nloss = (w - 3) ** 2\n{train}\n"
    for length in ("steps = 50", "epochs = 50"):
        own, trained = (compile(text.replace("LENGTH", length)) for _ in range(2))
        trainer = own.trainer()
        for _ in range(50):
            trainer.step()
        trained.train()
        assert float(trainer.params["w"]) == float(trained.params["w"])


def test_data_are_read_where_the_schedule_asks_for_them_alone() -> None:
    text = """
dim N
input x: [N]
param w = 1
loss = mean((w - x) ** 2)
data d { x = csv("missing.csv", "x") }
train { minimize = loss; data = d; batch = 2; LENGTH; optimizer = sgd(lr = 0.1); SCHEDULE }
"""

    def made(length: str, schedule: str) -> float:
        program = compile(text.replace("LENGTH", length).replace("SCHEDULE", schedule))
        return program.trainer().step(x=np.ones(2, "float32"))

    assert made("epochs = 3", "schedule = constant") == made("steps = 3", "schedule = cosine") == 0
    for length, schedule in (("epochs = 3", "cosine"), ("epochs = 3", "exponential"), ("steps = 3", "exponential")):
        with pytest.raises(SpecError, match=r"missing\.csv"):
            made(length, f"schedule = {schedule}")
