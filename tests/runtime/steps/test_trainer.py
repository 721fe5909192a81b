"""Single steps: against textbook numpy, views that stay valid, sizes that change, values that are not finite."""

from collections.abc import Mapping

import numpy as np
import pytest

import chainrule
from chainrule.compiler.build import build
from chainrule.compiler.derive.training import training_graph
from chainrule.compiler.graph.spec import TrainSection
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source, Span
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array
from chainrule.runtime.evaluate.parameters import initial_parameters
from chainrule.runtime.steps.trainer import Trainer

NET = """
dim N
input x: [N, 4]
input t: int[N]
param W1: [4, 5] = he()
param b1: [5] = zeros()
param W2: [5, 3] = he()
param b2: [3] = zeros()
param unused: [2] = ones()
loss = softmax-loss(affine(relu(affine(x, W1, b1)), W2, b2), t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 10 ; seed = 3 ; precision = float64 }
"""


def trainer_of(text: str) -> Trainer:
    spec, _ = build(*parse(Source("test.graph", text)))
    section = spec.train
    assert isinstance(section, TrainSection)
    training = training_graph(spec.full, section.minimize, section.optimizer, section.groups)
    initial = initial_parameters(spec.full, {}, section.seed, section.precision)
    return Trainer(training, section.optimizer, initial, section.precision, {})


def rows(count: int, seed: int = 0) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, 4)), generator.integers(3, size=count)


def textbook_step(p: Mapping[str, Array], x: Array, t: Array) -> tuple[float, dict[str, Array]]:
    """Loss and parameters after a step of the same net, written by hand."""
    hidden = x @ p["W1"] + p["b1"]
    active = np.maximum(hidden, 0)
    scores = active @ p["W2"] + p["b2"]
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    loss = -np.log(shares[np.arange(len(t)), t]).mean()
    d_scores = (shares - np.eye(3)[t]) / len(t)
    d_hidden = (d_scores @ p["W2"].T) * (hidden > 0)
    gradients = {
        "W1": x.T @ d_hidden,
        "b1": d_hidden.sum(axis=0),
        "W2": active.T @ d_scores,
        "b2": d_scores.sum(axis=0),
    }
    return float(loss), {name: p[name] - 0.1 * gradient for name, gradient in gradients.items()}


def fault(trainer: Trainer, **inputs: object) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        trainer.step(**inputs)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_steps_are_those_of_the_textbook() -> None:
    trainer = trainer_of(NET)
    expected = {name: value.copy() for name, value in trainer.params.items()}
    for step in range(10):
        x, t = rows(16, step)
        loss, changed = textbook_step(expected, x, t)
        expected |= changed
        assert trainer.step(x=x, t=t) == pytest.approx(loss, rel=1e-12)
        for name, value in expected.items():
            np.testing.assert_allclose(trainer.params[name], value, rtol=1e-11, atol=1e-14)
    assert trainer.steps == 10


def test_a_view_of_a_parameter_stays_valid() -> None:
    trainer = trainer_of(NET)
    array, view, before = trainer.params["W1"], trainer.params["W1"][0], trainer.params["W1"].copy()
    x, t = rows(8)
    trainer.step({"x": x, "t": t})
    assert trainer.params["W1"] is array
    assert np.array_equal(view, array[0])
    assert not np.array_equal(array, before)


def test_parameters_that_the_loss_misses_keep_their_values() -> None:
    trainer = trainer_of(NET)
    x, t = rows(8)
    trainer.step(x=x, t=t)
    assert trainer.params["unused"].tolist() == [1, 1]


def test_the_given_parameters_are_left_alone() -> None:
    spec, _ = build(*parse(Source("test.graph", NET)))
    assert spec.train is not None
    initial = initial_parameters(spec.full, {}, 3, "float64")
    before = {name: value.copy() for name, value in initial.items()}
    made = training_graph(spec.full, spec.train.minimize, spec.train.optimizer)
    x, t = rows(8)
    Trainer(made, spec.train.optimizer, initial, "float64", {}).step(x=x, t=t)
    assert all(np.array_equal(initial[name], before[name]) for name in before)


def test_any_number_of_rows() -> None:
    trainer = trainer_of(NET)
    for count in (16, 5, 1, 16, *range(1, 50)):
        x, t = rows(count)
        assert np.isfinite(trainer.step(x=x, t=t))


