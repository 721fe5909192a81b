"""Histograms of layers side by side: what a net makes of its first weights, or of its trained ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...compiler.graph.spec import Precision
from ...runtime.arrays import Array
from ...runtime.studies.histograms import Layer, Line, histograms, lines_of
from ...runtime.studies.sides import Side, side_of
from ...runtime.training.health import evenly, rows_looked_at
from ..text.terminal import table
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 41
"""Bins of a histogram, where a layer has values enough for so many; always an odd number, so that 0 is in one bin."""

SAID = 0.2
"""The share of a layer's values in one bin from which on it is written at the bar."""

ABOVE, CUT = 1.7, 1 / 8
"""How far a panel goes above the second highest of its bars, and the least part of the highest that it shows: what is
higher ends at its edge."""


def histogram_plot(subject: Subject, of: str | None = None, rows: Side | None = None) -> Plot:
    """Nodes' values as histograms, a line for each `repeat`. Raises SpecError where there is nothing to show.

    `of` names nodes, with commas between them; else it is every relu, sigmoid and tanh. Where the spec has rows to
    train on, its inputs are some of them; else they have their defaults. Nothing is trained.
    """
    names = [name.strip() for name in of.split(",")] if of is not None else []
    graph, inputs, said = subject.spec.graph, dict[str, Array](), ""
    precision: Precision = "float64"
    dims, side = subject.spec.known_dims, None
    if subject.spec.train is not None:
        job = subject.job()
        graph, precision, dims = job.graph, job.precision, job.dims
        chosen = side_of(job, "histogram", rows)
        if (held := job.sides[chosen]) is not None:
            side, inputs = chosen, evenly(held, rows_looked_at(job))
            said = f", over {len(next(iter(inputs.values()))):,} {side} rows"
    lines = lines_of(graph, names)
    found = histograms(graph, lines, inputs, subject.parameters, precision, dims)
    edges = _edges(found)
    numbers = {
        "rows": side,
        "trained": subject.trained,
        "lines": [line.name for line in found],
        "layers": [[each.name for each in line.layers] for line in found],
        "mean": [[each.mean for each in line.layers] for line in found],
        "spread": [[each.spread for each in line.layers] for line in found],
        "idle": [[each.idle for each in line.layers] for line in found],
        "not_finite": [[each.not_finite for each in line.layers] for line in found],
        "edges": edges,
        "shares": [[_shares(each, ends) for each in line.layers] for line, ends in zip(found, edges, strict=True)],
    }
    left_out = f", {len(lines) - len(found)} lines left out" if len(lines) > len(found) else ""
    title = f"{subject.title}: values of layers{said}{left_out}"
    return Plot("histogram", numbers, _text(found), lambda palette: _painted(found, edges, title, palette))


def _edges(found: list[Line]) -> list[Array]:
    """The edges of each line's bins: from bound to bound where values have bounds, else from the least to the largest
    of all lines of the same operations."""
    alike: dict[frozenset[str], list[Layer]] = {}
    keys = [frozenset(each.operation for each in line.layers) for line in found]
    for key, line in zip(keys, found, strict=True):
        alike.setdefault(key, []).extend(line.layers)
    edges = {key: _bins(layers) for key, layers in alike.items()}
    return [edges[key] for key in keys]


def _bins(layers: list[Layer]) -> Array:
    values = [each.values for each in layers if each.values.size]
    bounds = layers[0].bounds
    low, high = min(map(np.min, values), default=0.0), max(map(np.max, values), default=0.0)
    if bounds is not None and all(each.bounds == bounds for each in layers):
        low, high = bounds
    elif not high > low:
        low, high = low - 0.5, high + 0.5
    half = np.sqrt(max(map(np.size, values), default=0))
    return np.linspace(low, high, int(np.clip(2 * half, 6, BINS)) // 2 * 2 + 2)


def _shares(layer: Layer, edges: Array) -> Array:
    """The share of the values that lies in each bin."""
    return np.histogram(layer.values, edges)[0] / max(1, layer.values.size)


def _text(found: list[Line]) -> str:
    lines = [
        (
            plain(each.name),
            each.operation,
            *(f"{number:.3g}" if number is not None else "" for number in (each.mean, each.spread)),
            f"{each.idle:.1%}" if each.idle is not None else "",
        )
        for line in found
        for each in line.layers
    ]
    return table(("layer", "operation", "mean", "spread", "passes no gradient"), lines)


def _painted(found: list[Line], edges: list[Array], title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    columns = max(len(line.layers) for line in found)
    figure = Figure(figsize=(max(6.5, 1.7 * columns + 1.0), 1.55 * len(found) + 0.9))
    panels = figure.subplots(len(found), columns, squeeze=False)
    for row, (line, ends) in enumerate(zip(found, edges, strict=True)):
        for panel in panels[row][len(line.layers) :]:
            panel.set_visible(False)
        for panel, layer in zip(panels[row], line.layers, strict=False):
            _bars(panel, layer, ends, palette.lines[row % len(palette.lines)], palette)
        said = "" if line.name == line.layers[0].operation else f"\n({line.layers[0].operation})"
        panels[row][0].set_ylabel(f"{plain(line.name, 18)}{said}")
    return titled(figure, title)


def _bars(panel: Axes, layer: Layer, edges: Array, colour: str, palette: Palette) -> None:
    """One histogram. A bar that would press all others flat ends at the panel's edge, with its share written beside."""
    shares = _shares(layer, edges)
    panel.stairs(shares, edges, fill=True, color=colour, alpha=0.85, linewidth=0)
    highest, second = np.sort(shares)[::-1][:2]
    top = min(highest, max(ABOVE * second, CUT * highest)) if second else highest
    panel.set(xlim=(edges[0], edges[-1]), ylim=(0, top * 1.08 or 1.0), yticks=[])
    for place in np.flatnonzero(shares >= SAID)[:2]:
        middle = (edges[place] + edges[place + 1]) / 2
        left = middle > (edges[0] + edges[-1]) / 2
        panel.annotate(
            f"{shares[place]:.0%}",
            (edges[place] if left else edges[place + 1], min(shares[place], top)),
            xytext=(-2 if left else 2, -1),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            fontsize=8,
            color=palette.ink,
        )
    panel.set_title(plain(layer.name, 22), fontsize=9, pad=12)
    spread = f"spread {layer.spread:.2g}" if layer.spread is not None else "not finite"
    panel.text(0, 1.02, spread, transform=panel.transAxes, fontsize=8, color=palette.faint, va="bottom")
    panel.tick_params(axis="x", labelsize=8)
    panel.spines["left"].set_visible(False)
