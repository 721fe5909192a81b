"""Single steps: against textbook numpy, views that stay valid, sizes that change, values that are not finite."""

from collections.abc import Mapping

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.compiler.spec import TrainSection
from chainrule.compiler.training import training_graph
from chainrule.grammar.diagnostic import Diagnostic, SpecError
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source, Span
from chainrule.runtime.execute import Array
from chainrule.runtime.parameters import initial_parameters
from chainrule.runtime.trainer import Trainer

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
    training = training_graph(spec.full, section.minimize, section.optimizer)
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
