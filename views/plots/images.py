"""Small images among others: pixels as they are, a thin frame, no numbers at the sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...runtime.arrays import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


def image(panel: Axes, pixels: Array, colours: Colormap, low: float, high: float) -> None:
    """Paints pixels [height, width] into a panel, in colours from `low` to `high`."""
    panel.imshow(pixels, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    panel.set_xticks([])
    panel.set_yticks([])
    panel.spines[:].set_visible(True)
    panel.spines[:].set_linewidth(0.4)