def test_arrays_of_any_layout_and_lists_are_taken() -> None:
    x, t = rows(8)
    first, second, third = trainer_of(NET), trainer_of(NET), trainer_of(NET)
    loss = first.step(x=x, t=t)
    assert second.step(x=np.asfortranarray(x), t=t.astype("int8")) == loss
    assert third.step(x=x.tolist(), t=t.tolist()) == loss
    assert first.params["W1"].tobytes() == second.params["W1"].tobytes() == third.params["W1"].tobytes()


def test_missing_unknown_and_ill_fitting_inputs() -> None:
    trainer = trainer_of(NET)
    x, t = rows(8)
    missing = fault(trainer, x=x)
    assert missing.code == "G213"
    assert isinstance(missing.where, Span)
    assert missing.where.line == 4
    unknown = fault(trainer, x=x, t=t, z=1)
    assert unknown.code == "G503"
    assert "`z`" in unknown.message
    assert fault(trainer, x=x[:, :3], t=t).code.startswith("G2")
    assert trainer.steps == 0


def test_states_of_an_optimiser() -> None:
    trainer = trainer_of(NET.replace("sgd(lr = 0.1)", "adam()"))
    assert "W1 mean" in trainer.states
    assert "unused mean" not in trainer.states
    x, t = rows(8)
    trainer.step(x=x, t=t)
    assert np.abs(trainer.states["W1 mean"]).sum() > 0


SCALARS = """
input x = 3
param w = 1
param v = 2
loss = (w * x - v) ** 2
train { minimize = loss ; optimizer = momentum(lr = 0.01) ; steps = 10 ; precision = PRECISION }
"""


@pytest.mark.parametrize(("precision", "digits"), [("float64", 1e-13), ("float32", 1e-5)])
def test_scalar_graphs(precision: str, digits: float) -> None:
    trainer = trainer_of(SCALARS.replace("PRECISION", precision))
    w, v, speed_w, speed_v = 1.0, 2.0, 0.0, 0.0
    held = trainer.params["w"]
    for _ in range(10):
        away = w * 3 - v
        assert trainer.step() == pytest.approx(away**2, rel=digits, abs=digits)
        speed_w, speed_v = 0.9 * speed_w + 2 * away * 3, 0.9 * speed_v - 2 * away
        w, v = w - 0.01 * speed_w, v - 0.01 * speed_v
        assert float(held) == pytest.approx(w, rel=digits)
        assert float(trainer.params["v"]) == pytest.approx(v, rel=digits)


def test_the_factor_of_each_step() -> None:
    trainer = trainer_of(SCALARS.replace("PRECISION", "float64").replace("momentum", "sgd"))
    trainer._factor = lambda step: 0.0 if step == 1 else 1.0
    trainer.step(x=1)
    between = float(trainer.params["w"])
    trainer.step(x=1)
    assert float(trainer.params["w"]) == between


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_diverging_loss_stops_at_the_node(precision: str) -> None:
    text = f"""
param w = 2
square = w * w
loss = exp(square)
train {{ minimize = loss ; optimizer = sgd(lr = 1000) ; steps = 9 ; precision = {precision} }}
"""
    trainer = trainer_of(text)
    trainer.step()
    before = trainer.params["w"].copy()
    diagnostic = fault(trainer)
    assert diagnostic.code == "G501"
    assert "step 2" in diagnostic.message
    assert "`loss` became inf" in diagnostic.message
    assert isinstance(diagnostic.where, Span)
    assert diagnostic.where.line == 4
    assert diagnostic.hint is not None
    assert "1000" in diagnostic.hint
    assert trainer.params["w"] == before
    assert trainer.steps == 1


def test_the_row_of_a_value_that_is_no_number() -> None:
    trainer = trainer_of(NET)
    x, t = rows(30)
    x[17, 2] = np.nan
    diagnostic = fault(trainer, x=x, t=t)
    assert "input `x` became nan in row 18" in diagnostic.message
    with pytest.raises(SpecError) as caught:
        trainer.step_on({"x": x, "t": t}, np.arange(100, 130))
    assert "in row 118" in caught.value.diagnostics[0].message


def test_an_infinity_that_does_no_harm_is_not_blamed() -> None:
    text = """
param w = [800, 1]
harmless = sum(1 / exp(w))
culprit = log(w - w)
loss = harmless + sum(culprit)
train { minimize = loss ; optimizer = sgd(lr = 1) ; steps = 9 ; precision = float64 }
"""
    diagnostic = fault(trainer_of(text))
    assert "`culprit`" in diagnostic.message


