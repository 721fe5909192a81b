"""Feature maps: what each convolution and pooling makes of one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...compiler.graph.graph import Graph
from ...grammar.spec_error import SpecError
from ...runtime.arrays import Array
from ...runtime.plot_faults import NOTHING_TO_PLOT
from ...runtime.studies.row_values import Row, has_rows, row_of, values_of
from ...runtime.studies.sides import Side
from ...runtime.training.watched_layers import node_name
from ..text.terminal import table
from .filters import CONVOLUTIONS
from .images import image
from .labels import row_said
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LAYERS, MOST_MAPS = 12, 16
"""Layers that are drawn, and maps of each; of more, the first."""

POOLED = ("max_pool", "mean_pool")
"""What poolings are called."""


class Layer(NamedTuple):
    """A node's maps [channels, height, width] for one picture."""

    name: str
    maps: Array


def maps_plot(subject: Subject, rows: Side | None = None, row: int = 0) -> Plot:
    """The picture of a row, and the maps that the layers make of it. Raises SpecError where nothing has maps."""
    job = subject.job()
    chosen = row_of(job, "maps", rows, row)
    nodes = _layers(job.graph, chosen)[:MOST_LAYERS]
    if not nodes:
        reason = "no convolution over pictures [N, channels, height, width] is in it"
        raise SpecError([NOTHING_TO_PLOT.at(job.section.spans.get("train"), kind="maps", reason=reason)])
    values = values_of(job, chosen, nodes, subject.parameters)
    layers = [
        Layer(node_name(job.graph, n), np.asarray(each, np.float64)) for n, each in zip(nodes, values, strict=True)
    ]
    said = row_said(job, subject, chosen)
    numbers = {
        "rows": chosen.side,
        "row": chosen.number,
        "layers": [layer.name for layer in layers],
        "maps": [layer.maps for layer in layers],
    }
    return Plot("maps", numbers, _text(layers, said), lambda palette: _painted(layers, said, subject.title, palette))


def _layers(graph: Graph, row: Row) -> list[int]:
    """The picture that the first convolution takes; then each pooling, and what follows a convolution directly if it is
    an activation, else the convolution."""
    found: list[int] = []
    last = -1
    for number, node in enumerate(graph.nodes):
        if len(node.type.shape) != 4 or not has_rows(graph, number, row.inputs):
            continue
        operation = node.operation
        if operation.called in CONVOLUTIONS:
            found += [node.inputs[0], number] if not found else [number]
            last = number
        elif found and operation.called in POOLED:
            found.append(number)
        elif found and operation.activation is not None:
            if found[-1] == last and last in node.inputs:
                found.pop()
            found.append(number)
    return found


def _text(layers: list[Layer], said: str) -> str:
    lines = []
    for name, maps in layers:
        channels, height, width = maps.shape
        ends = (f"{maps.min():.4g}", f"{maps.max():.4g}") if maps.size else ("", "")
        silent = sum(not channel.any() for channel in maps)
        lines.append((plain(name), f"{channels:,}", f"{height} x {width}", *ends, str(silent)))
    return f"{said}\n{table(('layer', 'maps', 'of', 'least', 'most', 'all 0'), lines)}"


def _painted(layers: list[Layer], said: str, title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    columns = max(min(len(layer.maps), MOST_MAPS) for layer in layers)
    columns = max(columns, 6)
    heights = [_height(layer.maps) for layer in layers]
    figure = Figure(figsize=(0.78 * columns + 1.9, 0.78 * sum(heights) + 0.1 * len(layers) + 1.1))
    panels = figure.subplots(
        len(layers), columns + 1, squeeze=False, height_ratios=heights, width_ratios=[1.9, *[0.78] * columns]
    )
    for line, (name, maps) in zip(panels, layers, strict=True):
        signed = bool(np.any(maps < 0))
        finite = np.abs(maps[np.isfinite(maps)])
        largest = float(finite.max(initial=0.0)) or 1.0
        colours = palette.signed() if signed else palette.amounts(palette.ink)
        for panel in line:
            panel.axis("off")
        channels, height, width = maps.shape
        more = f"\nthe first {MOST_MAPS}" if channels > MOST_MAPS else ""
        count = f"{channels:,} maps" if channels > 1 else "1 map"
        line[0].text(1, 0.5, f"{plain(name, 24)}\n", ha="right", va="center", transform=line[0].transAxes, fontsize=9.5)
        line[0].text(
            1, 0.5, f"\n{count} of {height} x {width}{more}", ha="right", va="center",
            transform=line[0].transAxes, fontsize=8, color=palette.faint,
        )  # fmt: skip
        for panel, pixels in zip(line[1:], maps[:MOST_MAPS], strict=False):
            panel.axis("on")
            image(panel, pixels, colours, -largest if signed else 0.0, largest)
    return titled(figure, f"{title}: {said}, layer by layer")


def _height(maps: Array) -> float:
    """The height of a map for a width of 1."""
    return min(2.0, max(0.4, maps.shape[1] / maps.shape[2])) if maps.shape[2] else 1.0
