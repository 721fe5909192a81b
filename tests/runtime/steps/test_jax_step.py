"""Steps that JAX takes, where it is installed: `pip install 'chainrule[jax]'`."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.compiler.graph.spec import BackendName
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.training.train import Callback, Training

NET = """
use chainrule.layers
dim N
input x: [N, 4]
input t: int[N]
param W1: [4, 5] = he()
param b1: [5] = zeros()
param W2: [5, 3] = he()
state seen: [5] = zeros()
h = dropout(relu(affine(x, W1, b1)), 0.3)
next seen = 0.9 * seen + 0.1 * mean(h, axis = 0)
loss = softmax-loss(h @ W2, t)
train {
    minimize = loss ; optimizer = adam(lr = 0.05) ; epochs = 4 ; batch = 8 ; seed = 3
    precision = float64 ; exact = true
}
"""


@pytest.fixture(autouse=True)
def _jax() -> None:
    pytest.importorskip("jax", reason="jax is an extra")


def rows() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {"x": random.normal(size=(21, 4)), "t": random.integers(3, size=21)}


BACKENDS: tuple[tuple[BackendName, BackendName], ...] = (("jax", "jax"), ("numpy", "jax"), ("jax", "numpy"))
"""What a run begins on, and what it goes on with."""


class Cut(Callback):
    """Stops a training after some steps."""

    def stepped(self, training: Training) -> None:
        if training.step == 5:
            training.stop()


def held(program: chainrule.Program) -> dict[str, bytes]:
    return {path: value.tobytes() for path, value in program.held.items()}


def near(one: chainrule.Program, other: chainrule.Program, close: float) -> None:
    for path, value in one.held.items():
        np.testing.assert_allclose(other.held[path], value, rtol=close, atol=close)


def test_runs_go_on_to_the_same_bits_and_with_another_backend(tmp_path: Path) -> None:
    whole = chainrule.compile(NET)
    whole.train(data=rows())
    on_jax = chainrule.compile(NET)
    on_jax.train(data=rows(), backend="jax")
    near(whole, on_jax, 1e-12)
    for first, then in BACKENDS:
        folder = tmp_path / f"{first}-{then}"
        chainrule.compile(NET).train(data=rows(), run=folder, backend=first, callbacks=[Cut()], checkpoint_every=1)
        text = NET.replace("exact = true", "exact = true ; backend = jax") if then == "jax" else NET
        again = chainrule.compile(text)
        again.train(data=rows(), resume=folder)
        assert again._trainings.steps == whole._trainings.steps
        if first == then:
            assert held(again) == held(on_jax)
        near(whole, again, 1e-12)


def test_what_is_not_finite_and_what_is_no_class_is_told_as_ever() -> None:
    grown = "param w = 1\nloss = exp(w * w)\ntrain { minimize = loss ; optimizer = sgd(lr = 100) ; steps = 20 }"
    counted = """
input x = 2
param w: [3] = ones()
loss = sum(take(w, argmax([0 * x, x]) + 2))
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 2 }
"""
    for text in (grown, counted):
        said = []
        for backend in ("numpy", "jax"):
            with pytest.raises(SpecError) as caught:
                chainrule.compile(text).train(backend=backend)
            said.append([found.message for found in caught.value.diagnostics])
        assert said[0] == said[1]


HALF = """
dim N
input x: [N, 6]
input t: [N, 2]
param W: [6, 2] = he()
loss = mean((x @ W - t) ** 2)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 ; backend = jax ; precision = bfloat16 }
"""


def halved(value: np.ndarray) -> np.ndarray:
    """Rounded to the nearest number of bfloat16, of two to the even one, as float32."""
    bits = np.asarray(value, np.float32).view(np.uint32)
    kept = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    return kept.astype(np.uint32).view(np.float32)


def test_products_of_bfloat16_are_summed_in_float32() -> None:
    random = np.random.default_rng(3)
    x, t = (random.normal(size=(300, size)).astype(np.float32) for size in (6, 2))
    program = chainrule.compile(HALF)
    before = program.params["W"].astype(np.float32)
    program.train(x=x, t=t)
    g = 2 * (halved(x) @ halved(before) - t) / t.size
    assert program.params["W"].dtype == np.float32
    np.testing.assert_allclose(program.params["W"], before - 0.1 * halved(x).T @ halved(g), rtol=1e-5, atol=1e-6)
    plain = chainrule.compile(HALF, set={"train.precision": "float32"})
    plain.train(x=x, t=t)
    assert np.abs(plain.params["W"] - program.params["W"]).max() > 1e-5


def test_what_bfloat16_changes_is_told_node_by_node() -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 6, 6)).round(4).tolist()
    text = f"""
    input x: [2, 3, 6, 6] = {x}
    param W: [4, 3, 3, 3] = he()
    scores = conv(x, W)
    loss = mean(tanh(scores) ** 2)
    train {{ minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 ; precision = bfloat16 }}
    """
    found = chainrule.compile(text).compare_backends()
    assert found.first is None
    operations = [found.graph.nodes[each.node].operation for each in found.each]
    products = [bool(operation.multiplied) for operation in operations]
    assert sum(products) == 2  # the convolution, and its gradient by the weights
    for each, product in zip(found.each, products, strict=True):
        assert (1e-5 < each.apart < 2**-6) if product else each.apart < 1e-5


FED = """
input x: [64, 40]
input t: int[64]
param W: [40, 3] = he()
state seen: [64, 40] = zeros()
next seen = x
loss = softmax-loss(x @ W, t)
train { minimize = loss ; optimizer = adam(lr = 0.05) ; epochs = 1 ; backend = jax ; precision = float64 }
"""


def fed() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(4)
    return random.normal(size=(64, 40)), random.integers(3, size=64)


def test_a_step_that_is_fed_what_is_not_sound_changes_nothing_and_says_so() -> None:
    x, t = fed()
    trainer = chainrule.compile(FED).trainer(64)
    trainer.step(x=x, t=t)
    for wrong, said in ((3, "3"), (-1, "-1")):
        numbers = t.copy()
        numbers[-1] = wrong
        before = {path: value.copy() for path, value in {**trainer.params, **trainer.states}.items()}
        with pytest.raises(SpecError) as caught:
            trainer.step(x=x, t=numbers)
        assert caught.value.diagnostics[0].code == "G444"
        assert said in caught.value.diagnostics[0].message
        now = {**trainer.params, **trainer.states}
        assert all(value.tobytes() == now[path].tobytes() for path, value in before.items())
    huge = np.full_like(x, 1e300)
    with pytest.raises(SpecError) as caught:
        trainer.step(x=huge, t=t)
    assert all(
        value.tobytes() == before[path].tobytes() for path, value in {**trainer.params, **trainer.states}.items()
    )
    assert trainer.steps == 1
    assert np.isfinite(trainer.step(x=x, t=t))


def test_what_is_fed_is_not_kept_wherever_it_lies() -> None:
    x, t = fed()
    trainer = chainrule.compile(FED).trainer(64)
    memory = np.empty(x.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64  # XLA reads such an array where it lies
    given = memory[start : start + x.nbytes].view("float64").reshape(x.shape)
    for number in range(1, 4):
        given[...] = x * number
        trainer.step(x=given, t=t)
        given[...] = 0.0
        assert (trainer.states["seen"] == x * number).all()
