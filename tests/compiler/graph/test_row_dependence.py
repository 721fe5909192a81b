"""Which values may be computed a part of the rows at a time: what it says must hold for the numbers."""

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.compiler.graph.row_dependence import OfRows, dependence_of
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.runtime.evaluate.metrics import Metrics

HEAD = """
dim N
input x: [N, 4]
input t: int[N]
param W: [4, 3] = 0.5
param b: [3] = [0.5, 0, 1]
param k = 2
scores = affine(x, W, b)
"""

MEANS = [
    "softmax-loss(scores, t)",
    "accuracy(scores, t)",
    "softmax-loss(relu(scores), t) + 0.1 * sum(W * W)",
    "mean(x)",
    "mean(sum(x * x, axis = 1))",
    "mean(sigmoid(x @ W) * b)",
    "k * mean(x) / 3 - k",
    "mse(scores, scores + b)",
    "-log-softmax(scores) -> mean",
    "cross-entropy(softmax(scores), t)",
    "sum(W)",
    "mean(real_t) + k",
    "mse(one-hot(t, 3), scores)",
]
OTHERS = [
    "sum(x)",
    "sqrt(mean(x * x))",
    "mean(x) * mean(x)",
    "k / mean(exp(x))",
    "sum(x) / N",
    "mean(transpose(x) @ x)",
    "mean(x - mean(x))",
    "sum(mean(x, axis = 0))",
    "N * k",
]


def verdict(expression: str) -> bool:
    spec, _ = build(*parse(Source("test.graph", f"{HEAD}real_t = t * 1.0\nresult = {expression}\n")))
    graph = spec.full
    fed = {graph.inputs[path].index for path in ("x", "t")}
    needed = graph.ancestors([graph.index["result"]])
    found = dependence_of(graph, {number for number in fed if needed[number]}, [graph.index["result"]])
    return found[graph.index["result"]] in (OfRows.FIXED, OfRows.MEAN)


@pytest.mark.parametrize("expression", [e for e in MEANS if e != "sum(W)"])
def test_means_over_rows(expression: str) -> None:
    assert verdict(expression)


@pytest.mark.parametrize("expression", OTHERS)
def test_others(expression: str) -> None:
    assert not verdict(expression)


@pytest.mark.parametrize("expression", [*MEANS, *OTHERS])
def test_parts_and_all_at_once_agree(expression: str) -> None:
    spec, _ = build(*parse(Source("test.graph", f"{HEAD}real_t = t * 1.0\nresult = {expression}\n")))
    graph = spec.full
    generator = np.random.default_rng(1)
    inputs = {"x": generator.normal(size=(37, 4)), "t": generator.integers(3, size=37)}
    parameters = {"W": generator.normal(size=(4, 3)), "b": np.array([0.5, 0, 1]), "k": np.array(2.0)}
    targets = {"result": graph.index["result"]}
    whole = Metrics(graph, targets, "float64", {}).over(inputs, 37, parameters)
    parts = Metrics(graph, targets, "float64", {}, chunk_bytes=1000).over(inputs, 37, parameters)
    assert parts["result"] == pytest.approx(whole["result"], rel=1e-13)


def test_rows_of_a_declared_number_are_taken_so_many_at_a_time() -> None:
    spec, _ = build(*parse(Source("test.graph", "input x: [10, 2]\nresult = mean(x)\n")))
    targets = {"result": spec.full.index["result"]}
    x = np.arange(80.0).reshape(40, 2)
    assert Metrics(spec.full, targets, "float64", {}).over({"x": x}, 40, {}) == {"result": 39.5}


OPEN = "dim N, C\ninput x: [N, C]\nparam W: [C, 3]\nparam V: [C, C] = zeros()\nparam each: [N] = zeros()\n"


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("x @ W", OfRows.ROWS),
        ("(x @ V) @ W / C", OfRows.ROWS),
        ("mean(x, axis = 1)", OfRows.ROWS),
        ("reshape(x, [N, C, 1])", OfRows.ROWS),
        ("reshape(x, [C, N])", OfRows.MIXED),
        ("sum(W)", OfRows.FIXED),
        ("mean(x @ W)", OfRows.MEAN),
        ("x @ W / N", OfRows.MIXED),
        ("mean(x, axis = 1) + each", OfRows.MIXED),
    ],
)
def test_dims_that_are_not_the_rows_are_the_same_for_any_part(expression: str, found: OfRows) -> None:
    text = f"{OPEN.replace('W: [C, 3]', 'W: [C, 3] = zeros()')}result = {expression}\n"
    graph = build(*parse(Source("test.graph", text)))[0].full
    index = graph.index["result"]
    assert dependence_of(graph, {graph.inputs["x"].index}, [index])[index] is found
