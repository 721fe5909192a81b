"""Several steps that make one update: against larger batches and loops by hand, on every backend, cut off, resumed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planned import same, trainers  # the folder that tests share

import chainrule
from chainrule.compiler.graph.signatures import OPTIMISERS
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array
from chainrule.runtime.training.train import Callback, Training

NET = """dim N
input x: [N, 3]
input t: int[N]
param W: [3, 8] = he()
param b: [8] = uniform()
param V: [8, 3] = he()
output scores = relu(x @ W + b) @ V
loss = softmax-loss(scores, t)
data rows { x = npy("x.npy"); t = npy("t.npy") }
train {
  minimize = loss
  data = rows
  KEYS
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", generator.normal(size=(200, 3)))
    np.save(tmp_path / "t.npy", generator.integers(3, size=200))
    return tmp_path


def program(folder: Path, keys: str) -> chainrule.Program:
    return chainrule.compile(NET.replace("KEYS", keys), folder=folder)


def trained(folder: Path, keys: str, **how: Any) -> chainrule.Program:
    made = program(folder, keys)
    made.train(**how)
    return made


def bits(made: chainrule.Program) -> dict[str, bytes]:
    return {path: value.tobytes() for path, value in made.held.items()}


# --- four steps of 25 rows are one of 100 ------------------------------------------------------------------------

RATES = ["", *(f"; schedule = {each}" for each in ("cosine(warmup = 2)", "exponential(factor = 0.5)", "one_cycle(3)"))]
ALL = [f"{name}(lr = 0.05, weight_decay = 0.1)" for name in OPTIMISERS]
CLIPPED = [
    "sgd(lr = 0.5, clip_norm = 0.1)",
    "adam(lr = 0.05, clip_value = 0.01)",
    "momentum(lr = 0.5, clip_norm = 0.2)",
]
GROUPS = '; groups = [group("b", frozen = true), group("V", lr = 0.01, weight_decay = 0)]'


@pytest.mark.parametrize("optimizer", [*ALL, *CLIPPED])
@pytest.mark.parametrize("more", [*RATES, GROUPS])
def test_four_steps_of_25_rows_are_one_of_100(folder: Path, optimizer: str, more: str) -> None:
    keys = f"optimizer = {optimizer}; epochs = 4; sampling = ordered; precision = float64{more}"
    one = trained(folder, f"{keys}; batch = 100")
    four = trained(folder, f"{keys}; batch = 25; accumulate = 4")
    for path, value in one.params.items():
        np.testing.assert_allclose(four.params[path], value, rtol=1e-10, atol=1e-12, err_msg=path)
    assert four.history.steps == 4 * one.history.steps
    np.testing.assert_allclose(four.history["train.loss"], one.history["train.loss"], rtol=1e-10)
    np.testing.assert_allclose(four.history["step.loss"], one.history["step.loss"], rtol=1e-10)


# --- what is left at the end of an epoch --------------------------------------------------------------------------


def gradients(made: chainrule.Program, params: Mapping[str, Array], rows: Mapping[str, Array]) -> dict[str, Array]:
    found = made.grad("loss", {**rows, **params})
    return {path: np.asarray(found[path]) for path in params}


def by_hand(made: chainrule.Program, batch: int, accumulate: int, epochs: int, rate: float) -> dict[str, Array]:
    """Plain sgd with the mean of the gradients that there are: of fewer batches at the end of an epoch."""
    params, rows = made.params, made.rows()
    for _ in range(epochs):
        found: list[dict[str, Array]] = []
        for start in range(0, 200, batch):
            part = {name: column[start : start + batch] for name, column in rows.items()}
            found.append(gradients(made, params, part))
            if len(found) == accumulate or start + batch >= 200:
                for path in params:
                    params[path] = params[path] - rate * np.mean([each[path] for each in found], axis=0)
                found = []
    return params


@pytest.mark.parametrize(("batch", "accumulate"), [(30, 4), (30, 3), (25, 3), (60, 9), (7, 2), (200, 3)])
def test_the_rest_of_an_epoch_makes_an_update_of_its_own(folder: Path, batch: int, accumulate: int) -> None:
    keys = f"optimizer = sgd(lr = 0.3); epochs = 3; sampling = ordered; precision = float64; batch = {batch}"
    made = trained(folder, f"{keys}; accumulate = {accumulate}")
    for path, value in by_hand(program(folder, keys), batch, accumulate, 3, 0.3).items():
        np.testing.assert_allclose(made.params[path], value, rtol=1e-10, atol=1e-12, err_msg=path)


def test_steps_that_make_no_update_change_nothing_yet(folder: Path) -> None:
    keys = "optimizer = adam(lr = 0.1); batch = 20; accumulate = 4; precision = float64"
    six, four, eight = (trained(folder, f"{keys}; steps = {steps}") for steps in (6, 4, 8))
    assert bits(six) == bits(four), "two gradients of four are gathered"
    assert bits(eight) != bits(four)


# --- the same bits on every backend --------------------------------------------------------------------------------

WIDE = """dim N
input x: [N, 3]
input t: [N, 2]
param W: [3, 4] = normal(std = 0.7)
param b: [4] = uniform()
param V: [4, 2] = normal(std = 0.7)
param c: [2] = zeros()
state seen: [4] = zeros()
h = tanh(affine(x, W, b))
next seen = 0.9 * seen + 0.1 * mean(h, axis = 0)
kept = h * less(uniform_like(h), 0.8) - in_training(seen, 0.5 * seen)
loss = mse(affine(kept, V, c), t)
train { minimize = loss ; optimizer = OPTIMIZER ; steps = 9 ; precision = PRECISION ; accumulate = 3 }
"""
SCALARS = """param a = 1.5
param b = -0.5
param c = 2
loss = (a * b - 1) ** 2 + exp(0.3 * c) * a
train { minimize = loss ; optimizer = OPTIMIZER ; steps = 9 ; precision = float64 ; accumulate = 2 }
"""


def batches(precision: str, count: int = 9) -> list[dict[str, Array]]:
    generator = np.random.default_rng(3)
    shapes = {"x": 3, "t": 2}
    return [
        {name: generator.normal(size=(5, size)).astype(precision) for name, size in shapes.items()}
        for _ in range(count)
    ]


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [*ALL, *CLIPPED, "sgd(lr = 0.1)"])
def test_every_way_has_the_bits_of_the_plain_executor(optimizer: str, precision: str) -> None:
    ways = trainers(WIDE.replace("OPTIMIZER", optimizer).replace("PRECISION", precision))
    same(ways, batches(precision))
    assert any(value.any() for value in ways["plain"].params.values())


