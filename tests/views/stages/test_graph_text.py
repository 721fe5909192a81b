"""Flat text: reads back to a graph with the same values and gradients."""

import re
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.compiler.derive.gradients import gradient_graph, paths_with_gradients
from chainrule.views.stages.graph_text import graph_text
from chainrule.views.stages.stages import reverse_text

SPECS = {
    "scalars": "input a = 2\ninput b = -3\noutput y = (a - b) ** 2 / -a ** 3 - (a - (b - 1))\n",
    "tensors": "input x = [[1, -2], [3, 4]]\nparam W: [2, 3] = normal(std = 0.5)\nparam b: [3] = zeros()\n"
    "y = relu(affine(x, W, b))\noutput z = mean(transpose(y) @ x, axis = -1)\n",
    "dims": "dim N, M\ninput x: [N, M] = [[1, 2, 3]]\ninput t: int[N] = [2]\n"
    "output loss = softmax-loss(x * 2, t) + sum(x) / N\n",
    "blocks": "block dense(x: [N, I], units) {\n  param W: [I, units] = he()\n  return relu(x @ W) + 1\n}\n"
    "input x = [[1, 2]]\noutput y = sum(x -> dense(3) as first -> repeat 2 { dense(2) } as tail)\n",
    "literals": "input t: int[2] = [0, 1]\noutput y = cross-entropy([[0.5, 0.5], [0.1, 0.9]], t, eps = 1e-3) * -1e-3\n",
    "names": "input 사과 = 3\ninput output = 2\noutput input = relu(사과 * output) + relu(사과)\n",
}


@pytest.mark.parametrize("name", SPECS)
def test_reads_back(name: str) -> None:
    program = chainrule.compile(SPECS[name])
    text = graph_text(program.spec.graph)
    again = chainrule.compile(text)
    assert graph_text(again.spec.graph) == text
    again.params = dict(zip(again.params, program.params.values(), strict=True))
    for path, other in zip(program.outputs, again.outputs, strict=True):
        np.testing.assert_array_equal(program.run()[path], again.run()[other])


def test_the_reverse_pass_of_scalars_reads_back() -> None:
    text = "input a = 2\ninput b = -3\noutput y = exp(a - b) / -a * (b + log(a)) - (a - (b - 1))\n"
    program = chainrule.compile(text)
    graph = program.spec.graph
    of = graph.index["y"]
    made = gradient_graph(graph, of, paths_with_gradients(graph, of), upstream=False)
    values = chainrule.compile(reverse_text(made)).run()
    for path, gradient in program.grad("y").items():
        assert values[f"d_{path}"] == gradient


def test_names_of_several_scripts_read_back() -> None:
    """A prefix, or parts of a path, may be of a script that the name does not go with."""
    text = "input 오차y = 2\nparam w₁ = 3\nα = w₁ * 오차y\nд = α * 2\noutput Δw = д + α\n"
    graph = chainrule.compile(text).spec.graph
    made = gradient_graph(graph, graph.index["Δw"], paths_with_gradients(graph, graph.index["Δw"]), upstream=False)
    written = reverse_text(made)
    assert "d_w₁ =" in written
    assert "d_alpha =" in written
    assert chainrule.compile(written).run()["d_w₁"] == 6


def test_gradients_that_are_other_nodes_have_their_names_too() -> None:
    program = chainrule.compile("input a = 2\ninput b = -3\noutput y = a + b\noutput z = y * 1\n")
    graph = program.spec.graph
    made = gradient_graph(graph, graph.index["y"], ["a", "b", "y"], upstream=False)
    values = chainrule.compile(reverse_text(made)).run()
    assert {path: values[path] for path in values if path.startswith("d_")} == {"d_a": 1, "d_b": 1, "d_y": 1}


def test_helpers_are_said() -> None:
    program = chainrule.compile("input x = [1, -1]\noutput y = sum(relu(x))\n")
    graph = program.spec.graph
    made = gradient_graph(graph, graph.index["y"], ["x"], upstream=False)
    assert reverse_text(made).startswith("# can't be read back: ")


SPEC_FILES = sorted((Path(__file__).parents[3] / "specs").glob("*.graph"))


@pytest.mark.parametrize("spec", SPEC_FILES, ids=lambda path: path.stem)
def test_every_spec(spec: Path) -> None:
    text = graph_text(chainrule.load(spec).spec.graph)
    again = chainrule.compile(text)
    assert graph_text(again.spec.graph) == text
    assert not re.search(r"[^\n]\[\d+\]\.", text)
