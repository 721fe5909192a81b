"""Hidden layers through a training: the spread of their values above, of the gradients that reach them below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...runtime.arrays import Array
from ...runtime.studies.activations import Activations, activations
from ..text.terminal import table
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""The quantiles of values and of absolute gradients that `numbers` holds."""

BINS = 48
"""Bins of the histogram of one moment, where the layer has values enough for so many."""

HEIGHT = 1.6
"""Height of the highest histogram, in distances between two moments."""


def activations_plot(subject: Subject) -> Plot:
    """Hidden layers at moments of the training. Raises SpecError where there are none."""
    found = activations(subject.job(), subject.parameters, subject.trained)
    numbers = {
        "layers": list(found.layers),
        "rows": found.rows,
        "same": found.same,
        "steps": [moment.step for moment in found.moments],
        "quantiles": list(QUANTILES),
        "values": [[np.quantile(each, QUANTILES) for each in moment.values] for moment in found.moments],
        "gradients": [[np.quantile(np.abs(each), QUANTILES) for each in moment.gradients] for moment in found.moments],
    }
    return Plot("activations", numbers, _text(found), lambda palette: _painted(found, subject.title, palette))


def _text(found: Activations) -> str:
    """The first and the last moment, a line a layer."""
    ends = dict.fromkeys((found.moments[0].step, found.moments[-1].step))
    header = ["layer"]
    for step in ends:
        header += [f"mean at {step}", f"spread at {step}", f"gradient at {step}"]
    lines = []
    for number, name in enumerate(found.layers):
        line = [plain(name)]
        for moment in found.moments:
            if moment.step in ends:
                values, gradient = moment.values[number], moment.gradients[number]
                line += [f"{values.mean():.3g}", f"{values.std():.3g}", f"{_root_mean_square(gradient):.3g}"]
        lines.append(line)
    return table(header, lines)


def _root_mean_square(values: Array) -> float:
    return float(np.sqrt(np.mean(values * values))) if values.size else 0.0


def _painted(found: Activations, title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    count = len(found.layers)
    figure = Figure(figsize=(max(6.5, 1.75 * count + 1.2), 6.6))
    above, below = figure.subplots(2, count, squeeze=False)
    orders = _orders(found)
    for number, (name, operation) in enumerate(zip(found.layers, found.operations, strict=True)):
        values = [moment.values[number] for moment in found.moments]
        low, high = min(map(np.min, values)), max(map(np.max, values))
        middle = 0.5 * (low + high)
        if not high > low:
            low, high = middle - 0.5, middle + 0.5
        _hills(above[number], found, values, (low, high), palette.lines[0], palette)
        above[number].set_title(f"{plain(name, 20)}\n({operation})" if operation not in name else plain(name, 20))
        above[number].title.set_fontsize(9)
        logs = [_logarithms(moment.gradients[number]) for moment in found.moments]
        _hills(below[number], found, logs, orders, palette.lines[1], palette)
        _ticks_of_ten(below[number], orders)
        medians = [np.median(each) if each.size else np.nan for each in logs]
        below[number].plot(medians, -np.arange(len(logs)), ".", color=palette.ink, markersize=4, zorder=50)
    for line in (above, below):
        _steps(line, found)
    above[0].set_ylabel("step")
    below[0].set_ylabel("step")
    over = f", over {found.rows} rows" if found.rows else ""
    said = f"above: values of the layer{over}\nbelow: size of the loss's gradient at it, with a dot at the median"
    figure.supxlabel(said, fontsize=10)
    return titled(figure, f"{title}: hidden layers as they learn")


def _hills(
    panel: Axes, found: Activations, parts: list[Array], ends: tuple[float, float], colour: str, palette: Palette
) -> None:
    """A hill a moment, the first on top, each as high as the share of the values that lie there."""
    bins = int(np.clip(2 * np.sqrt(max(part.size for part in parts)), 6, BINS))
    edges = np.linspace(*ends, bins + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    shares = [np.histogram(part, edges)[0] / max(1, part.size) for part in parts]
    highest = max(float(share.max()) for share in shares) or 1.0
    for number, share in enumerate(shares):
        # The square root keeps low hills in sight beside the spike that a relu makes at 0.
        heights = np.sqrt(share / highest) * HEIGHT - number
        panel.fill_between(middles, -number, heights, color=colour, alpha=0.55, linewidth=0, zorder=2 * number + 2)
        panel.plot(middles, heights, color=palette.ink, linewidth=0.7, zorder=2 * number + 3)
        if not parts[number].size:
            panel.text(middles[-1], 0.1 - number, "all 0", ha="right", fontsize=8, color=palette.faint)
    panel.set(xlim=ends, ylim=(-len(parts) + 0.7, HEIGHT + 0.1))
    panel.tick_params(axis="x", labelsize=8)


def _steps(panels: Array, found: Activations) -> None:
    """The moments as the names of the hills, at the left alone."""
    for number, panel in enumerate(panels):
        names = [f"{moment.step}" for moment in found.moments] if number == 0 else []
        panel.set_yticks([-each for each in range(len(found.moments))] if number == 0 else [], names)
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)


def _logarithms(gradients: Array) -> Array:
    """Orders of magnitude of those that are not 0 and finite."""
    sizes = np.abs(gradients)
    return np.log10(sizes[(sizes > 0) & np.isfinite(sizes)])


def _orders(found: Activations) -> tuple[float, float]:
    """The orders of magnitude that hold almost all gradients of all layers."""
    whole = np.concatenate([_logarithms(each) for moment in found.moments for each in moment.gradients])
    if not whole.size:
        return -1.0, 1.0
    low, high = np.quantile(whole, (0.01, 1.0))
    return float(np.floor(low)), float(max(np.ceil(high), np.floor(low) + 1))


def _ticks_of_ten(panel: Axes, orders: tuple[float, float]) -> None:
    first, last = int(orders[0]), int(orders[1])
    every = max(1, -(-(last - first) // 3))
    marks = list(range(first, last + 1, every))
    panel.set_xticks(marks, [f"$10^{{{mark}}}$" for mark in marks])
