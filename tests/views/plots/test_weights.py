"""Weights as images and bars."""

from typing import Any

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.program import Program
from chainrule.views.plots import weights

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def net(inputs: int, units: int = 3) -> Program:
    return compile(f"""dim N
input x: [N, {inputs}]
param b: [{units}] = zeros()
param V: [{units}, 2] = xavier()
param W: [{inputs}, {units}] = xavier()
output y = (x @ W + b) @ V
""")


def test_images_where_the_weights_are_square() -> None:
    pytest.importorskip("matplotlib")
    made = net(64)
    plot = made.plot("weights")
    assert plot.numbers["of"] == "W"
    panels: list[Any] = [panel for panel in plot.figure().axes if panel.images]
    assert len(panels) == 3
    for unit, panel in enumerate(panels):
        assert np.array_equal(panel.images[0].get_array(), made.params["W"][:, unit].reshape(8, 8))


def test_a_shape_of_ones_own() -> None:
    pytest.importorskip("matplotlib")
    made = net(6)
    panels: list[Any] = [panel for panel in made.plot("weights", shape=(2, 3)).figure().axes if panel.images]
    assert np.array_equal(panels[1].images[0].get_array(), made.params["W"][:, 1].reshape(2, 3))
    with pytest.raises(ValueError, match="4x4 is 16 pixels, but a unit of `W` has 6 weights"):
        made.plot("weights", shape=(4, 4))


def test_bars_elsewhere() -> None:
    pytest.importorskip("matplotlib")
    made = net(4)
    panels: list[Any] = made.plot("weights").figure().axes
    heights = [bar.get_height() for bar in panels[2].patches]
    np.testing.assert_allclose(heights, made.params["W"][:, 2])
    assert [label.get_text() for label in panels[2].get_xticklabels()] == ["x[0]", "x[1]", "x[2]", "x[3]"]


def test_another_layer() -> None:
    made = net(4)
    assert np.array_equal(np.asarray(made.plot("weights", of="V").numbers["weights"]), made.params["V"])
    for wrong in ("b", "U", "x"):
        with pytest.raises(SpecError, match="is no parameter of two axes, and no filters"):
            made.plot("weights", of=wrong)


def test_units_beyond_the_first_ones_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(weights, "MOST_UNITS", 4)
    figure = net(64, 6).plot("weights").figure()
    assert len([panel for panel in figure.axes if panel.images]) == 4
    assert "the 6 units of W look for, the first 4" in " ".join(figure.get_suptitle().split())
