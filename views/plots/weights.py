"""The weights of a layer: an image for each unit where they belong to pixels, else bars; filters of a convolution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...compiler.graph.graph import Node
from ...compiler.ops.leaves import INPUT
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...runtime.arrays import Array
from ...runtime.plot_faults import NOTHING_TO_PLOT
from ..text.terminal import table
from .filters import CONVOLUTIONS, TRANSPOSED, filters_plot
from .images import image
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_UNITS = 100
"""Units that are drawn; of more, the first."""

SMALLEST_IMAGE = 8
"""Pixels of a side from which on a square number of weights is taken for an image."""

CLIPPED = 0.998
"""The share of the weights that images tell apart; a few far ones would leave all others pale."""

MOST_NAMES = 12
"""Bars up to which each has its name."""


class Weights(NamedTuple):
    """Weights [inputs, units], names of the inputs, and the shape of an image that they make; None for bars."""

    path: str
    values: Array
    names: tuple[str, ...]
    shape: tuple[int, int] | None


def weights_plot(subject: Subject, of: str | None = None, shape: tuple[int, int] | None = None) -> Plot:
    """What each unit of a layer looks for: of the first one, unless `of` names another weight.

    `shape` is rows and columns of an image; without it, a square number of weights is one. Filters of a convolution
    are images by themselves. Raises SpecError where there is no such weight, ValueError where the shape does not fit.
    """
    path, user = _weight(subject, of)
    if user is not None and user.operation.called in CONVOLUTIONS:
        if shape is not None:
            raise ValueError(f"the filters of `{path}` have a shape of their own")
        return filters_plot(subject, path, transposed=user.operation.called == TRANSPOSED)
    found = _found(subject, path, user, shape)
    numbers = {"of": found.path, "shape": found.shape, "weights": found.values}
    return Plot("weights", numbers, _text(found), lambda palette: _painted(found, subject.title, palette))


def _weight(subject: Subject, of: str | None) -> tuple[str, Node | None]:
    """A weight and the first node that takes it: the one that is named, else the first one. Raises SpecError."""
    graph = subject.spec.full
    leaves = {each.index: path for path, each in graph.params.items() if subject.parameters[path].ndim > 1}
    for node in graph.nodes:
        taken = [leaves[operand] for operand in node.inputs if operand in leaves]
        flat = [path for path in taken if node.operation.called in CONVOLUTIONS or subject.parameters[path].ndim == 2]
        for path in flat:
            if of in (None, path):
                return path, node
    if of is not None and of in leaves.values() and subject.parameters[of].ndim == 2:
        return of, None
    hint = suggestion(of, leaves.values(), what="weights") if of else None
    reason = f"`{of}` is no parameter of two axes, and no filters" if of else "no parameter has two axes"
    raise SpecError([NOTHING_TO_PLOT.at(None, kind="weights", reason=reason, hint=hint)])


def _found(subject: Subject, path: str, user: Node | None, shape: tuple[int, int] | None) -> Weights:
    nodes = subject.spec.full.nodes
    sources = [nodes[n].path for n in user.inputs if nodes[n].operation is INPUT] if user is not None else []
    values = np.asarray(subject.parameters[path], np.float64)
    inputs = len(values)
    if shape is not None and shape[0] * shape[1] != inputs:
        raise ValueError(
            f"{shape[0]}x{shape[1]} is {shape[0] * shape[1]} pixels, but a unit of `{path}` has {inputs} weights"
        )
    root = math.isqrt(inputs)
    if shape is None and root * root == inputs and root >= SMALLEST_IMAGE:
        shape = (root, root)
    names = (
        subject.column_names(sources[0], inputs)
        if sources and sources[0]
        else tuple(f"{path}[{n}]" for n in range(inputs))
    )
    return Weights(path, values, names, shape)


def _text(found: Weights) -> str:
    lines = [
        (str(number), f"{column.mean():.4g}", f"{column.std():.4g}", f"{column.min():.4g}", f"{column.max():.4g}")
        for number, column in enumerate(found.values.T[:MOST_UNITS])
    ]
    inputs, units = found.values.shape
    head = f"{plain(found.path)}: {inputs:,} weights for each of {units:,} units"
    return f"{head}\n{table(('unit', 'mean', 'spread', 'least', 'most'), lines, left=0)}"


def _painted(found: Weights, title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    units = found.values.shape[1]
    drawn = min(units, MOST_UNITS)
    columns = min(drawn, 10 if found.shape else 5)
    lines = -(-drawn // columns)
    height, width = found.shape or (3, 4)
    each = 0.95 if found.shape else 2.1
    tall = min(3.0, max(0.4, 0.98 * each * height / width))
    figure = Figure(figsize=(max(5.0, each * columns + 1.3), tall * lines + (0.5 if found.shape else 1.9)))
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).ravel()
    sizes = np.abs(found.values[np.isfinite(found.values)])
    largest = (float(np.quantile(sizes, CLIPPED if found.shape else 1.0)) if sizes.size else 0.0) or 1.0
    for number, panel in enumerate(panels):
        if number >= drawn:
            panel.set_visible(False)
        elif found.shape:
            image(panel, found.values[:, number].reshape(found.shape), palette.signed(), -largest, largest)
        else:
            _bars(panel, found, number, largest, palette)
    if found.shape:
        share = min(1.0, 3.5 / (tall * lines))
        bar = figure.colorbar(panels[0].images[0], ax=list(panels), shrink=share, aspect=25, extend="both")
        bar.set_label("weight")
        bar.outline.set_visible(False)
    else:
        figure.supylabel("weight", fontsize=10)
    some = f", the first {drawn}" if drawn < units else ""
    return titled(figure, f"{title}: what the {units} units of {plain(found.path)} look for{some}")


def _bars(panel: Axes, found: Weights, number: int, largest: float, palette: Palette) -> None:
    values = found.values[:, number]
    colours = [palette.lines[1] if value > 0 else palette.lines[0] for value in values]
    panel.bar(range(len(values)), values, color=colours, width=0.8)
    panel.axhline(0, color=palette.faint, linewidth=0.8)
    panel.set(title=f"unit {number}", ylim=(-1.08 * largest, 1.08 * largest))
    panel.title.set_fontsize(9)
    if len(values) <= MOST_NAMES:
        names = [plain(name, 18) for name in found.names]
        panel.set_xticks(range(len(values)), names, rotation=90, fontsize=8)
    else:
        panel.set_xlabel("input", fontsize=8)
