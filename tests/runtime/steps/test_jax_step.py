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
