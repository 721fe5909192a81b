"""Steps of one row, where a sum over rows is the row itself: gradients that are views of each other."""

from typing import Any

import numpy as np
import pytest
from planned import FOLDED, WAYS, near, same, trainers

from chainrule.program.front_door import compile

BATCH_OF_ONE = """
dim N
input x: [N, 2]
input t: [N, 3]
param W: [2, 3] = normal(std = 0.5)
param b: [3] = zeros()
y = x @ W - b
loss = mse(y, t)
data d { x = [[1, 2], [3, -1], [0, 1], [-2, 1]]; t = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]] }
train { data = d; batch = 1; minimize = loss; optimizer = sgd(lr = 0.05); epochs = 100; precision = PRECISION }
"""
LAST_BATCH_OF_ONE = """
dim N
input x: [N, 2]
input t: [N, 1]
param W: [2, 1] = [[0.1], [0.2]]
param b: [1] = zeros()
y = x @ W - b
loss = mse(y, t)
data d { x = [[1, 2], [3, -1], [0, 1], [-2, 1], [1, 1]]; t = [[1], [0], [1], [-1], [2]] }
train { data = d; batch = 2; minimize = loss; optimizer = sgd(lr = 0.05); epochs = 20; seed = 3; precision = PRECISION }
"""
BROADCAST = """
param p: [4] = [1, 2, 3, 4]
param q: [1, 4] = [[1, 1, 1, 1]]
n = q - p
loss = sum(n) + 0.1 * sum(p) ** 2 + 0.1 * sum(q)
train { minimize = loss; optimizer = sgd(lr = 0.01); steps = 1; precision = PRECISION }
"""


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("text", [BATCH_OF_ONE, LAST_BATCH_OF_ONE, BROADCAST])
def test_trainings(text: str, precision: str) -> None:
    planned, plain = (compile(text.replace("PRECISION", precision)) for _ in range(2))
    planned.train()
    plain.train(optimise=False)
    for path, value in plain.params.items():
        np.testing.assert_allclose(planned.params[path], value, rtol=1e-4 if precision == "float32" else 1e-11)


def test_what_they_reach() -> None:
    last = [compile(text.replace("PRECISION", "float64")).train().last for text in (BATCH_OF_ONE, LAST_BATCH_OF_ONE)]
    assert [round(row["train.loss"], 4) for row in last] == [0.1264, 0.5360]
    broadcast = compile(BROADCAST.replace("PRECISION", "float64"))
    broadcast.train()
    assert broadcast.params["q"][0] == pytest.approx([0.989] * 4)
    assert broadcast.params["p"] == pytest.approx([0.99, 1.99, 2.99, 3.99])


PENALTY = """
dim N
input x: [N, 5]
input t: int[N]
param W: [5, 3] = he()
param b: [3] = zeros()
scores = affine(x, W, b)
loss = softmax-loss(scores, t) + 0.1 * sum((b - 1) ** 2)
train { minimize = loss ; optimizer = sgd(lr = 0.1); steps = 5; precision = PRECISION }
"""
TWICE = """
dim N
input x: [N, 5]
param W: [5, 3] = normal(std = 0.5)
param c: [3] = ones()
h = tanh(x @ W)
param b: [3] = normal(std = 0.5)
y = tanh(h + b)
z = y * c + b
loss = mean(z * z)
train { minimize = loss ; optimizer = OPTIMISER ; steps = 2 ; precision = PRECISION }
"""


def batches(rows: tuple[int, ...], *, labels: bool) -> list[dict[str, Any]]:
    generator = np.random.default_rng(0)
    made: list[dict[str, Any]] = []
    for count in rows:
        made.append({"x": generator.normal(size=(count, 5))})
        if labels:
            made[-1]["t"] = generator.integers(3, size=count)
    return made


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("rows", [(1, 1, 1), (5, 5, 1), (4, 4, 3)])
@pytest.mark.parametrize("optimiser", ["sgd(lr = 0.1)", "adam(lr = 0.1)"])
@pytest.mark.parametrize("text", [PENALTY, TWICE])
def test_a_bias_that_is_read_twice(text: str, optimiser: str, rows: tuple[int, ...], precision: str) -> None:
    text = text.replace("OPTIMISER", optimiser).replace("PRECISION", precision)
    feeds = batches(rows, labels="input t" in text)
    exact, folded = trainers(text), trainers(text, FOLDED)
    same(exact, feeds)
    same(folded, feeds)
    near(folded["folded"], exact["plain"], precision)
    assert set(exact) == set(WAYS)
