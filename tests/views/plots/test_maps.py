"""Feature maps of one picture."""

from typing import Any

import numpy as np
import pytest
from pictures_net import pictures_net

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.program import Program

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def net() -> Program:
    return pictures_net()


def test_maps_of_a_row(net: Program) -> None:
    plot = net.plot("maps", rows="train", row=2)
    assert plot.numbers["layers"] == ["picture", "seen.relu", "seen.max_pool", "second"]
    maps: Any = plot.numbers["maps"]
    assert [np.shape(each) for each in maps] == [(1, 6, 6), (3, 4, 4), (3, 2, 2), (2, 1, 1)]
    values = net.run(x=maps[0].reshape(1, 36), t=[0])
    np.testing.assert_allclose(maps[1], values["seen.relu"][0], rtol=1e-6)
    np.testing.assert_allclose(maps[3], values["second"][0], rtol=1e-6)
    assert plot.text.startswith("train row 2 (t = ")
    pytest.importorskip("matplotlib")
    panels: list[Any] = [panel for panel in plot.figure().axes if panel.images]
    assert len(panels) == 1 + 3 + 3 + 2
    assert np.array_equal(panels[0].images[0].get_array(), maps[0][0])


def test_the_first_of_the_test_rows_unless_told_otherwise(net: Program) -> None:
    numbers = net.plot("maps").numbers
    assert (numbers["rows"], numbers["row"]) == ("test", 0)
    with pytest.raises(SpecError, match="there is no row 10 among the 10 test rows, which count from 0"):
        net.plot("maps", row=10)
    with pytest.raises(SpecError, match="there are no rows to validate on"):
        net.plot("maps", rows="validate")


def test_where_there_are_none() -> None:
    net = compile("param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 }\n")
    with pytest.raises(SpecError, match="no convolution over pictures"):
        net.plot("maps")
