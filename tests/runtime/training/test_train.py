"""The loop: what is reported and when, what stops it, and that it says the same twice."""

import hashlib
import signal
from pathlib import Path

import numpy as np
import pytest
from hash_seeds import said_under_hash_seeds

from chainrule.compiler.build import build
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.training.history import Row
from chainrule.runtime.training.job import Job, job_of
from chainrule.runtime.training.train import Callback, OnReport, Training

NET = """
dim N
input x: [N, 4]
input t: int[N]
param W1: [4, 8] = he()
param b1: [8] = zeros()
param W2: [8, 3] = he()
param b2: [3] = zeros()
scores = affine(relu(affine(x, W1, b1)), W2, b2)
loss = softmax-loss(scores, t)
data flowers { x = npz("flowers.npz", "x") ; t = npz("flowers.npz", "t") }
train { minimize = loss ; data = flowers ; metrics = [accuracy(scores, t)] ; SETTINGS }
"""


def flowers(rows: int = 50, seed: int = 0) -> Dataset:
    """Three clouds of points."""
    generator = np.random.default_rng(seed)
    t = generator.integers(3, size=rows)
    x = generator.normal(size=(rows, 4)) + 3 * np.eye(3, 4)[t]
    return Dataset({"x": x.astype("float32"), "t": t}, rows)


def job(settings: str, data: Dataset | None = None, test: Dataset | None = None) -> Job:
    spec, _ = build(*parse(Source("test.graph", NET.replace("SETTINGS", settings))))
    assert spec.train is not None
    return job_of(spec, spec.train, data or flowers(), test)


def function_job(text: str) -> Job:
    spec, _ = build(*parse(Source("test.graph", text)))
    assert spec.train is not None
    return job_of(spec, spec.train, None, None)


def weights(training: Training) -> str:
    return hashlib.sha256(b"".join(value.tobytes() for value in training.params.values())).hexdigest()


def test_a_report_at_the_end_of_each_epoch() -> None:
    training = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 4 ; batch = 16"))
    history = training.run()
    assert [row["step"] for row in history.rows] == [4, 8, 12, 16]
    assert [row["epoch"] for row in history.rows] == [1, 2, 3, 4]
    assert history.columns == ("step", "epoch", "train.loss", "train.accuracy", "step.loss", "seconds")
    assert history.steps == len(history.losses) == 16
    assert history["train.loss"][-1] < history["train.loss"][0]
    assert history.last["train.accuracy"] == history.rows[-1]["train.accuracy"]
    assert history.best["train.loss"] == min(history["train.loss"])
    assert history.best["train.accuracy"] == max(history["train.accuracy"])
    assert (training.state, history.kept_step) == ("finished", 16)


def test_reports_every_so_many_steps_and_at_the_end() -> None:
    training = Training(job("optimizer = sgd(lr = 0.1) ; steps = 11 ; batch = 16 ; report = every(4)"))
    history = training.run()
    assert [row["step"] for row in history.rows] == [4, 8, 11]
    assert [row["epoch"] for row in history.rows] == [1, 2, 3]


def test_the_mean_of_the_steps_is_weighted_by_rows() -> None:
    history = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 1 ; batch = 16 ; precision = float64")).run()
    expected = np.average(history.losses, weights=[16, 16, 16, 2])
    assert history.rows[0]["step.loss"] == pytest.approx(expected, rel=1e-15)


def test_metrics_are_those_of_all_rows_with_the_weights_of_that_moment() -> None:
    test = flowers(30, 9)
    training = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 2 ; batch = 16", test=test))
    row = training.run().rows[-1]
    p = {name: value.astype("float64") for name, value in training.params.items()}
    for side, data in (("train", flowers()), ("test", test)):
        scores = np.maximum(data.inputs["x"] @ p["W1"] + p["b1"], 0) @ p["W2"] + p["b2"]
        t = data.inputs["t"]
        assert row[f"{side}.accuracy"] == pytest.approx((scores.argmax(axis=1) == t).mean())
        chosen = scores[np.arange(len(t)), t]
        loss = (np.log(np.exp(scores).sum(axis=1)) - chosen).mean()
        assert row[f"{side}.loss"] == pytest.approx(loss, rel=1e-5)