def test_an_update_that_is_not_finite_changes_nothing() -> None:
    text = """
param w = 0
root = sqrt(w)
loss = 1 + root
train { minimize = loss ; optimizer = sgd(lr = 1) ; steps = 9 ; precision = float64 }
"""
    trainer = trainer_of(text)
    diagnostic = fault(trainer)
    assert diagnostic.code == "G501"
    assert isinstance(diagnostic.where, Span)
    assert float(trainer.params["w"]) == 0


# --- class numbers ----------------------------------------------------------------------------------------------

JUDGED = {
    "softmax-loss of rows": "loss = softmax-loss(scores, t)",
    "cross-entropy": "loss = cross-entropy(softmax(scores), t)",
    "one-hot": "loss = mse(scores, one-hot(t, classes = 3) * 1)",
    "a loss and fewer classes": "loss = softmax-loss(scores, t) + 0 * sum(one-hot(t, classes = 2) * 1)",
    "under another name": "same = identity(t)\nloss = softmax-loss(scores, same)",
    "two losses": "loss = softmax-loss(scores, t) + cross-entropy(softmax(scores), t)",
    "weighted": "loss = 2 * softmax-loss(scores, t) + sum(W * W)",
    "a loss that no parameter reaches": "loss = softmax-loss(x, t) + sum(W * W)",
}
"""Losses that take class numbers, of which a compiled step looks at some by itself."""


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("judge", JUDGED)
def test_a_number_that_is_no_class_is_refused_at_any_step(judge: str, rows: int, optimise: bool) -> None:
    text = "dim N\ninput x: [N, 3]\ninput t: int[N]\nparam W: [3, 3] = xavier()\nscores = x @ W\n"
    text += f"{JUDGED[judge]}\ntrain {{ minimize = loss; optimizer = sgd(lr = 0.1); steps = 1; precision = float64 }}\n"
    trainer = chainrule.compile(text).trainer(optimise=optimise)
    x, right = np.random.default_rng(0).normal(size=(rows, 3)), np.arange(rows) % 2
    for _ in range(2):
        for wrong in (-1, 3, 2**62, -(2**63)):
            labels = right.copy()
            labels[-1] = wrong
            before = {path: value.copy() for path, value in trainer.params.items()}
            found = fault(trainer, x=x, t=labels)
            assert (found.code, "`t`" in found.message, f"row {rows}" in found.message) == ("G444", True, True)
            assert all(np.array_equal(value, before[path]) for path, value in trainer.params.items())
        assert np.isfinite(trainer.step(x=x, t=right))
    assert trainer.steps == 2


def test_the_class_of_a_single_row_is_looked_at() -> None:
    text = "input x: [2]\ninput t: int\nparam W: [2, 3] = xavier()\nloss = softmax-loss(x @ W, t)\n"
    trainer = chainrule.compile(f"{text}train {{ minimize = loss; optimizer = sgd(lr = 0.1); steps = 1 }}").trainer()
    for _ in range(2):
        assert fault(trainer, x=[1, 2], t=3).code == "G444"
        assert np.isfinite(trainer.step(x=np.ones(2, "f4"), t=np.array(2)))
    assert fault(trainer, x=np.ones(2, "f4"), t=np.array(-1)).code == "G444"


def test_a_default_is_held_against_the_classes_too() -> None:
    text = (
        "dim N\ninput x: [N, 2]\ninput t: int[N] = [0, 3]\nparam W: [2, 3] = xavier()\nloss = softmax-loss(x @ W, t)\n"
    )
    text += "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 1 }"
    assert fault(chainrule.compile(text).trainer(), x=np.ones((2, 2))).code == "G444"
    with pytest.raises(SpecError, match="the classes are 0 to 2"):
        chainrule.compile(text).run(x=np.ones((2, 2)))


# --- memory -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["sgd(lr = 0.1)", "adam"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("rows", [3, 1000])
def test_memory_that_may_not_be_written_is_taken(rows: int, precision: str, optimizer: str) -> None:
    text = "dim N\ninput x: [N, 8]\ninput t: [N, 2]\nparam W: [8, 2] = normal()\nparam b: [2] = 0\n"
    text += "loss = mse(affine(x, W, b), t)\n"
    text += f"train {{ minimize = loss; optimizer = {optimizer}; steps = 5; precision = {precision} }}"
    x, t = np.random.default_rng(0).normal(size=(rows, 8)).astype(precision), np.zeros((rows, 2), precision)
    one, other = chainrule.compile(text).trainer(), chainrule.compile(text).trainer()
    locked = x.copy()
    locked.flags.writeable = False
    for _ in range(3):
        assert one.step(x=locked, t=t) == other.step(x=x, t=t)
    assert one.params["W"].tobytes() == other.params["W"].tobytes()


