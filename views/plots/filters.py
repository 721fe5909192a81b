"""The filters of a convolution as small images, before the training and after it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...compiler.ops.windows.convolution import CONV, CONV_TRANSPOSE
from ...runtime.arrays import Array
from ...runtime.evaluate.parameters import as_they_start
from ..text.terminal import table
from .images import image
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

TRANSPOSED = CONV_TRANSPOSE.called
CONVOLUTIONS = (CONV.called, TRANSPOSED)
"""What operations with filters are called."""

MOST_FILTERS, MOST_CHANNELS = 36, 10
"""Filters that are drawn, of one channel; and of more channels, in which each filter is a line."""

EACH = 0.62
"""Inches of an image's longer side."""


class Filters(NamedTuple):
    """Filters [filters, channels, height, width]; `before` is None where nothing has been trained."""

    path: str
    values: Array
    before: Array | None

    @property
    def drawn(self) -> tuple[int, int]:
        """Filters and channels that are drawn."""
        filters, channels = self.values.shape[:2]
        return min(filters, MOST_FILTERS if channels == 1 else MOST_CHANNELS), min(channels, MOST_CHANNELS)


APART = 0.25
"""Inches between filters before and after the training."""


def filters_plot(subject: Subject, path: str, *, transposed: bool) -> Plot:
    """What each filter looks for, beside what it started from. A filter along one axis is an image of one line;
    one of three axes is a channel for each of its slices."""
    values, before = _images(subject.parameters[path], transposed), None
    train = subject.spec.train
    if subject.trained and train is not None:
        started = as_they_start(subject.spec.full, subject.parameters, train.seed, train.precision)
        before = _images(started[path], transposed)
    found = Filters(path, values, before)
    numbers = {"of": path, "shape": values.shape[2:], "before": before, "weights": values}
    return Plot("weights", numbers, _text(found), lambda palette: _painted(found, subject.title, palette))


def _images(weights: Array, transposed: bool) -> Array:
    values = np.asarray(weights, np.float64)
    if transposed:  # [channels, filters, ...size]
        values = np.swapaxes(values, 0, 1)
    filters, channels, *size = values.shape
    height, width = (1, *size)[-2:]
    return values.reshape(filters, channels * math.prod(size) // (height * width), height, width)


def _text(found: Filters) -> str:
    filters, channels, height, width = found.values.shape
    lines = []
    for number, values in enumerate(found.values[:MOST_FILTERS]):
        line = [str(number)] if found.before is None else [str(number), f"{found.before[number].std():.4g}"]
        lines.append((*line, f"{values.std():.4g}", f"{values.min():.4g}", f"{values.max():.4g}"))
    first = ("filter",) if found.before is None else ("filter", "spread before")
    over = f"{channels:,} channel{'s' if channels > 1 else ''}"
    head = f"{plain(found.path)}: {filters:,} filters of {height} x {width} over {over}"
    return f"{head}\n{table((*first, 'spread', 'least', 'most'), lines, left=0)}"


def _painted(found: Filters, title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    filters, channels = found.drawn
    columns = math.ceil(math.sqrt(filters * 1.4)) if channels == 1 else channels
    lines = -(-filters // columns) if channels == 1 else filters
    height, width = found.values.shape[2:]
    side = max(height, width)
    parts = [("before training", found.before), ("after training", found.values)]
    if found.before is None:
        parts = [("", found.values)]
    wide = max(2.6, EACH * columns * max(0.35, width / side) + 0.5)
    tall = EACH * lines * max(0.35, height / side)
    figure = Figure(figsize=(wide * len(parts) + APART * (len(parts) - 1) + 1.1, tall + 1.2))
    largest = _largest([values for _, values in parts if values is not None])
    widths = [wide, APART] * (len(parts) - 1) + [wide, 1.1]
    *blocks, beside = figure.subfigures(1, len(widths), squeeze=False, width_ratios=widths)[0]
    blocks = blocks[::2]
    for block, (name, values) in zip(blocks, parts, strict=True):
        assert values is not None  # None has been left out
        shown = values[:filters, :channels].reshape(filters * channels, height, width)
        _block(block, name, shown, (lines, columns), largest, palette)
    # In a part of its own: a bar that takes its room from one block leaves other distances there than in the other.
    high = 0.72 if lines < 5 else 0.4
    bar = figure.colorbar(blocks[-1].axes[0].images[0], cax=beside.add_axes((0.1, 0.43 - high / 2, 0.16, high)))
    bar.set_label("weight")
    bar.outline.set_visible(False)
    if channels > 1:
        for block in blocks:
            block.supylabel("filter", fontsize=10, color=palette.faint)
            block.supxlabel("channel", fontsize=10, color=palette.faint)
    every = found.values.shape
    left_out = [
        f"{drawn} of {count} {what}"
        for drawn, count, what in zip(found.drawn, every, ("filters", "channels"), strict=False)
        if drawn < count
    ]
    some = f" ({', '.join(left_out)})" if left_out else ""
    return titled(figure, f"{title}: the filters {plain(found.path)}{some}")


def _largest(arrays: list[Array]) -> float:
    sizes = np.concatenate([np.abs(values[np.isfinite(values)]) for values in arrays])
    return float(sizes.max(initial=0.0)) or 1.0


def _block(block: SubFigure, name: str, images: Array, grid: tuple[int, int], largest: float, palette: Palette) -> None:
    if name:
        block.suptitle(name, fontsize=10, color=palette.faint)
    panels = block.subplots(*grid, squeeze=False).ravel()
    for number, panel in enumerate(panels):
        if number >= len(images):
            panel.set_visible(False)
        else:
            image(panel, images[number], palette.signed(), -largest, largest)
