"""Work on rows: which nodes an input takes the place of, and what stays where it was."""

import pytest

from chainrule.compiler.build import build
from chainrule.compiler.derive.training import TrainingGraph, training_graph
from chainrule.compiler.lower.computation import bound
from chainrule.compiler.lower.verify import verify
from chainrule.compiler.passes.hoist import HoistRows, hoisted
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source

HEAD = """
dim N
input x: [N, 3]
input t: int[N]
input scale = 2
param W: [3, 4] = ones()
"""


def training(body: str) -> TrainingGraph:
    text = f"{HEAD}{body}\ntrain {{ minimize = loss ; optimizer = adam(lr = 0.1) ; steps = 1 }}\n"
    spec, _ = build(*parse(Source("test.graph", text)))
    assert spec.train is not None
    return training_graph(spec.full, spec.train.minimize, spec.train.optimizer, spec.train.groups)


def moved(body: str) -> list[str]:
    """The operations of the nodes that inputs take the place of."""
    before = training(body)
    after = HoistRows(frozenset(["x", "t"]), {})(before)
    for each in (before, after):
        verify(bound(each.graph, each.targets, {"N": 5}, "float32"))
    return [before.graph.nodes[number].operation.name for _, number in hoisted(before, after)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("loss = softmax-loss((x - 0.1) / 0.3 @ W, t)", ["div"]),
        ("loss = softmax-loss((x - (2 - 1.5)) / 0.3 @ W, t)", ["div"]),
        ("loss = mse(x @ W, one-hot(t, 4))", ["real"]),
        ("loss = mse(exp(x) @ W, one-hot(t, 4))", ["exp", "real"]),
        ("loss = mean(exp(flatten(x)) @ W) + mean(sqrt(exp(flatten(x))) @ W)", ["exp", "sqrt"]),
        ("loss = softmax-loss(x @ W, t)", []),
        ("loss = softmax-loss(flatten(x) @ W, t)", []),
        ("loss = softmax-loss(x * scale @ W, t)", []),
        ("loss = softmax-loss((x * sum(W)) @ W, t)", []),
        ("loss = softmax-loss(x / N @ W, t)", []),
        ("loss = softmax-loss((x - mean(x)) @ W, t)", []),
        ("loss = softmax-loss(softmax(x) @ W, t)", []),
        ("loss = mean(exp(x) * x @ W)", ["mul"]),
        ("loss = mean(exp(x) @ W) + mean(tanh(x) @ W) + mean(x @ W)", []),  # to gather two takes longer than to compute
        ("loss = mean(exp(tanh(x)) @ W) + mean(x @ W)", ["exp"]),
        ("loss = mean(reshape(x, [N, 3, 1]) @ reshape(W, [1, 12]))", []),  # nothing is computed
    ],
)
def test_what_is_moved(body: str, expected: list[str]) -> None:
    assert moved(body) == expected


def test_indices_stay_and_the_work_is_gone() -> None:
    before = training("loss = softmax-loss((x - 0.1) / 0.3 @ W, t)")
    after = HoistRows(frozenset(["x", "t"]), {})(before)
    assert after.targets == before.targets
    (each,) = hoisted(before, after)
    assert after.graph.nodes[each.number].type == before.graph.nodes[each.number].type
    needed = after.graph.ancestors(after.targets)
    assert needed[each.number]
    assert not needed[after.graph.inputs["x"].index]


def test_without_such_work_the_training_is_the_same_object() -> None:
    before = training("loss = softmax-loss(x @ W, t)")
    assert HoistRows(frozenset(["x", "t"]), {})(before) is before
