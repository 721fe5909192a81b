"""Text with blocks: it means what the flat text means, and says what is repeated once."""

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from planned import commit_seed
from random_blocks import random_blocks

import chainrule
from chainrule.compiler.graph.graph import Graph
from chainrule.views.stages.block_text import block_text
from chainrule.views.stages.graph_text import graph_text

SPECS = Path(chainrule.__file__).parent / "specs"


def meaning(program: chainrule.Program, known: dict[Any, int]) -> dict[str, int]:
    """A number for each output, which others have that compute the same of the same params. Names of nodes, copies that
    nobody reads and further names of a value (`identity`) don't count."""
    graph = program.spec.graph
    numbers: list[int] = []
    held: Mapping[str, Any] = program.params
    for node in graph.nodes:
        if node.operation.name == "identity":
            numbers.append(numbers[node.inputs[0]])
            continue
        leaf = np.asarray(held[node.path]).tobytes() if node.path in graph.params else node.path
        key = (node.operation.name, repr(node.attributes), node.type, tuple(numbers[each] for each in node.inputs))
        numbers.append(known.setdefault((*key, None if node.inputs else leaf), len(known)))
    return {path: numbers[graph.index[path]] for path in program.outputs}


def both(graph: Graph, values: Mapping[str, Any]) -> str:
    """The text with blocks, after it was held against the flat one."""
    outputs = {graph.nodes[number].path: number for number in graph.outputs}
    flat = chainrule.compile(graph_text(graph, outputs))
    text, paths = block_text(graph, outputs, {number: node.path for number, node in enumerate(graph.nodes)})
    program = chainrule.compile(text)
    flat.params = dict(zip(flat.params, values.values(), strict=True))
    assert {*paths} == {*values}
    assert {*paths.values()} == {*program.params}
    program.params = {paths[path]: value for path, value in values.items()}
    known: dict[Any, int] = {}
    assert meaning(program, known) == meaning(flat, known)
    return text


def written(text: str) -> str:
    program = chainrule.compile(text)
    return both(program.spec.graph, program.params)


