"""Histograms of layers: which nodes, over what, and what the numbers say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.program import Program

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NET = """use chainrule.layers
dim N
input x: [N, 3]
input t: int[N]
first = relu(x -> dense(4))
deep = first -> repeat 2 { dense(4) -> tanh }
output scores = deep -> dense(2)
output wide = deep * 30
loss = softmax-loss(scores, t)
data d { x = npz("rows.npz", "x") ; t = npz("rows.npz", "t") }
data u { x = npz("rows.npz", "unseen") ; t = npz("rows.npz", "u") }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 3 ; data = d ; test = u }
"""


@pytest.fixture
def x() -> Any:
    return np.random.default_rng(0).standard_normal((16, 3))


@pytest.fixture
def net(tmp_path: Path, x: Any) -> Program:
    np.savez(tmp_path / "rows.npz", x=x[:12], t=np.arange(12) % 2, unseen=x[12:], u=np.arange(4) % 2)
    return compile(NET, folder=tmp_path)


def test_layers_over_rows_as_a_net_begins_and_as_it_was_trained(net: Program, x: Any) -> None:
    begun = net.plot("histogram", rows="train").numbers
    assert begun["lines"] == ["relu", "deep"]
    assert begun["layers"] == [["first"], ["deep[1]", "deep[2]"]]
    assert (begun["rows"], begun["trained"]) == ("train", 0)
    values = net.run(x=x[:12], t=np.zeros(12, int))["scores"]  # nothing was trained by looking
    net.train()
    trained: Any = net.plot("histogram", of="scores").numbers
    assert (trained["rows"], trained["trained"]) == ("test", 3)
    after = net.run(x=x[12:], t=np.zeros(4, int))["scores"]
    np.testing.assert_allclose(trained["mean"], [[after.mean()]], rtol=1e-4)
    np.testing.assert_allclose(trained["spread"], [[after.std()]], rtol=1e-4)
    assert not np.allclose(values.mean(), trained["mean"])


def test_shares_are_those_of_the_values_and_reach_from_bound_to_bound() -> None:
    made = compile(
        "rows = uniform_like(expand(0, [40, 50])) * 8 - 4\na = rows -> repeat 2 { tanh }\nb = relu(rows)\n"
        "c = rows * 0 + 7\n"
    )
    plot = made.plot("histogram", of="a,b,c")
    numbers: Any = plot.numbers
    assert numbers["lines"] == ["a", "relu", "add"]
    given = made.run()
    assert (numbers["edges"][0][0], numbers["edges"][0][-1]) == (-1, 1)
    for line, name in enumerate(("a", "b", "c")):
        (shares, edges) = numbers["shares"][line][-1], numbers["edges"][line]
        assert len(shares) % 2 == 1
        value = given[name]
        assert np.sum(shares) == pytest.approx(1)
        middle = len(shares) // 2
        inside = (value >= edges[middle]) & (value < edges[middle + 1])
        assert shares[middle] == pytest.approx(inside.mean())
    assert numbers["idle"][0][0] == pytest.approx(np.mean(1 - given["a[1]"] ** 2 < 0.01))
    assert numbers["idle"][1] == [pytest.approx(np.mean(given["b"] == 0))]
    assert numbers["idle"][2] == [None]
    pytest.importorskip("matplotlib")
    panels: Any = [panel for panel in plot.figure().axes if panel.get_visible()]
    assert [panel.get_title(loc="left") for panel in panels] == ["a[1]", "a[2]", "b", "c"]
    assert panels[3].texts[0].get_text() == "100%"


def test_what_is_not_finite_is_counted_apart() -> None:
    made = compile("a = log(expand(0, [3]))\nb = concat(a, [1, 2])\nc = b * 0\n")
    numbers = made.plot("histogram", of="b,c").numbers
    assert (numbers["mean"], numbers["not_finite"]) == ([[1.5], [0.0]], [[3], [3]])
    lost = made.plot("histogram", of="a")
    assert (lost.numbers["mean"], lost.numbers["spread"], lost.numbers["not_finite"]) == ([[None]], [[None]], [[3]])
    pytest.importorskip("matplotlib")
    assert "not finite" in [text.get_text() for text in lost.figure().axes[0].texts]


@pytest.mark.parametrize(
    ("text", "of", "said"),
    [
        ("a = 2\n", None, "there is no relu, sigmoid or tanh"),
        ("abc = [2, 3]\n", "abd", "did you mean `abc`"),
        ("abc = [2, 3]\n", "", "there is no node ``"),
        ("input abc: [3]\nb = tanh(abc)\n", None, "abc"),
    ],
)
def test_what_cannot_be_shown(text: str, of: str | None, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        compile(text).plot("histogram") if of is None else compile(text).plot("histogram", of=of)
