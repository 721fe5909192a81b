"""A node's matrix for one row, with names at its sides."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.program import Program

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TEXT = """chainrule 1 "Looking"
use chainrule.layers
dim N
input word: int[N, 3]
input t: int[N]
known = word -> embedding(3, 4) as letter
several = multihead(known, known, known, 2)
param asked: [2, 4] = normal()
looks = softmax(asked @ transpose(known))
output scores = flatten(looks @ several) -> dense(2)
loss = softmax-loss(scores, t)
near = letter.table @ transpose(letter.table)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 2 ; batch = 2 }
"""


@pytest.fixture(scope="module")
def net() -> Program:
    made = compile(TEXT)
    made.train(word=np.arange(12).reshape(4, 3) % 3, t=np.arange(4) % 2)
    return made


def test_all_attention_unless_told_otherwise(net: Program) -> None:
    plot = net.plot("matrix", row=1)
    assert plot.numbers["names"] == ["several.weights, 0", "several.weights, 1"]
    np.testing.assert_allclose(np.sum(np.asarray(plot.numbers["matrices"]), axis=-1), 1, rtol=1e-6)
    assert "1 left out" in plot.figure().get_suptitle().replace("\n", " ")


def test_names_at_the_sides(net: Program) -> None:
    plot = net.plot("matrix", of="looks", row=1, across="word")
    (values,) = np.asarray(plot.numbers["matrices"])
    np.testing.assert_allclose(values, net.run(word=[[0, 1, 2]], t=[0])["looks"][0], rtol=1e-6)
    assert (plot.numbers["down"], plot.numbers["across"]) == (("0", "1"), ("0", "1", "2"))
    panel: Any = plot.figure().axes[0]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["0", "1", "2"]
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("word", "row")
    with pytest.raises(SpecError, match=r"`word` is \[3\] for a row, but there are 2 places to be named by it"):
        net.plot("matrix", of="looks", down="word")
    with pytest.raises(SpecError, match="did you mean `word`"):
        net.plot("matrix", of="looks", down="wrod")


def test_what_has_no_rows(net: Program) -> None:
    (values,) = np.asarray(net.plot("matrix", of="near").numbers["matrices"])
    table = net.params["letter.table"]
    np.testing.assert_allclose(values, table @ table.T, rtol=1e-5)


def test_what_is_no_matrix(net: Program) -> None:
    with pytest.raises(SpecError, match="`loss` has 0 axes for a row"):
        net.plot("matrix", of="loss")
    plain = compile("param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 }\n")
    with pytest.raises(SpecError, match="there is no attention in it"):
        plain.plot("matrix")


def test_names_of_classes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("word,t\npear,0\nfig,1\nnut,0\npear,1\n", encoding="utf-8")
    net = compile(
        """dim N
input word: int[N]
input t: int[N]
param table: [3, 2] = normal()
near = table @ transpose(table)
scores = take(table, word)
loss = softmax-loss(scores, t)
data d { word = csv("a.csv", "word") ; t = csv("a.csv", "t") }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 ; data = d }
""",
        folder=tmp_path,
    )
    net.train()
    plot = net.plot("matrix", of="near", down="word", across="word")
    assert plot.numbers["down"] == plot.numbers["across"] == ("fig", "nut", "pear")
