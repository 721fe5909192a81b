"""Filters of convolutions as images, before and after the training."""

from typing import Any

import numpy as np
import pytest
from pictures_net import TEXT, pictures_net

from chainrule.program.front_door import compile
from chainrule.program.program import Program

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def net() -> Program:
    return pictures_net()


def images(figure: Any) -> list[Any]:
    return [panel.images[0].get_array() for panel in figure.axes if panel.images]


def test_the_first_layer_before_and_after(net: Program) -> None:
    plot = net.plot("weights")
    path = "first.W"
    assert plot.numbers["of"] == path
    started, ended = np.asarray(compile(TEXT).params[path], np.float32), net.params[path]
    assert np.array_equal(np.asarray(plot.numbers["before"]), started)
    assert np.array_equal(np.asarray(plot.numbers["weights"]), ended)
    assert not np.array_equal(started, ended)
    assert "3 filters of 3 x 3 over 1 channel" in plot.text
    pytest.importorskip("matplotlib")
    drawn = images(plot.figure())
    assert np.array_equal(drawn, np.concatenate([started[:, 0], ended[:, 0]]))


def test_filters_over_channels_are_a_line_each(net: Program) -> None:
    plot = net.plot("weights", of="second.W")
    assert "2 filters of 2 x 2 over 3 channels" in plot.text
    pytest.importorskip("matplotlib")
    assert np.array_equal(images(plot.figure())[6:], net.params["second.W"].reshape(6, 2, 2))
    with pytest.raises(ValueError, match=r"the filters of `second\.W` have a shape of their own"):
        net.plot("weights", of="second.W", shape=(2, 2))


def test_what_has_not_been_trained_has_no_before() -> None:
    plot = compile(TEXT).plot("weights")
    assert plot.numbers["before"] is None
    pytest.importorskip("matplotlib")
    assert len(images(plot.figure(dark=True))) == 3


@pytest.mark.parametrize(
    ("axes", "weights", "layer", "shape"),
    [
        ("4, 9", "5, 4, 3", "conv", (5, 4, 1, 3)),
        ("4, 5, 6, 7", "5, 4, 2, 2, 3", "conv", (5, 8, 2, 3)),
        ("5, 9", "5, 4, 3", "conv_transpose", (4, 5, 1, 3)),
    ],
)
def test_other_ranks(axes: str, weights: str, layer: str, shape: tuple[int, ...]) -> None:
    net = compile(f"dim N\ninput x: [N, {axes}]\nparam W: [{weights}] = normal()\noutput y = {layer}(x, W)\n")
    assert np.asarray(net.plot("weights").numbers["weights"]).shape == shape
