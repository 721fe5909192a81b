"""PNG: it is one, and whatever a name holds is painted as text."""

import io

import pytest

from chainrule.views.figure.figure import figure
from chainrule.views.figure.png import png
from chainrule.views.layout.arrange import arrange
from chainrule.views.picture.picture import Box, Picture, Wire

pytest.importorskip("matplotlib", reason="matplotlib is not installed")


@pytest.mark.parametrize("text", ["apple", r"$\frac{", "사과", "\x1b[31m", "x" * 10_000, "\\"])
def test_a_picture_of_the_right_size(text: str) -> None:
    from matplotlib.image import imread

    picture = Picture(text, (Box("a", "param", text), Box("b", "folded", text)), (Wire("a", "b", (text,), (text,)),))
    made = figure(picture, arrange)
    image = imread(io.BytesIO(png(made)))
    assert image.shape[:2] == (round(2 * made.height), round(2 * made.width))
    assert image.std() > 0
    assert png(made, dark=True) != png(made)