@pytest.mark.parametrize("optimizer", ALL)
def test_floats_have_the_bits_of_the_plain_executor(optimizer: str) -> None:
    same(trainers(SCALARS.replace("OPTIMIZER", optimizer)), [{}] * 9)


@pytest.mark.parametrize("keys", ["batch = 30; accumulate = 4", "batch = 64; accumulate = 2; exact = true"])
@pytest.mark.parametrize("optimizer", ["sgd(lr = 0.1)", "adam(lr = 0.01)"])
def test_a_whole_training_has_the_bits_of_the_plain_executor(folder: Path, keys: str, optimizer: str) -> None:
    keys = f"optimizer = {optimizer}; epochs = 2; {keys}"
    assert bits(trained(folder, keys)) == bits(trained(folder, keys, optimise=False))


def test_next_runs_after_each_batch() -> None:
    made = trainers(WIDE.replace("OPTIMIZER", "sgd(lr = 0.1)").replace("PRECISION", "float64"))["optimised"]
    seen = []
    weights = []
    for feeds in batches("float64", 3):
        made.step(feeds)
        seen.append(made.states["seen"].copy())
        weights.append(made.params["W"].copy())
    assert not np.array_equal(seen[0], seen[1])
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[1], weights[2])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_step_that_is_not_finite_changes_nothing(place: int) -> None:
    feeds = batches("float32")
    feeds[place]["x"][2, 1] = np.inf
    ways = trainers(
        WIDE.replace("OPTIMIZER", "adam(lr = 0.1)").replace("PRECISION", "float32").replace("tanh(", "relu(")
    )
    same(ways, feeds[: place + 1])
    with pytest.raises(SpecError, match="training stopped at step"):
        ways["optimised"].step(feeds[place])
    same(ways, feeds[place + 1 :])


def test_nothing_may_be_left_to_train() -> None:
    text = "input x = 3\nparam w = 1\nloss = x * x\n"
    train = "train { minimize = loss ; optimizer = adam ; steps = 4 ; precision = float64 ; accumulate = 2 }\n"
    same(trainers(text + train), [{}] * 4)
    rows = text.replace("input x = 3", "dim N\ninput x: [N]").replace("x * x", "mean(x)")
    same(trainers(rows + train), [{"x": np.arange(3.0)}] * 4)


def test_large_gradients_lie_apart() -> None:
    text = """
param A: [300, 500] = normal()
param C: [400, 400] = normal()
loss = mean((A - 1) ** 2) + mean((C + 1) ** 2)
train { minimize = loss ; optimizer = adam(lr = 0.01) ; steps = 4 ; precision = float32 ; accumulate = 2 }
"""
    same(trainers(text), [{}] * 4)


def test_a_steady_step_allocates_nothing() -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    text = WIDE.replace("OPTIMIZER", "adam(lr = 0.1)").replace("PRECISION", "float32")
    text = text.replace("less(uniform_like(h), 0.8)", "0.8")  # what draws takes memory by itself
    trainer = trainers(text)["optimised"]
    feeds = {name: np.tile(value, (400, 1)) for name, value in batches("float32", 1)[0].items()}
    for _ in range(6):
        trainer.step(feeds)
    tracemalloc.start()
    try:
        trainer.step(feeds)
        start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(30):
            trainer.step(feeds)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept - start < 4096, "other threads of the test's process allocate too"
    assert peak - start < 4096