def test_held_out_rows_are_test_rows() -> None:
    made = job("optimizer = sgd(lr = 0.1) ; epochs = 2 ; hold_out = 0.2")
    assert made.data is not None
    assert made.test is not None
    assert (made.data.rows, made.test.rows) == (40, 10)
    history = Training(made).run()
    assert "test.accuracy" in history.columns


def test_no_steps_at_all() -> None:
    training = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 0"))
    history = training.run()
    assert (history.steps, history.rows, history.last, history.best) == (0, [], {}, {})


@pytest.mark.parametrize("optimiser", ["sgd(lr = 0.1)", "momentum(lr = 0.1)", "adam()", "adagrad(clip_norm = 1)"])
@pytest.mark.parametrize("sampling", ["shuffle", "replacement"])
def test_the_same_seed_gives_the_same_bits(optimiser: str, sampling: str) -> None:
    settings = f"optimizer = {optimiser} ; epochs = 2 ; batch = 16 ; sampling = {sampling} ; seed = SEED"
    first, second, other = (Training(job(settings.replace("SEED", seed))) for seed in ("5", "5", "6"))
    for training in (first, second, other):
        training.run()
    assert weights(first) == weights(second) != weights(other)
    assert first.history.losses.tobytes() == second.history.losses.tobytes()


def test_the_same_bits_in_other_processes() -> None:
    script = (
        "import runpy\n"
        f"module = runpy.run_path({str(Path(__file__))!r})\n"
        "training = module['Training'](module['job']('optimizer = adam() ; epochs = 2 ; batch = 16'))\n"
        "training.run()\n"
        "print(module['weights'](training), training.history.last)\n"
    )
    assert len(said_under_hash_seeds(script)) == 1


BOWL = """
param a = 3
param b = [1, -2]
loss = a ** 2 + sum(b * b)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 30 ; report = every(10) ; precision = PRECISION }
"""


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_function_of_its_parameters(precision: str) -> None:
    training = Training(function_job(BOWL.replace("PRECISION", precision)))
    history = training.run()
    assert [row["epoch"] for row in history.rows] == [10, 20, 30]
    assert float(training.params["a"]) == pytest.approx(3 * 0.8**30, rel=1e-5)
    assert history.last["train.loss"] == pytest.approx(14 * 0.64**30, rel=1e-5)
    assert history.losses.dtype == precision


def test_floats_alone_train_too() -> None:
    settings = "optimizer = adam(lr = 0.1) ; steps = 200 ; precision = float64"
    text = f"param a = 3\nloss = a ** 2\ntrain {{ minimize = loss ; {settings} }}"
    training = Training(function_job(text))
    assert training.run().last["train.loss"] < 1e-4
    assert training.params["a"].shape == ()


def test_a_schedule_sets_the_rate_of_each_step() -> None:
    class Rates(Callback):
        rates: list[float] = []  # noqa: RUF012 - one test, one list

        def stepped(self, training: Training) -> None:
            self.rates.append(training.learning_rate)

    watching = Rates()
    Training(job("optimizer = sgd(lr = 0.1) ; epochs = 2 ; batch = 25 ; schedule = exponential(factor = 0.5)")).run(
        [watching]
    )
    assert watching.rates == [0.1, 0.05, 0.05, 0.025]


def test_early_stopping_keeps_the_best_weights() -> None:
    # Random labels: what is learnt by heart does not help on other rows.
    generator = np.random.default_rng(2)
    data = Dataset({"x": generator.normal(size=(20, 4)).astype("float32"), "t": generator.integers(3, size=20)}, 20)
    test = Dataset({"x": generator.normal(size=(20, 4)).astype("float32"), "t": generator.integers(3, size=20)}, 20)
    settings = (
        "optimizer = adam(lr = 0.05) ; epochs = 500 ; stop = early(watch = test.loss, patience = 7) ; test = flowers"
    )
    training = Training(job(settings, data, test))
    seen: dict[int, str] = {}

    class Copies(Callback):
        def reported(self, training: Training, row: Row) -> None:
            seen[training.step] = weights(training)

    history = training.run([Copies()])
    losses = history["test.loss"]
    best = int(losses.argmin())
    assert training.state == "stopped"
    assert len(losses) == best + 1 + 7 < 500
    assert history.kept_step == best + 1
    kept = hashlib.sha256(b"".join(value.tobytes() for value in training.kept.values())).hexdigest()
    assert kept == seen[best + 1] != weights(training)


