"""What is computed with rows last stays so, and pools go before relus; both with the same bits."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planned import bits, same, section_of, trainer, trainers

from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.gradients import gradient_graph
from chainrule.compiler.derive.training import training_graph
from chainrule.compiler.lower.computation import Computation, bound
from chainrule.compiler.lower.plan import steps_of
from chainrule.compiler.passes.pipeline import optimised
from chainrule.grammar.source import Source
from chainrule.runtime.evaluate.execute import execute

HEAD = """dim N
input x: [N, 1, 8, 8]
param W: [3, 1, 3, 3] = normal(std = 0.4)
param V: [2, 3, 2, 2] = normal(std = 0.4)
"""
TAIL = "train {\n  minimize = loss\n  optimizer = sgd(lr = 0.1)\n  steps = 3\n  precision = float32\n}\n"


def computation(body: str, rows: int = 4) -> Computation:
    """The loss of a training and its gradients, after all passes."""
    spec = compiled(Source("test.graph", HEAD + body + TAIL), Path()).spec
    section = section_of(spec)
    training = training_graph(spec.full, section.minimize, section.optimizer, section.groups)
    wanted = (training.loss, *(each.gradient for each in training.parameters.values()))
    return optimised(bound(training.graph, wanted, {"N": rows}, "float32"))


def counted(body: str) -> Counter[str]:
    return Counter(node.operation.name for node in computation(body).nodes)


def test_between_convolutions_nothing_is_moved() -> None:
    short = counted("h = conv(x, W) -> relu\nloss = mean(h * h)\n")
    deep = counted("h = conv(x, W) -> relu -> max_pool(2) -> conv(V) -> relu\nloss = mean(h * h)\n")
    assert deep["transpose"] == short["transpose"]


@pytest.mark.parametrize(
    ("body", "largest"),
    [
        ("h = conv(x, W) -> relu -> max_pool(2)\nloss = mean(h * h)\n", 3 * 3 * 3 * 4),
        ("h = conv(x, W) -> relu\ng = max_pool(h, 2)\nloss = mean(g * g) + mean(h)\n", 3 * 6 * 6 * 4),
        ("h = conv(x, W) -> relu -> mean_pool(2)\nloss = mean(h * h)\n", 3 * 6 * 6 * 4),
        ("h = conv(x, W) -> tanh -> max_pool(2)\nloss = mean(h * h)\n", 0),
    ],
)
def test_a_relu_goes_behind_a_pool_that_alone_reads_it(body: str, largest: int) -> None:
    nodes = computation(body).nodes
    sizes = [
        int(np.prod([int(str(size)) for size in node.type.shape])) for node in nodes if "relu" in node.operation.name
    ]
    assert max(sizes, default=0) == largest


def test_a_relu_stays_where_a_gradient_between_it_and_the_pool_is_asked_for() -> None:
    text = HEAD + "g = relu(conv(x, W))\nh = max_pool(g, 2)\nloss = mean(h * h)\n" + TAIL
    graph = compiled(Source("test.graph", text), Path()).spec.full
    made = gradient_graph(graph, graph.index["loss"], ["W", "g", "x"], upstream=False)
    before = bound(made.graph, made.targets, {"N": 2}, "float32")
    chance = np.random.default_rng(0)
    shapes = {"x": (2, 1, 8, 8), "W": (3, 1, 3, 3), "V": (2, 3, 2, 2)}
    feeds = {path: chance.normal(size=shape).astype("float32") for path, shape in shapes.items()}
    numbers = []
    for each in (before, optimised(before)):
        values = execute(steps_of(each), feeds)
        numbers.append([bits(np.asarray(values[target])) for target in each.targets])
    assert numbers[0] == numbers[1]


def batches() -> list[dict[str, Any]]:
    chance = np.random.default_rng(0)
    made = []
    for rows in (4, 4, 1, 7):
        x = chance.normal(size=(rows, 1, 8, 8)).astype("float32")
        x[0] = 0  # windows of equal elements, all of them cut off or none
        made.append({"x": x})
    return made


@pytest.mark.parametrize(
    "pool", ["max_pool(2)", "max_pool(3, stride = 1)", "max_pool(2, padding = 1)", "max_pool([2, 1], stride = [2, 2])"]
)
def test_the_bits_are_the_same(pool: str) -> None:
    body = f"h = conv(x, W, padding = 1) -> relu -> {pool} -> conv(V) -> relu -> {pool}\nloss = mean(h * h) + sum(h)\n"
    same(trainers(HEAD + body + TAIL), batches())


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e38, -0.0])
def test_what_is_not_finite_is_the_same(value: float) -> None:
    body = "h = conv(x, W) -> relu -> max_pool(2)\nloss = mean(h * h)\n"
    spec = compiled(Source("test.graph", HEAD + body + TAIL), Path()).spec
    made = {name: trainer(spec, way) for name, way in (("plain", {"optimise": False}), ("optimised", {"exact": True}))}
    feeds = batches()[:2]
    feeds[1]["x"][1, 0, 3, 3] = value
    same(made, feeds)


def test_what_goes_along_an_axis_is_not_moved() -> None:
    body = "h = conv(x, W) -> softmax -> conv(V) -> cumsum(axis = -1)\nloss = mean(h * h)\n"
    same(trainers(HEAD + body + TAIL), batches())