# --- one step an update is what it was ------------------------------------------------------------------------------


def test_one_step_an_update_is_what_it_was(folder: Path) -> None:
    keys = "optimizer = adam(lr = 0.01, weight_decay = 0.1); epochs = 2; batch = 30"
    assert bits(trained(folder, keys)) == bits(trained(folder, f"{keys}; accumulate = 1"))
    one, other = (program(folder, f"{keys}{more}").trainer() for more in ("", "; accumulate = 1"))
    rows = {name: column[:30] for name, column in program(folder, keys).rows().items()}
    for each in (one, other):
        each.step(rows)
    assert one.compiled is not None
    assert other.compiled is not None
    assert one.compiled.source.text == other.compiled.source.text
    assert sorted(one.states) == sorted(other.states)


# --- runs ---------------------------------------------------------------------------------------------------------


class KilledError(Exception):
    """What a kill is played by."""


class Kill(Callback):
    def __init__(self, step: int) -> None:
        self._step = step

    def stepped(self, training: Training) -> None:
        if training.step == self._step:
            raise KilledError


KEYS = "optimizer = adam(lr = 0.02); epochs = 2; batch = 30; accumulate = 3; schedule = cosine(warmup = 2)"


@pytest.mark.parametrize("step", [1, 2, 3, 4, 7, 9, 13])
def test_a_run_goes_on_to_the_same_bits_from_within_a_window(folder: Path, step: int) -> None:
    whole = trained(folder, KEYS, run=folder / "whole")
    with pytest.raises(KilledError):
        trained(folder, KEYS, run=folder / "cut", callbacks=[Kill(step)], checkpoint_every=1)
    gone_on = trained(folder, KEYS, resume=folder / "cut")
    assert bits(gone_on) == bits(whole)
    assert gone_on.history.losses.tobytes() == whole.history.losses.tobytes()


def test_more_steps_go_on_from_within_a_window(folder: Path) -> None:
    keys = "optimizer = adam(lr = 0.02); batch = 30; accumulate = 3; steps = "
    trained(folder, f"{keys}5", run=folder / "run")
    longer = program(folder, f"{keys}11")
    longer.train(resume=folder / "run")
    assert bits(longer) == bits(trained(folder, f"{keys}11"))


def test_another_number_of_steps_is_another_run(folder: Path) -> None:
    trained(folder, KEYS, run=folder / "run")
    with pytest.raises(SpecError, match="accumulate was 3, is 2"):
        trained(folder, KEYS.replace("accumulate = 3", "accumulate = 2"), resume=folder / "run")


# --- loops of one's own, rates -------------------------------------------------------------------------------------


def test_a_loop_of_ones_own_takes_the_same_steps(folder: Path) -> None:
    keys = "optimizer = momentum(lr = 0.1); epochs = 2; batch = 30; accumulate = 3; sampling = ordered"
    keys += "; schedule = exponential(factor = 0.5)"
    made = program(folder, keys)
    trainer, rows = made.trainer(), made.rows()
    for _ in range(2):
        for start in range(0, 200, 30):
            trainer.step({name: column[start : start + 30] for name, column in rows.items()})
    whole = trained(folder, keys)
    assert {path: value.tobytes() for path, value in trainer.params.items()} == {
        path: value.astype(np.float32).tobytes() for path, value in whole.params.items()
    }
    assert "W gradient sum" in trainer.states


def rates(steps: int, accumulate: int) -> Iterator[float]:
    keys = f"steps = {steps}; accumulate = {accumulate}; schedule = step(every = 2, factor = 0.5)"
    text = f"param w = 1\nloss = w * w\ntrain {{ minimize = loss; optimizer = sgd(lr = 1); {keys} }}"
    trainer = chainrule.compile(text).trainer()
    for _ in range(steps):
        yield trainer.learning_rate
        trainer.step()


def test_schedules_count_updates() -> None:
    assert list(rates(12, 3)) == [1.0] * 6 + [0.5] * 6
    assert list(rates(4, 1)) == [1.0, 1.0, 0.5, 0.5]


def test_a_rate_is_tried_for_an_update(folder: Path) -> None:
    keys = "optimizer = sgd(lr = 0.1); epochs = 2; batch = 50; sampling = ordered; precision = float64"
    whole = program(folder, keys.replace("batch = 50", "batch = 200")).find_rate()
    parts = program(folder, f"{keys}; accumulate = 4").find_rate()
    np.testing.assert_allclose(parts.losses[:40], whole.losses[:40], rtol=1e-9)


def test_health_is_of_the_update_that_comes(folder: Path) -> None:
    made = trained(folder, "optimizer = adam(lr = 0.01); epochs = 3; batch = 30; accumulate = 4; report = every(2)")
    assert all(row["update"] > 0 for row in made.history.health)