NAMES = [
    "affine-batch", "mnist", "normalised", "recurrence", "residual", "starting-width", "through-time", "transformer",
    "turn", "valley", "vanishing",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_specs(name: str) -> None:
    program = chainrule.load(SPECS / f"{name}.graph")
    text = both(program.spec.graph, program.params)
    assert ("block " in text) == (
        name
        in {
            "normalised",
            "residual",
            "starting-width",
            "through-time",
            "transformer",
            "vanishing",
            "recurrence",
            "valley",
        }
    )


DENSE = """
block dense(x: [N, I], units) {
  param W: [I, units] = he()
  param b: [units] = zeros()
  return affine(x, W, b)
}
dim N
input x: [N, 4]
"""


def test_a_chain_is_a_repeat() -> None:
    text = written(f"{DENSE}output y = x -> repeat 6 {{ dense(4) -> relu }} as tail -> dense(2)\n")
    assert text.splitlines() == [
        "dim N",
        "block tail_layer(x: [N, 4]) {",
        "  param dense_W: [4, 4] = he()",
        "  param dense_b: [4] = zeros()",
        "  dense = affine(x, dense_W, dense_b)",
        "  return relu(dense)",
        "}",
        "",
        "input x: [N, 4]",
        "tail_6 = x -> repeat 6 { tail_layer } as tail",
        "param y_W: [4, 2] = he()",
        "param y_b: [2] = zeros()",
        "y = affine(tail_6, y_W, y_b)",
        "output y",
    ]


def test_what_comes_from_outside_is_passed_in() -> None:
    """Shared params, inputs, sizes that no argument tells."""
    text = written(
        f"""{DENSE}input mask: [4]
param shared: [4] = ones()
block layer(x, m, s) {{ return tanh(x -> dense(4)) * m + s + x }}
output y = x -> repeat 5 {{ layer(mask, shared) }} as tail
"""
    )
    assert "block tail_layer(x: [N, 4], mask: [4], shared: [4]) {" in text
    assert "repeat 5 { tail_layer(mask, shared) } as tail" in text
    text = written(
        """
dim N
input x: [N]
block layer(x, n) {
  param w = 0.5
  return tanh(sum(x) * w + n) * 2
}
output y = sum(x) -> repeat 5 { layer(N) } as tail
"""
    )
    assert "sum" in text


def test_blocks_in_blocks() -> None:
    text = written(
        f"{DENSE}block stage(x) {{ return (x -> repeat 4 {{ dense(4) -> relu }} as inner -> dense(4)) + x }}\n"
        "output y = x -> repeat 3 { stage } as outer\n"
    )
    assert "block outer_layer(x: [N, 4]) {" in text
    assert "  inner_4 = x -> repeat 4 { inner_layer } as inner" in text
    assert text.count("block ") == 2


def test_copies_that_are_no_chain_are_calls() -> None:
    """Values that several later nodes read, several results, and the same place read twice."""
    both_results = "block cell(x, c) {\n  n = tanh((x -> dense(4)) + (c -> dense(4)))\n  return n, c * 0.5 + n\n}\n"
    steps = [f"x{n}, c{n} = cell(x{n - 1}, c{n - 1})" for n in range(1, 5)]
    text = written("\n".join([DENSE, both_results, "x0 = x * 1", "c0 = x * 2", *steps, "output y = x4 + c4", ""]))
    assert text.count("cell(") + text.count("layer(") == 5
    heads = " + ".join(f"h{n}" for n in range(5))
    branches = "\n".join(f"h{n} = x -> dense(4) -> relu" for n in range(5))
    text = written(f"{DENSE}{branches}\noutput y = {heads}\n")
    assert text.count(" = x -> ") == 5


def test_what_comes_again_apart_is_a_call() -> None:
    """With the names of its params, where these tell the copies apart."""
    norm = (
        "block norm(x: [N, I]) {\n  param scale: [I] = ones()\n  param shift: [I] = zeros()\n"
        "  centred = x - mean(x, axis = -1, keepdims = true)\n"
        "  return centred / sqrt(mean(centred * centred, axis = -1, keepdims = true) + 1e-5) * scale + shift\n}\n"
    )
    text = written(
        f"{DENSE}{norm}a = x -> norm as calm -> dense(4) -> relu\nb = a + (a -> norm as still -> dense(4) -> tanh)\n"
        "output y = b -> norm as last -> dense(2)\n"
    )
    assert text.count("block ") == 1
    assert re.findall(r"^(\w+) = \w+ -> calm$", text, re.MULTILINE) == ["calm", "still", "last"]
    assert re.findall(r"  param (\w+):", text) == ["scale", "shift"]


def test_an_output_inside_of_a_chain_stays() -> None:
    text = written(
        f"{DENSE}last = x -> repeat 6 {{ dense(4) -> relu }} as tail\noutput mid = tail[3] * 1\noutput last\n"
    )
    assert "block " in text


@pytest.mark.parametrize(
    "rest",
    [
        "output y = x -> relu -> relu -> tanh\n",  # spares nothing
        "output y = x -> dense(3) -> dense(4) -> dense(5) -> dense(6)\n",  # no two are alike
        "param W: [4, 4] = he()\noutput y = x -> repeat 2 { matmul(W) -> tanh }\n",
    ],
)
def test_what_stays_flat(rest: str) -> None:
    assert "block " not in written(DENSE + rest)


def test_params_that_copies_share_in_part_are_no_params_of_the_block() -> None:
    """The weights of the first copy stand in another place of the second."""
    text = written(
        """
dim N
input x: [N, 4]
param A: [4, 4] = he()
param B: [4, 4] = he()
param C: [4, 4] = he()
block layer(x, v, w) { return tanh(x @ v + relu(x @ w) * 2 + exp(x) * 3 - x * 0.5) }
output y = layer(layer(layer(x, A, A), B, C), C, A)
"""
    )
    assert text.count("param ") == 3


def test_names_that_would_clash() -> None:
    text = written(
        f"{DENSE}input relu: [N, 4]\ninput dense: [4]\nlayer = x + relu\ntail_layer = layer * 2\n"
        "output y = tail_layer -> repeat 6 { dense(4) -> relu -> mul(dense) } as tail\n"
    )
    assert "repeat 6" in text


def test_a_deep_net_takes_one_pass() -> None:
    text = written(f"{DENSE}output y = x -> repeat 400 {{ dense(4) -> relu }} as tail\n")
    assert len(text.splitlines()) < 20


def test_random_blocks() -> None:
    """Whatever is called however often: the text means the same, and is no longer."""
    for seed in range(commit_seed(), commit_seed() + 4):
        program = chainrule.compile(random_blocks(Random(seed)))
        text = both(program.spec.graph, program.params)
        assert text.count("\n") <= graph_text(program.spec.graph).count("\n"), seed
