"""What a script can do with a spec: train it, save it, send it."""

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.compiler.graph.spec import Precision
from chainrule.runtime.callbacks import Callback
from chainrule.runtime.training.train import Training

APPLES = """chainrule 1 "Buying apples"
input price = 100
input count = 2
input tax = 1.1
subtotal = price * count
output total = subtotal * tax
"""

NET = """dim N
input x: [N, 3]
input t: int[N]
param W: [3, 4] = xavier()
param b: [4] = zeros()
scores = affine(x, W, b) -> tanh as h -> mul(2)
loss = softmax-loss(scores, t)
output probabilities = softmax(scores)
train { minimize = loss; optimizer = sgd(lr = 0.5); steps = 50; seed = 3 }
"""

ROWS = {"x": np.random.default_rng(1).normal(size=(8, 3)), "t": np.arange(8) % 4}


def test_the_front_door() -> None:
    assert set(chainrule.__all__) <= set(dir(chainrule))
    with pytest.raises(AttributeError):
        getattr(chainrule, "nothing")  # noqa: B009  # a type checker would see that there is none
    assert chainrule.__version__


def test_a_callback_of_ones_own() -> None:
    class Enough(chainrule.Callback):
        def stepped(self, training: Training) -> None:
            if training.step == 4:
                training.stop()

    program = chainrule.compile("param w = 3\ny = w * w\ntrain { minimize = y; optimizer = sgd(lr = 0.1); steps = 9 }")
    assert len(program.train(callbacks=[Enough()]).losses) == 4
    assert Callback is chainrule.Callback  # scripts of 0.1.0 found it there


