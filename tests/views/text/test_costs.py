"""Costs: matrix products by the book, dims from the batch and from defaults."""

import pytest

import chainrule
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
