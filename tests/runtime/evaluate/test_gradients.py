"""Which gradients can be asked for, what is said where they cannot, and whose memory they lie in."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.compiler.compile import compiled
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.evaluate.gradients import Differentiator

TEXT = """dim N
input x: [N, 2]
input k: int[N]
param w: [2] = ones()
state seen = 0
noise = uniform_like(x)
y = x * w + noise + seen
wide = transpose(y)
loss = sum(y) * sum(k)
"""


def differentiator() -> Differentiator:
    return Differentiator(compiled(Source("test.graph", TEXT), Path()).spec.full)


@pytest.mark.parametrize(
    ("path", "wanted", "said"),
    [
        (3, None, "nothing here is called `an int`"),
        ("los", None, "did you mean `loss`?"),
        ("k", None, "no gradient flows to `k`: it is int"),
        ("y", None, "`y` has shape [N, 2]"),
        ("loss", ["x", "k"], "no gradient flows to `k`: it is int"),
        ("loss", ["q"], "nothing here is called `q`"),
        ("loss", ["seen"], "no gradient flows to `seen`: it is a state"),
        ("loss", ["noise"], "no gradient flows to `noise`: it is drawn"),
    ],
)
def test_what_has_no_gradient(path: Any, wanted: list[str] | None, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        differentiator().graph_of(path, wanted)
    assert said in str(caught.value)


def test_each_graph_is_made_once() -> None:
    made = differentiator()
    loss = made.graph_of("loss", ["x"])
    assert made.graph_of("loss", ["x"]) is loss
    assert made.graph_of("loss", ["x", "w"]) is not loss
    above = made.graph_of("loss", ["x"], upstream=True)
    assert (loss.upstream, above.upstream) == (False, True)
    assert set(made.graph_of("loss").gradients) >= {"x", "w", "y", "loss"}


@pytest.mark.parametrize(
    ("shape", "fits"), [((5, 2), True), ((1, 2), True), ((5, 3), False), ((2,), False), ((5, 2, 1), False)]
)
def test_an_upstream_gradient_has_the_shape_of_its_node(shape: tuple[int, ...], fits: bool) -> None:
    made = differentiator()
    given = np.ones(shape)
    if fits:
        assert np.array_equal(made.fitting(given.tolist(), "y"), given)
        return
    with pytest.raises(SpecError, match=r"the upstream gradient of `y` has shape .*; it must be \[N, 2\]"):
        made.fitting(given, "y")


def test_sizes_are_those_of_their_axes() -> None:
    made = differentiator()
    assert made.fitting(np.ones((2, 5)), "wide").shape == (2, 5)
    with pytest.raises(SpecError):
        made.fitting(np.ones((5, 2)), "wide")


def test_each_gradient_is_the_readers_own() -> None:
    program = chainrule.compile("input x = [1, 2]\ninput z = [3, 4]\na = x + z\nb = a\nloss = sum(a + b)\n")
    gradients = program.grad("loss")
    assert list(gradients) == ["x", "z", "a", "b", "loss"]
    assert len(gradients) == 5
    held = {path: value.copy() for path, value in gradients.items()}
    for path in held:
        gradients[path][...] = 9
        for other in held.keys() - {path}:
            assert np.array_equal(gradients[other], held[other]), f"{path} shares memory with {other}"
        gradients[path][...] = held[path]
    assert np.array_equal(gradients.computed["a"], [4, 6])
    assert gradients["x"] is gradients["x"]
    with pytest.raises(KeyError, match="loss"):
        gradients["lost"]


def test_gradients_of_nodes_without_a_name_are_there_for_who_asks() -> None:
    gradients = chainrule.compile("input x = 2\nloss = tanh(x * 3) * 4\n").grad("loss")
    assert "loss.tanh" not in list(gradients)
    assert gradients["loss.tanh"] == 4
