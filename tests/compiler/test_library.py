"""The shipped library: what its blocks compute, and the page that is made of it."""

import numpy as np
import pytest

import chainrule
from chainrule.grammar.syntax import Block
from chainrule.program.program import Program
from chainrule.views.stages.library_reference import shipped

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def program(text: str) -> Program:
    return chainrule.compile(f"use chainrule.layers\ninput x = {X.tolist()}\n{text}\n")


def value(text: str) -> np.ndarray:
    return np.asarray(program(text).run()["y"])


def test_every_block_has_doc_lines() -> None:
    assert all(statement.doc for statement in shipped().statements if isinstance(statement, Block))


def test_the_library_itself_gives_rise_to_no_remark() -> None:
    blocks = [statement.name.name for statement in shipped().statements if isinstance(statement, Block)]
    calls = {"mlp": "mlp(x, 4, 2, 3)", "attention": "attention(x, x, x)", "dense": "dense(x, 4)"}
    calls |= {"project": "project(x, 4)", "weight_penalty": "weight_penalty(x)"}
    rows, steps = "reshape(x, [2, 1, 3])", "reshape(x, [1, 2, 3])"
    calls |= {"conv1d": f"conv1d({rows}, 4, 2)", "conv2d": "conv2d(reshape(x, [2, 1, 1, 3]), 4, 1)"}
    calls |= {
        "embedding": "embedding(argmax(x, axis = 1), 3, 2)",
        "multihead": f"multihead({steps}, {steps}, {steps}, 3)",
    }
    calls |= {name: f"{name}({steps}, 4)" for name in ("rnn", "lstm", "gru")}
    calls |= {"rnn_step": "rnn_step(x, x)", "gru_step": "gru_step(x[:, 0:1], x)"}
    calls["lstm_step"] = "h + c\nh, c = lstm_step(x[:, 0:1], x[:, 0:1], concat(x, x, axis = 1)[:, 0:4])"
    for name in blocks:
        assert program(f"output y = {calls.get(name, f'{name}(x)')}").diagnostics == (), name


def test_dense_and_project() -> None:
    model = program("output y = dense(x, 4)\noutput z = project(x, 2)")
    params = model.params
    assert list(params) == ["y.W", "y.b", "z.W"]
    params["y.b"] = np.arange(4.0)
    model.params = params
    values = model.run()
    np.testing.assert_allclose(values["y"], X @ params["y.W"] + params["y.b"])
    np.testing.assert_allclose(values["z"], X @ params["z.W"])


def test_mlp() -> None:
    model = program("output y = mlp(x, 4, 2, 3, activation = tanh, init = xavier)")
    p = model.params
    h = X
    for layer in ("hidden[1].dense", "hidden[2].dense"):
        h = np.tanh(h @ p[f"y.{layer}.W"] + p[f"y.{layer}.b"])
    np.testing.assert_allclose(model.run()["y"], h @ p["y.last.W"] + p["y.last.b"])


def test_residual() -> None:
    model = program("output y = residual(x)")
    p = model.params
    inner = np.maximum(X @ p["y.first.W"] + p["y.first.b"], 0)
    np.testing.assert_allclose(model.run()["y"], X + inner @ p["y.second.W"] + p["y.second.b"])


def test_logistic() -> None:
    model = program("output y = logistic(x)")
    p = model.params
    z = X @ p["y.dense.W"] + p["y.dense.b"]
    np.testing.assert_allclose(model.run()["y"], 1 / (1 + np.exp(-z)))


def test_layer_norm() -> None:
    centred = X - X.mean(axis=1, keepdims=True)
    expected = centred / np.sqrt(X.var(axis=1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(value("output y = layer_norm(x)"), expected)


def test_attention() -> None:
    scores = np.exp(X @ X.T / np.sqrt(3))
    expected = scores / scores.sum(axis=1, keepdims=True) @ X
    np.testing.assert_allclose(value("output y = attention(x, x, x)"), expected)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("leaky_relu(x, 0.1)", np.where(X > 0, X, 0.1 * X)),
        ("elu(x)", np.where(X > 0, X, np.expm1(X))),
        ("swish(x)", X / (1 + np.exp(-X))),
        ("weight_penalty(x, 0.5)", 0.5 * (X * X).sum()),
    ],
)
def test_activations_and_penalties(call: str, expected: np.ndarray) -> None:
    np.testing.assert_allclose(value(f"output y = {call}"), expected, rtol=1e-12)


def test_elu_does_not_overflow() -> None:
    model = chainrule.compile("use chainrule.layers\ninput x = [1000, -1000]\noutput y = elu(x)\n")
    np.testing.assert_array_equal(model.run()["y"], [1000, -1])
