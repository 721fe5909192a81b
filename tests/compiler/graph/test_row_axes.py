"""Which axes of a value run over rows, and that rows which are said to stand alone do."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.graph.row_axes import Axes, row_axes
from chainrule.compiler.shape import dimension
from chainrule.program.front_door import compile

HEAD = "dim N\ninput x: [N, 3]\ninput v: [N]\ninput t: int[N]\nparam W: [3, 3] = normal(std = 0.7)\nparam b: [3] = 1\n"


def state(expression: str) -> Axes | None:
    """The axes of `y = expression`, and whether rows were put together."""
    graph = compile(f"{HEAD}output y = {expression}\n").spec.graph
    return row_axes(graph, {dimension("N")}, [True] * len(graph.nodes))[graph.outputs[0]]


@pytest.mark.parametrize(
    ("expression", "over", "mixed"),
    [
        ("x * 2", {-2}, False),
        ("affine(x, W, b) -> relu", {-2}, False),
        ("W @ b", set(), False),
        ("x @ W @ b", {-1}, False),
        ("transpose(x)", {-1}, False),
        ("transpose(transpose(x) - mean(x, axis = 1))", {-2}, False),
        ("sum(x, axis = -1)", {-1}, False),
        ("sum(x, axis = 0)", set(), True),
        ("mean(x)", set(), True),
        ("x - mean(x, axis = 0)", {-2}, True),
        ("x / N", {-2}, True),
        ("softmax(x)", {-2}, False),
        ("softmax(v)", {-1}, True),
        ("softmax(transpose(x))", {-1}, True),
        ("x @ transpose(x)", {-1, -2}, True),
        ("sum(x @ transpose(x), axis = 1)", {-1}, True),
        ("transpose(x) @ x", set(), True),
        ("x @ (transpose(x) @ x)", {-2}, True),
        ("v * transpose(x)", {-1}, False),
        ("one-hot(t, 3) * x", {-2}, False),
        ("flatten(x)", {-2}, False),
        ("flatten(transpose(x) @ x)", set(), True),
        ("sum(x - transpose(x) @ v, axis = 1)", {-1}, True),
        ("softmax-loss(x, t)", set(), True),
        ("v * mse(v, v)", {-1}, True),
        ("b * 2", set(), False),
    ],
)
def test_axes(expression: str, over: set[int], mixed: bool) -> None:
    found = state(expression)
    assert found is not None
    assert (set(found.over), found.mixed is not None) == (over, mixed)


def test_what_cannot_be_seen() -> None:
    assert state("flatten(transpose(x))") is None
    assert state("flatten(transpose(x)) * 2") is None


STEPS = (
    "y * 2 + b", "relu(y)", "y @ W", "affine(y, W, b)", "softmax(y)", "transpose(transpose(y) * v)", "y * sum(y * y)",
    "transpose(transpose(y) - mean(y, axis = 1))", "y - mean(y, axis = 0)", "log-softmax(y) * x", "y / N", "tanh(y)",
    "softmax(y @ transpose(y)) @ x", "x @ (transpose(y) @ y)", "one-hot(t, 3) - y", "y * mean(v)", "flatten(y)",
)  # fmt: skip


@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
def test_rows_that_stand_alone_are_predicted_alone(steps: list[str]) -> None:
    expression = "x"
    for step in steps:
        expression = re.sub(r"\by\b", f"({expression})", step)
    program = compile(f"{HEAD}output z = {expression}\n")
    graph = program.spec.graph
    found = row_axes(graph, {dimension("N")}, [True] * len(graph.nodes))[graph.outputs[0]]
    assert found is not None
    generator = np.random.default_rng(0)
    feeds = {"x": generator.normal(size=(4, 3)), "v": generator.normal(size=4), "t": np.array([0, 1, 2, 1])}
    together = program.run(feeds)["z"]
    alone = np.concatenate([program.run({k: a[i : i + 1] for k, a in feeds.items()})["z"] for i in range(4)])
    if found.mixed is None:
        np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)