def test_inputs_that_the_loss_does_not_need_are_told_apart() -> None:
    text = "dim N, M\ninput a: [N]\ninput b: [M]\nparam w = 1\nloss = (w - N) ** 2\n"
    trainer = chainrule.compile(f"{text}train {{ minimize = loss; optimizer = sgd(lr = 0.1); steps = 1 }}").trainer()
    assert trainer.step(a=np.ones(3)) == 4
    assert fault(trainer, b=np.ones(3)).code == "G209"


@pytest.mark.parametrize("optimise", [True, False])
def test_what_is_written_fits_or_nothing_changes(optimise: bool) -> None:
    text = NET.replace("sgd(lr = 0.1)", "momentum(lr = 0.1)")
    trainer = chainrule.compile(text).trainer(optimise=optimise)
    before = {path: value.tobytes() for path, value in (*trainer.params.items(), *trainer.states.items())}
    good = {"b1": np.ones(5), "b2 velocity": [1, 2, 3], "unused": [7, 8]}
    for bad, code, said in (
        ({"b2": 1.0}, "G203", "`b2` is declared [3], but this is a scalar"),
        ({"W2": np.ones((1, 3))}, "G203", "`W2` is declared [5, 3], but this is [1, 3]"),
        ({"W1 velocity": np.ones(5)}, "G203", "`W1 velocity` is declared [4, 5], but this is [5]"),
        ({"b3": np.ones(3)}, "G507", "there is no parameter `b3`"),
        ({"x": np.ones((2, 4))}, "G507", "there is no parameter `x`"),
        ({"b2": "nothing"}, "G505", "`b2` is no number"),
    ):
        with pytest.raises(SpecError) as caught:
            trainer.write({**good, **bad})
        assert caught.value.diagnostics[0].code == code
        assert said in caught.value.diagnostics[0].message
        held = {path: value.tobytes() for path, value in (*trainer.params.items(), *trainer.states.items())}
        assert held == before
    with pytest.raises(SpecError, match="values are given by name"):
        trainer.write(np.ones(3))  # type: ignore[arg-type]  # as a script may
    trainer.write(good)
    assert trainer.params["b1"].tolist() == [1] * 5
    assert trainer.params["unused"].tolist() == [7, 8]
    assert trainer.states["b2 velocity"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("optimise", [True, False])
def test_what_is_written_is_within_the_precision(optimise: bool) -> None:
    trainer = chainrule.compile(NET).trainer(precision="float32", optimise=optimise)
    with pytest.raises(SpecError) as caught:
        trainer.write({"b2": [1, 2, 1e300]})
    assert caught.value.diagnostics[0].message == "row 3 of `b2` has the value 1e+300, which float32 cannot hold"
    trainer.write({"b2": [1, 2, np.inf]})
    assert trainer.params["b2"].tolist() == [1, 2, np.inf]


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize(
    ("text", "params", "said"),
    [
        ("param w: [2] = [1, 2]", {"w": [1e300, 1]}, "param `w` became inf"),
        ("param w = 1", {"w": 1e300}, "param `w` became inf"),
        ("param w: [2] = normal(std = 1e300)", None, "param `w` became inf"),
        ("param w: [2] = normal(std = 1.7e308)", None, "param `w` became inf"),
        ("param w: [2] = uniform(-1e300, 1e300)", None, "param `w` became inf"),
        ("param w: [2] = [1e300, 2]", None, "param `w` became inf"),
        ("const rate = 1e300\nparam w: [2] = [1, 2]", None, "`learning rate` became inf"),
        ("const rate = 1e300\nparam w = 1", None, "`learning rate` became inf"),
    ],
)
def test_what_float32_cannot_hold_is_infinite_in_it_and_told_by_the_step(
    text: str, params: Mapping[str, object] | None, said: str, optimise: bool
) -> None:
    rate = "rate" if "rate" in text else "0.1"
    program = chainrule.compile(
        f"{text}\ny = sum(w * 1)\ntrain {{ minimize = y; optimizer = sgd(lr = {rate}); steps = 2 }}"
    )
    if params is not None:
        program.params = params  # float64, which holds it
    trainer = program.trainer(precision="float32", optimise=optimise)
    with pytest.raises(SpecError, match="training stopped at step 1") as caught:
        trainer.step()
    assert said in caught.value.diagnostics[0].message
