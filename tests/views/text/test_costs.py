"""Costs: matrix products by the book, dims from the batch and from defaults."""

import pytest

import chainrule
from chainrule.compiler.derive.gradients import gradient_graph
from chainrule.views.text.costs import batch_dims, costs

NET = """dim N
input x: [N, 784]
param W: [784, 100] = he()
param b: [100] = zeros()
h = affine(x, W, b)
output y = sum(relu(h))
"""


def test_a_layer() -> None:
    graph = chainrule.compile(NET).spec.graph
    each = dict(zip(graph.index, costs(graph, {"N": 10}, 4), strict=True))
    assert each["h"].flops == 10 * 100 * (2 * 784 + 1)
    assert each["h"].bytes == 4 * (10 * 784 + 784 * 100 + 100 + 10 * 100)
    assert each["y.relu"].flops == each["y"].flops == 1000
    assert each["x"].flops == each["W"].bytes == 0


def test_dims() -> None:
    assert batch_dims(chainrule.compile(NET).spec) == {"N": 1}
    assert batch_dims(chainrule.compile("dim N\ninput x: [2 * N] = [1, 2, 3, 4]\noutput y = sum(x)\n").spec) == {"N": 2}
    data = "data d { x = [[1], [2], [3]] }\n"
    train = "train { minimize = loss ; optimizer = sgd(lr = 1) ; epochs = 1 ; data = d ; batch = 3 }\n"
    text = "dim N\ninput x: [N, 1]\nparam w: [1, 1] = ones()\nloss = sum(x @ w)\n"
    assert batch_dims(chainrule.compile(text + data + train).spec) == {"N": 3}


def test_what_nothing_gives_a_size_has_one_that_can_be() -> None:
    text = """dim N, K
input s: [N, K]
input t: int[N]
input x: [N]
d = x[1:] - x[:-1]
output y = max(d) + softmax-loss(s[:, 2:], t)
"""
    spec = chainrule.compile(text).spec
    assert batch_dims(spec) == {"N": 4, "K": 4}
    assert batch_dims(spec, {"N": 5}) == {"N": 5, "K": 4}


def test_sizes_that_cannot_be_are_told_where_they_matter() -> None:
    spec = chainrule.compile("dim N\ninput x: [N]\noutput y = max(x[1:])\n").spec
    with pytest.raises(chainrule.SpecError, match="is empty") as caught:
        costs(spec.graph, {"N": 1}, 4)
    assert caught.value.diagnostics[0].code == "G201"


def counted(text: str, rows: int = 5) -> dict[str, tuple[int, int]]:
    """FLOPs and bytes in float32 by path, of `rows` rows."""
    graph = chainrule.compile(f"use chainrule.layers\ndim N\n{text}").spec.graph
    found = costs(graph, {"N": rows}, 4)
    return {node.path: (each.flops, each.bytes) for node, each in zip(graph.nodes, found, strict=True)}


def test_convolutions_and_pools_by_hand() -> None:
    """Each element of the result: a product and a sum for each of the 3 x 3 x 3 of a filter, and the bias."""
    found = counted(
        "input x: [N, 3, 8, 6]\ny = x -> conv2d(4, 3, stride = 2, padding = 1) -> max_pool(2)\nz = mean_pool(x, 2)\n"
        "param W: [3, 2, 2, 2] = he()\nu = conv_transpose(x, W)\n"
    )
    x, maps, filters = 5 * 3 * 8 * 6, 5 * 4 * 4 * 3, 4 * 3 * 3 * 3
    assert found["y.conv2d"] == (maps * (2 * 27 + 1), 4 * (x + filters + 4 + maps))
    assert found["y"] == (5 * 4 * 2 * 1 * 4, 4 * (maps + 5 * 4 * 2))
    assert found["z"][1] == 4 * (x + 5 * 3 * 4 * 3)
    assert found["u"] == (x * 2 * 2 * 2 * 2, 4 * (x + 24 + 5 * 2 * 9 * 7))


def test_the_reverse_pass_of_a_convolution_by_hand() -> None:
    """Filters and rows get as many products as the convolution itself takes."""
    spec = chainrule.compile(
        "dim N\ninput x: [N, 3, 8, 6]\nparam W: [4, 3, 3, 3] = he()\nparam b: [4] = zeros()\n"
        "y = sum(conv(x, W, b) ** 2)\n"
    ).spec
    made = gradient_graph(spec.graph, spec.graph.index["y"], ["x", "W", "b"], upstream=False)
    numbers = [made.gradients[path] for path in ("x", "W", "b")]
    flops = [costs(made.graph, {"N": 5}, 4)[number].flops for number in numbers]
    maps = 5 * 4 * 6 * 4
    assert flops == [maps * 2 * 27, maps * 2 * 27, maps]


def test_a_step_of_an_lstm_by_hand() -> None:
    """The four gates as one product for the inputs of all steps, one for each state; five squashings, three products
    and a sum of [N, H]."""
    found = counted("input x: [N, 2, 3]\ny = x -> lstm(4)\n")
    assert found["y.input"][0] == 5 * 2 * 16 * (2 * 3 + 1)
    step = sum(flops for path, (flops, _) in found.items() if path.startswith("y.states[2]"))
    assert step == 5 * 16 * 2 * 4 + 5 * 16 + 5 * 4 * (3 * 4 + 2 * 1 + 3 + 1)


def test_attention_by_hand() -> None:
    found = counted("input q: [N, 4, 8]\ninput k: [N, 6, 8]\ny = multihead(q, k, k, 2)\n")
    assert found["y.q.dense"][0] == found["y.out"][0] == 5 * 4 * 8 * (2 * 8 + 1)
    scores = 5 * 2 * 4 * 6
    assert found["y.weights.matmul"] == (scores * 2 * 4, 4 * (5 * 4 * 8 + 5 * 6 * 8 + scores))
    assert found["y.matmul"] == (5 * 4 * 8 * 2 * 6, 4 * (scores + 5 * 6 * 8 + 5 * 4 * 8))


def test_of_a_table_the_rows_that_are_taken_are_read() -> None:
    assert counted("input x: int[N, 2]\ny = embedding(x, 1000, 10)\n")["y"] == (0, 4 * (2 * 5 * 2 * 10 + 5 * 2))
