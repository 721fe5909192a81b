"""Which values are scores for classes, which are probabilities of them, and what makes the ones of the others."""

import numpy as np
import pytest

import chainrule
from chainrule.compiler.build import build
from chainrule.compiler.graph.class_scores import held_against_classes, is_share, squashing
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source

HEAD = """
dim N
input x: [N, 3]
input t: int[N]
input weight: [N]
param W: [3, 3] = normal()
z = x @ W
p = softmax(z)
q = sigmoid(z)
r = reshape(p, [N, 3])
"""


def graph(text: str) -> Graph:
    return build(*parse(Source("test.graph", f"{HEAD}{text}\n")))[0].full


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loss = softmax-loss(z, t)", {"z": "softmax", "p": "identity"}),
        ("loss = softmax-loss(z, t, weight = weight)", {"z": "softmax", "p": "identity"}),
        ("loss = softmax-loss(z, one_hot(t, classes = 3))", {"z": "softmax", "p": "identity"}),
        ("loss = sigmoid_loss(z, one_hot(t, classes = 3))", {"z": "sigmoid", "q": "identity"}),
        ("loss = cross-entropy(p, t)", {"z": "softmax", "p": "identity"}),
        ("loss = cross-entropy(p, t, weight = weight)", {"z": "softmax", "p": "identity"}),
        ("loss = cross-entropy(z, t)", {"z": "identity"}),
        ("loss = softmax-loss(p, t)", {"p": "softmax"}),
        ("loss = mse(p, one_hot(t, classes = 3))", {"z": "softmax", "p": "identity"}),
        ("e = p - one_hot(t, classes = 3)\nloss = sum(e * e)", {"z": "softmax", "p": "identity"}),
        ("loss = mse(q, one_hot(t, classes = 3))", {"z": "sigmoid", "q": "identity"}),
        ("loss = mse(z, one_hot(t, classes = 3))", {}),
        ("loss = sum(z)\nm = accuracy(z, t)", {"z": "softmax", "p": "identity"}),
        ("loss = sum(z)\nm = accuracy(p, t)", {"z": "softmax", "p": "identity"}),
        ("loss = sum(z)\nm = accuracy(r, t)", {"r": "identity"}),
        ("loss = softmax-loss(z, t)\nm = accuracy(p, t)", {"z": "softmax", "p": "identity"}),
        ("loss = sum(z)", {}),
    ],
)
def test_what_makes_probabilities(text: str, expected: dict[str, str]) -> None:
    made = graph(text)
    found = squashing(made, [made.index[name] for name in "zpqr"])
    assert {made.nodes[number].path: squash.name for number, squash in found.items()} == expected


def test_what_is_held_against_classes() -> None:
    made = graph("loss = softmax-loss(z, t) + sum((q - one_hot(t, classes = 3)) * p)\nm = accuracy(p, t)")
    held = {made.nodes[judge].operation.name: values for judge, values in held_against_classes(made).items()}
    assert held == {
        "softmax-loss": [made.index["z"]],
        "one-hot": [made.index["q"]],
        "accuracy": [made.index["p"]],
    }


def test_what_lies_between_0_and_1() -> None:
    made = graph("loss = sum(z)")
    assert [name for name in "zpqr" if is_share(made, made.index[name])] == ["p", "q", "r"]


LOSSES = [each for each in OPERATIONS.values() if each.values.probabilities not in ("", "identity") and each.written]


@pytest.mark.parametrize("operation", LOSSES, ids=lambda operation: str(operation.name))
def test_a_loss_is_least_where_the_targets_are_these_probabilities(operation: Operation) -> None:
    program = chainrule.compile(f"input z: [5, 3]\ninput t: [5, 3]\nloss = {operation.name}(z, t)\n")
    squash = next(each for each in OPERATIONS.values() if each.name == operation.values.probabilities)
    z = np.random.default_rng(0).normal(size=(5, 3))
    assert np.allclose(program.grad(z=z, t=squash.forward(np, z))["z"], 0, atol=1e-8)
    others = (each for each in OPERATIONS.values() if each.name in ("softmax", "sigmoid") and each is not squash)
    assert all(np.abs(program.grad(z=z, t=each.forward(np, z))["z"]).max() > 1e-3 for each in others)