def test_a_loop_of_ones_own() -> None:
    trainer = chainrule.compile(NET).trainer(batch=8)
    losses = [float(trainer.step(**ROWS)) for _ in range(30)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.8 * losses[0]
    assert trainer.params["W"].shape == (3, 4)


def test_training_without_data() -> None:
    text = "param w = 4\nloss = (w - 1) ** 2\ntrain { minimize = loss; optimizer = sgd(lr = 0.25); epochs = 60 }\n"
    program = chainrule.compile(text)
    assert program.params["w"] == 4
    program.train()
    assert program.params["w"] == pytest.approx(1, abs=1e-5)
    assert program.params["w"].dtype == "float32"


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_precision(precision: Precision) -> None:
    program = chainrule.compile(NET, precision=precision)
    assert program.run(ROWS)["probabilities"].dtype == precision
    assert program.grad("loss", ROWS)["W"].dtype == precision
    assert program.params["W"].dtype == precision


def test_settings() -> None:
    program = chainrule.compile(APPLES, set={"price": 10, "tax": "2 / 4"})
    assert program.run()["total"] == 10
    text = "const k = 2\ninput x = [1, 2]\nparam w = 1\ny = k * x * w\n"
    assert chainrule.compile(text, set={"x": np.array([3, 4]), "k": 0.5, "w": -1}).run()["y"].tolist() == [-1.5, -2]


def test_files(tmp_path: Path) -> None:
    (tmp_path / "apple.graph").write_text(APPLES, encoding="utf-8")
    program = chainrule.load(tmp_path / "apple.graph")
    assert program.run(price=150)["total"] == pytest.approx(330)
    assert Path(program.spec.source.name) == tmp_path / "apple.graph"
    with pytest.raises(chainrule.SpecError):
        chainrule.load(tmp_path / "pear.graph")


def test_claims() -> None:
    results = chainrule.compile(
        f"{APPLES}expect total == 220\nexpect d(total)/d(price) == 2.2\nexpect total < 1\n"
    ).test()
    assert [result.holds for result in results] == [True, True, False]
    assert repr(results).splitlines() == [
        "holds  <text>:7: expect total == 220",
        "holds  <text>:8: expect d(total)/d(price) == 2.2",
        "FAILS  <text>:9: expect total < 1",
        f"       {results[2].diagnostics[0].message}",
        "2 of 3 claims hold",
    ]
    assert repr(chainrule.compile(APPLES).test()) == "there are no claims"


@pytest.mark.parametrize("first", ["2 * N", "N + 1", "2 * N + 1"])
@pytest.mark.parametrize("rows", [5, 4, 3])
def test_predictions_of_rows_that_are_no_plain_dim(first: str, rows: int) -> None:
    program = chainrule.compile(f"dim N\ninput x: [{first}, 3]\noutput y = exp(x)\n")
    x = np.zeros((rows, 3))
    fits = {"2 * N": rows % 2 == 0, "N + 1": True, "2 * N + 1": rows % 2 == 1}[first]
    if not fits:
        with pytest.raises(chainrule.SpecError):
            program.predict(x=x)
        return
    assert program.predict(x=x)["y"].shape == program.run(x=x)["y"].shape == (rows, 3)


def sent(program: chainrule.Program) -> Iterator[chainrule.Program]:
    yield pickle.loads(pickle.dumps(program))
    yield copy.copy(program)
    yield copy.deepcopy(program)


def test_programs_can_be_sent_and_copied() -> None:
    program = chainrule.compile(NET, set={"W": "he()"}, precision="float64")
    for twin in sent(program):  # before parameters are drawn, and after a training
        assert np.array_equal(twin.run(ROWS)["loss"], program.run(ROWS)["loss"])
    program.trainer().step(ROWS)
    program.function("loss", ["W"])(**ROWS)
    program.params = {path: value + 1 for path, value in program.params.items()}
    for twin in sent(program):
        assert (twin.settings, twin.precision, repr(twin)) == ({"W": "he()"}, "float64", repr(program))
        assert all(np.array_equal(value, program.params[path]) for path, value in twin.params.items())
        twin.params = {path: value * 0 for path, value in twin.params.items()}
    assert np.any(program.params["W"])


def test_programs_with_data_files_and_runs_can_be_sent(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x,t\n1,a\n2,b\n3,a\n")
    (tmp_path / "net.graph").write_text(
        'use "layers.graph"\ndim N\ninput x: [N]\ninput t: int[N]\nparam w: [2] = [0.1, -0.1]\n'
        "scores = rows(x, w)\noutput loss = softmax-loss(scores, t)\n"
        'data d { x = csv("rows.csv", "x"); t = csv("rows.csv", "t") }\n'
        "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3; data = d; metrics = [accuracy(scores, t)] }\n"
    )
    (tmp_path / "layers.graph").write_text(
        "block rows(x: [N], w) { return x * transpose([[1, 1]]) -> transpose -> mul(w) }\n"
    )
    program = chainrule.load(tmp_path / "net.graph")
    program.train(run=tmp_path / "run")
    loaded = chainrule.load(tmp_path / "run", set={"d.x": [3, 2, 1]})
    for made in (program, loaded):
        for twin in sent(made):
            assert twin.classes == {"t": ("a", "b")}
            assert twin.evaluate() == made.evaluate()
            assert all(np.array_equal(value, made.params[path]) for path, value in twin.params.items())
    (tmp_path / "layers.graph").unlink()
    assert next(sent(program)).evaluate() == program.evaluate()
    assert next(sent(chainrule.load(tmp_path / "run"))).history.rows == program.history.rows


def test_what_programs_give_can_be_sent() -> None:
    program = chainrule.compile(APPLES)
    for results in (program.run(), program.grad()):
        assert pickle.loads(pickle.dumps(results)) == dict(results)
    text = "param w = 4\nloss = (w - 1) ** 2\ntrain { minimize = loss; optimizer = sgd(lr = 0.25); epochs = 6 }\n"
    history = chainrule.compile(text).train()
    assert pickle.loads(pickle.dumps(history)).best == history.best
    with pytest.raises(chainrule.SpecError) as caught:
        program.run(price="dear")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_loaded_model_that_is_saved_again_keeps_its_settings(tmp_path: Path) -> None:
    text = "const k = 2\nparam w: [k] = ones()\noutput y = sum(w)\n"
    chainrule.compile(text, set={"k": 4}).save(tmp_path / "a.safetensors")
    chainrule.load(tmp_path / "a.safetensors").save(tmp_path / "b.safetensors")
    assert chainrule.load(tmp_path / "b.safetensors").run()["y"] == 4


# --- size -------------------------------------------------------------------------------------------------------


def test_the_seed_of_a_spec_without_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "drawn.graph"
    path.write_text("param w: [2] = normal()\noutput y = sum(w * w)\n", encoding="utf-8")
    first, again = (chainrule.load(path, set={"train.seed": 7}) for _ in range(2))  # compiled, then from the cache
    assert np.array_equal(first.params["w"], again.params["w"])
    assert not np.array_equal(first.params["w"], chainrule.load(path).params["w"])
    again.save(tmp_path / "m.safetensors")
    assert chainrule.load(tmp_path / "m.safetensors").spec.seed == 7