def test_early_stopping_on_a_metric_that_should_be_high() -> None:
    settings = "optimizer = sgd(lr = 0.1) ; epochs = 60 ; stop = early(watch = train.accuracy, patience = 3)"
    history = Training(job(settings)).run()
    accuracies = history["train.accuracy"]
    assert len(accuracies) < 60
    assert accuracies.argmax() == len(accuracies) - 4


def test_stopping_below_a_value() -> None:
    history = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 500 ; stop = below(loss, 0.5)")).run()
    losses = history["train.loss"]
    assert losses[-1] < 0.5 <= losses[-2]
    assert history.kept_step == history.steps


def test_a_callback_may_stop_it() -> None:
    class Enough(Callback):
        def stepped(self, training: Training) -> None:
            if training.step == 5:
                training.stop()

    training = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 10 ; batch = 16"))
    training.run([Enough()])
    assert (training.step, training.state) == (5, "stopped")


def test_what_callbacks_see() -> None:
    events: list[tuple[str, int, str]] = []

    class Events(Callback):
        def started(self, training: Training) -> None:
            events.append(("started", training.step, training.state))

        def stepped(self, training: Training) -> None:
            events.append(("stepped", training.step, training.state))

        def reported(self, training: Training, row: Row) -> None:
            events.append(("reported", int(row["step"]), training.state))

        def finished(self, training: Training) -> None:
            events.append(("finished", training.step, training.state))

    rows: list[Row] = []
    training = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 1 ; batch = 25"))
    training.run([Events(), OnReport(rows.append)])
    assert [event[:2] for event in events] == [
        ("started", 0),
        ("stepped", 1),
        ("reported", 2),
        ("stepped", 2),
        ("finished", 2),
    ]
    assert events[-1][2] == "finished"
    assert rows == training.history.rows


def interrupting(at: int, times: int = 1) -> Callback:
    class Press(Callback):
        def stepped(self, training: Training) -> None:
            for _ in range(times if training.step == at else 0):
                signal.raise_signal(signal.SIGINT)

    return Press()


def test_ctrl_c_ends_it_between_steps() -> None:
    training = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 10 ; batch = 16"))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        training.run([interrupting(5)])
    assert (training.step, training.state) == (5, "interrupted")
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_twice_ends_it_at_once() -> None:
    training = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 10 ; batch = 16"))
    with pytest.raises(KeyboardInterrupt):
        training.run([interrupting(5, times=2)])
    assert training.state == "running"


def test_a_value_that_is_not_finite_keeps_the_weights_of_the_last_report() -> None:
    class Spoil(Callback):
        good = ""

        def reported(self, training: Training, row: Row) -> None:
            self.good = weights(training)

        def stepped(self, training: Training) -> None:
            if training.step == 6:
                training.trainer.params["W1"][0, 0] = np.inf

    data = flowers()
    training, spoil = Training(job("optimizer = sgd(lr = 0.1) ; epochs = 3 ; batch = 16", data)), Spoil()
    with pytest.raises(SpecError) as caught:
        training.run([spoil])
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G501"
    assert "step 7: param `W1` became inf" in diagnostic.message
    assert training.state == "failed"
    assert weights(training) == spoil.good


def test_the_row_is_that_of_the_data_even_when_some_are_held_out() -> None:
    data = flowers()
    np.asarray(data.inputs["x"])[33, 1] = np.nan
    for seed in range(20):
        made = job(f"optimizer = sgd(lr = 0.1) ; epochs = 1 ; batch = 16 ; hold_out = 0.1 ; seed = {seed}", data)
        if made.origins is not None and 33 in made.origins:
            with pytest.raises(SpecError) as caught:
                Training(made).run()
            assert "input `x` became nan in row 34" in caught.value.diagnostics[0].message
            return
    raise AssertionError("row 33 was always held out")
