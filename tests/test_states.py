"""States, the form of training and random draws in the steps of a training, in every way that takes them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planned import FOLDED, WAYS, state, trainers

from chainrule.compiler.ops.draws import FILLS, drawn
from chainrule.program.front_door import compile, load
from chainrule.program.program import Program
from chainrule.runtime.evaluate.metrics import Metrics
from chainrule.runtime.evaluate.prediction import Predictor
from chainrule.runtime.steps.trainer import Trainer
from chainrule.runtime.training.train import Callback, Training

EACH: Mapping[str, Mapping[str, Any]] = {**WAYS, **FOLDED}

NORM = """
block batch_norm(x: [N, C], momentum = 0.9, eps = 1e-5) {
  param scale: [C] = ones()
  param shift: [C] = zeros()
  state seen_mean: [C] = zeros()
  state seen_variance: [C] = ones()
  m = mean(x, axis = 0)
  v = mean((x - m) ** 2, axis = 0)
  next seen_mean = momentum * seen_mean + (1 - momentum) * m
  next seen_variance = momentum * seen_variance + (1 - momentum) * v
  used_mean = in_training(m, seen_mean)
  used_variance = in_training(v, seen_variance)
  return (x - used_mean) / sqrt(used_variance + eps) * scale + shift
}
block dropout(x, rate = 0.5) { return in_training(x * less(uniform_like(x), 1 - rate) / (1 - rate), x) }
"""
NET = f"""{NORM}
dim N
input x: [N, 3]
input t: [N, 1]
param W: [3, 8] = normal(std = 0.5)
param V: [8, 1] = normal(std = 0.5)
state copy: [8, 1] = V
next copy = V
output y = x @ W -> batch_norm as bn -> relu -> dropout(0.25) as drop -> matmul(V)
loss = mse(y, t) + 0.01 * mean((V - copy) ** 2)
data rows {{ x = spiral("x") @ [[1, 2, 3], [3, -1, 1]]; t = reshape(spiral("x") @ [1, -1], [-1, 1]) }}
train {{ minimize = loss; optimizer = adam(lr = 0.02); epochs = 2; data = rows; batch = 40; hold_out = 0.2 }}
"""
SWAP = """
input x = 1
param w = 2
state a = 1
state b = 2
state last = w
state n = 0
next a = b
next b = a
next last = w
next n = n + 1
loss = (w * x - a) ** 2
train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 3; precision = float64 }
"""
MATRIX_SWAP = SWAP.replace("param w = 2", "param w: [2] = 2").replace("= (w * x - a) ** 2", "= sum((w * x - a) ** 2)")
MATRIX_SWAP = MATRIX_SWAP.replace("state last", "state last: [2]")


@pytest.mark.parametrize("text", [SWAP, MATRIX_SWAP], ids=["floats", "arrays"])
@pytest.mark.parametrize("way", EACH)
def test_every_next_is_computed_from_what_was_there_before(text: str, way: str) -> None:
    trainer = trainers(text, {way: EACH[way]})[way]
    for step in range(1, 6):
        before = np.array(trainer.params["w"])
        trainer.step()
        found = [float(trainer.states[path]) for path in ("a", "b")]
        assert found == ([2, 1] if step % 2 else [1, 2])
        np.testing.assert_array_equal(trainer.states["last"], before)
        assert trainer.states["n"] == step
    assert "n" not in trainer.params


FAILING = """
dim N
input x: [N, 2]
param w: [2] = ones()
state seen: [2] = zeros()
state n = 0
next seen = SEEN
next n = n + 1
loss = mean((x @ w) ** 2)
train { minimize = loss; optimizer = OPTIMISER; steps = 3 }
"""


@pytest.mark.parametrize("way", EACH)
@pytest.mark.parametrize("optimiser", ["sgd(lr = 0.1)", "adam()"])
@pytest.mark.parametrize(("seen", "rows"), [("log(mean(x, axis = 0))", [[1, -9]]), ("mean(x, axis = 0)", [[1e30, 1]])])
def test_a_step_that_fails_changes_nothing(way: str, optimiser: str, seen: str, rows: list[list[float]]) -> None:
    text = FAILING.replace("SEEN", seen).replace("OPTIMISER", optimiser)
    trainer = trainers(text, {way: EACH[way]})[way]
    trainer.step(x=[[1.0, 2.0]])
    before = state(trainer)
    with pytest.raises(Exception, match="training stopped at step 2"):
        trainer.step(x=rows)
    assert state(trainer) == before
    trainer.step(x=[[1.0, 2.0]])
    assert trainer.states["n"] == 2


def test_a_target_network_waits_for_what_reads_the_weights() -> None:
    """Folded updates, early ones too, come after a state has taken the weights as they were."""
    text = (
        "dim N\ninput x: [N, 3]\ninput t: [N, 2]\nparam W: [3, 2] = normal()\nstate old: [3, 2] = W\nstate turned: "
        "[2, 3] = zeros()\nnext old = W\nnext turned = transpose(W)\nloss = mse(x @ W + 0.1 * x @ old, t)\n"
        "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 3 }\n"
    )
    for way, trainer in trainers(text, FOLDED).items():
        assert trainer.folded == ("W",), way
        for step in range(4):
            before = np.array(trainer.params["W"])
            random = np.random.default_rng(step)
            trainer.step(x=random.normal(size=(step + 1, 3)), t=random.normal(size=(step + 1, 2)))
            np.testing.assert_array_equal(trainer.states["old"], before)
            np.testing.assert_array_equal(trainer.states["turned"], before.T)


# --- the form of training ---------------------------------------------------------------------------------------


def test_the_form_of_training_is_that_of_the_first_step() -> None:
    """Draws are those of the first step, so that what is looked at is what it computes."""
    seen, rows = compile(NET, training=True), {"x": np.ones((5, 3)), "t": np.ones((5, 1))}
    rows["x"][:, 0] = np.arange(5)
    values = seen.run(rows)
    gradients = seen.grad("loss", rows)
    trainer = compile(NET, precision="float64").trainer()
    loss = trainer.step(rows)
    assert loss == pytest.approx(float(values["loss"]), rel=1e-12)
    np.testing.assert_allclose(trainer.states["bn.seen_mean"], values["bn.seen_mean.next"])
    assert set(np.unique(values["drop.less"])) == {0, 1}
    assert "bn.seen_mean" not in gradients


def test_what_only_the_other_form_needs_is_not_computed() -> None:
    rows = {"x": np.ones((5, 3)), "t": np.ones((5, 1))}
    plain, training = compile(NET).run(rows), compile(NET, training=True).run(rows)
    assert {"bn.m", "bn.v", "bn.seen_mean.next", "drop.uniform_like"} & set(plain) == set()
    assert {"bn.m", "bn.v", "bn.seen_mean.next", "drop.uniform_like"} <= set(training)


def test_reports_are_of_the_form_outside_of_training() -> None:
    program = compile(NET)
    history = program.train()
    assert program.evaluate()["train.loss"] == pytest.approx(history.last["train.loss"], rel=1e-5)


def test_derivatives_in_claims_are_of_their_form() -> None:
    text = "input x = 3\ny = in_training(x ** 3, sqrt(x - 3))\nz = in_training(x ** 2, 5 * x)\n"
    claims = "expect d(z)/d(x) == 5\nexpect d(d(z)/d(x))/d(x) == 0\n"
    in_training = "expect d(y)/d(x) == 27\nexpect d(d(y)/d(x))/d(x) == 18\nexpect d(z)/d(x) == 6\n"
    assert all(result.holds for result in compile(text + claims).test())
    assert all(result.holds for result in compile(text + in_training, training=True).test())
    assert not any(result.holds for result in compile(text + in_training).test())


def test_early_stopping_keeps_the_states_of_the_best_step() -> None:
    settings = {"train.stop": "early(watch = test.loss, patience = 2)", "train.epochs": "30"}
    program = compile(NET, set=settings)
    found: dict[int, dict[str, np.ndarray[Any, Any]]] = {}

    class Watch(Callback):
        def stepped(self, training: Training) -> None:
            found[training.step] = {path: np.array(value) for path, value in training.trainer.states.items()}

    history = program.train(callbacks=[Watch()])
    assert history.kept_step < max(found)
    for path, value in program.states.items():
        np.testing.assert_array_equal(value, found[history.kept_step][path])


# --- kept with the model ----------------------------------------------------------------------------------------


def test_states_are_saved_loaded_and_set(tmp_path: Path) -> None:
    program = compile(NET)
    program.train()
    program.save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    rows = np.random.default_rng(0).normal(size=(4, 3))
    assert {path: value.tobytes() for path, value in again.states.items()} == {
        path: value.tobytes() for path, value in program.states.items()
    }
    assert again.predict(x=rows)["y"].tobytes() == program.predict(x=rows)["y"].tobytes()
    again.states = {"bn.seen_mean": np.full(8, 2.0)}
    assert again.states["bn.seen_mean"].tolist() == [2.0] * 8
    assert again.states["copy"].tolist() == program.states["copy"].tolist()
    assert set(again.params) == {"W", "V", "bn.scale", "bn.shift"}
    again.params = again.params
    assert again.states["bn.seen_mean"].tolist() == [2.0] * 8
    started = compile(NET, set={"bn.seen_mean": 0.5})
    assert started.states["bn.seen_mean"].tolist() == [0.5] * 8


def test_a_copy_is_one_of_the_params_that_are_given() -> None:
    program = compile(SWAP)
    program.params = {"w": 7.0}
    assert float(program.states["last"]) == 7
    assert float(compile(SWAP, set={"w": 5}).states["last"]) == 5


KILLED = """
import sys
import chainrule
chainrule.load(sys.argv[1]).train(resume=sys.argv[2], checkpoint_every=3)
"""


def test_a_killed_run_has_the_bits_of_an_undisturbed_one(tmp_path: Path) -> None:
    spec = tmp_path / "net.graph"
    spec.write_text(NET.replace("epochs = 2", "epochs = 40"), encoding="utf-8")
    command = [sys.executable, "-c", KILLED, str(spec)]
    for seconds in (1.0, 1.3, 1.7):
        try:
            subprocess.run([*command, str(tmp_path / "cut")], timeout=seconds, check=True)  # which kills it
        except subprocess.TimeoutExpired:
            continue
    for folder in ("cut", "whole"):
        subprocess.run([*command, str(tmp_path / folder)], check=True)
    models = [load(tmp_path / folder) for folder in ("cut", "whole")]
    first, second = ({path: value.tobytes() for path, value in each.held.items()} for each in models)
    assert first == second


THREADS = """
import hashlib, sys
import numpy, chainrule
program = chainrule.load(sys.argv[1])
program.train()
values = chainrule.load(sys.argv[1], training=True).run(x=numpy.ones((9, 3)), t=numpy.ones((9, 1)))
print(hashlib.sha256(values["drop.uniform_like"].tobytes()).hexdigest())
"""


def test_masks_do_not_hang_on_the_number_of_threads(tmp_path: Path) -> None:
    spec = tmp_path / "net.graph"
    spec.write_text(NET, encoding="utf-8")
    found = {
        subprocess.run(
            [sys.executable, "-c", THREADS, str(spec)],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(found) == 1


# --- draws ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaf", FILLS)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_part_has_the_numbers_that_it_has_among_all(leaf: str, precision: str) -> None:
    whole = drawn(leaf, 3, "y.draw", (41, 5), precision, 7, 0)
    for start in range(41):
        for stop in {start + 1, start + 2, 41} - {42}:
            part = drawn(leaf, 3, "y.draw", (stop - start, 5), precision, 7, 5 * start)
            assert part.tobytes() == whole[start:stop].tobytes()


@pytest.mark.parametrize("leaf", FILLS)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_draws_hang_on_seed_path_and_step(leaf: str, precision: str) -> None:
    ways = [(0, "a", 0), (1, "a", 0), (0, "b", 0), (0, "a", 1)]
    found = [drawn(leaf, seed, path, (4,), precision, step, 0).tobytes() for seed, path, step in ways]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_how_draws_are_distributed(precision: str) -> None:
    uniform = drawn("uniform-draw", 1, "u", (200_000,), precision, 0, 0).astype(np.float64)
    assert 0 <= uniform.min() < 1e-4
    assert 1 - 1e-4 < uniform.max() < 1
    assert abs(np.histogram(uniform, 10, (0, 1))[0] / 20_000 - 1).max() < 0.03
    normal = drawn("normal-draw", 1, "z", (200_000,), precision, 0, 0).astype(np.float64)
    assert abs(normal.mean()) < 0.01
    assert abs(normal.std() - 1) < 0.01
    assert abs(np.mean(normal < 1) - 0.8413) < 0.005
    assert abs(np.corrcoef(normal[:-1], normal[1:])[0, 1]) < 0.01


NOISY = """
dim N
input x: [N, 3]
input t: [N]
output y = sum(x + normal_like(x), axis = 1)
z = w * sum(x + uniform_like(x), axis = 1)
error = mse(z, t)
param w = 1
train { minimize = error; optimizer = sgd(lr = 0.1); steps = 1; precision = float64 }
"""


def test_rows_in_parts_draw_what_they_draw_together() -> None:
    program = compile(NOISY)
    rows = {"x": np.random.default_rng(0).normal(size=(50, 3)), "t": np.zeros(50)}
    together = program.predict(x=rows["x"])["y"]
    graph, evaluator = program.spec.graph, program._model.evaluator
    parts = Predictor(evaluator, graph, graph.outputs, {}, "float64", chunk_bytes=700).over(
        {"x": rows["x"]}, program.params
    )
    assert parts["y"].tobytes() == together.tobytes()
    targets = {"error": graph.index["error"]}
    whole, some = (Metrics(graph, targets, "float64", {}, chunk_bytes=size) for size in (1 << 20, 500))
    assert some.over(rows, 50, program.params)["error"] == pytest.approx(
        whole.over(rows, 50, program.params)["error"], rel=1e-12
    )


def test_two_draws_and_two_copies_are_apart() -> None:
    text = "input x = [1, 2]\na = uniform_like(x)\nb = uniform_like(x)\ny = x -> repeat 2 { uniform_like } as c\n"
    values = compile(text).run()
    assert len({values[path].tobytes() for path in ("a", "b", "c[1]", "c[2]")}) == 4


# --- words ------------------------------------------------------------------------------------------------------


def test_the_words_stay_names() -> None:
    """A spec that has nodes and blocks called so means what it meant."""
    text = (
        "block state(next) { return next + 1 }\nblock in_training(a, b) { return a - b }\n"
        "block uniform_like(x) { return 7 * x }\nnext = 3\nstate = state(next)\nnext_state, b = f(state)\n"
        "block f(x) { next = x; state = 2 * next; return state, next }\n"
        "output y = in_training(next_state, state) + uniform_like(b)\n"
    )
    assert float(compile(text).run()["y"]) == 8 - 4 + 28


# --- against torch, with `pytest -m proof` ----------------------------------------------------------------------

TWIN = f"""{NORM}
dim N
input x: [N, 3]
input t: [N, 2]
param W: [3, 2] = normal()
output y = x -> batch_norm as bn -> matmul(W)
loss = mse(y, t)
train {{ minimize = loss; optimizer = sgd(lr = 0.1); steps = 10; precision = float64; exact = true }}
"""


@pytest.mark.proof
def test_batch_norm_of_torch() -> None:
    """Outputs, gradients and ten steps; torch keeps an unbiased variance, by 1 - momentum."""
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(5)
    program = compile(TWIN)
    trainer: Trainer = program.trainer(precision="float64")
    theirs, W = torch.nn.BatchNorm1d(3, momentum=0.1, dtype=torch.float64), torch.tensor(program.params["W"])
    W.requires_grad_()
    optimizer = torch.optim.SGD([W, *theirs.parameters()], lr=0.1)
    seen: Mapping[str, Any] = trainer.states
    for rows in (4, 7, 2, 5, 4, 9, 3, 4, 6, 8):
        x, t = random.normal(2, 3, size=(rows, 3)), random.normal(size=(rows, 2))
        biased = np.array(seen["bn.seen_variance"])
        optimizer.zero_grad()
        loss = ((theirs(torch.tensor(x)) @ W - torch.tensor(t)) ** 2).mean()
        loss.backward()
        looked: Program = compile(TWIN, training=True)
        looked.params = trainer.params
        gradients = looked.grad("loss", x=x, t=t)
        for path, tensor in (("W", W), ("bn.scale", theirs.weight), ("bn.shift", theirs.bias)):
            np.testing.assert_allclose(gradients[path], tensor.grad.numpy(), rtol=1e-10, atol=1e-12)
        optimizer.step()
        assert trainer.step(x=x, t=t) == pytest.approx(float(loss.detach()), rel=1e-12)
        np.testing.assert_allclose(trainer.params["W"], W.detach().numpy(), rtol=1e-10)
        np.testing.assert_allclose(seen["bn.seen_mean"], theirs.running_mean.numpy(), rtol=1e-10)
        np.testing.assert_allclose(seen["bn.seen_variance"], 0.9 * biased + 0.1 * x.var(axis=0), rtol=1e-10)
        theirs.running_var.copy_(torch.tensor(np.array(seen["bn.seen_variance"])))
    program.restore({**trainer.params, **trainer.states})
    theirs.eval()
    others = random.normal(size=(5, 3))
    outputs = program.run(x=others, t=np.zeros((5, 2)))["y"]
    np.testing.assert_allclose(outputs, (theirs(torch.tensor(others)) @ W).detach().numpy(), rtol=1e-10)


@pytest.mark.proof
def test_dropout_of_torch() -> None:
    """Given the same mask, torch's own formula; in evaluation it is the identity."""
    torch = pytest.importorskip("torch")
    text = NORM + "dim N\ninput x: [N, 4]\noutput y = x -> dropout(0.3) as d\nloss = sum(y * y)\n"
    x = np.random.default_rng(1).normal(size=(50, 4))
    values = compile(text, training=True).run(x=x)
    mask = torch.tensor(values["d.less"] / 0.7)
    tensor = torch.tensor(x, requires_grad=True)
    loss = ((tensor * mask) ** 2).sum()
    loss.backward()
    np.testing.assert_allclose(values["y"], (tensor * mask).detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(compile(text, training=True).grad("loss", x=x)["x"], tensor.grad.numpy(), rtol=1e-13)
    plain = torch.nn.Dropout(0.3).eval()(torch.tensor(x)).numpy()
    np.testing.assert_array_equal(compile(text).run(x=x)["y"], plain)
    kept = float(np.mean(values["d.less"]))
    assert abs(kept - 0.7) < 0.1
