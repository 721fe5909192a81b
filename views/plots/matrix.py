"""A node's matrix for one row as a heat map: attention weights, unless another node is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...compiler.graph.graph import Graph
from ...compiler.ops.activation import SOFTMAX
from ...grammar.spec_error import SpecError
from ...runtime.arrays import Array
from ...runtime.plot_faults import NOTHING_TO_PLOT
from ...runtime.studies.row_values import Row, has_rows, row_of, values_of
from ...runtime.studies.sides import Side
from ...runtime.training.job import Job
from ...runtime.training.watched_layers import node_name
from ..text.terminal import table
from .labels import node_of, places, row_said
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_MATRICES = 12
"""Matrices that are drawn, such as the heads of an attention; of more, the first."""

MOST_NUMBERS = 12
"""Rows and columns up to which cells hold their numbers."""

MOST_NAMES, MOST_PLACES = 50, 15
"""Places up to which each has its name, or its number; of more, every so manieth."""

PLACES = ("row", "column")
"""What the sides are called whose places have numbers alone."""

MOST_TOLD = 24
"""Rows and columns that are told as text; of more, the first."""

DARK_CELL = 0.55
"""The share of the largest number from which on a cell's number is of the paper's colour."""


class Matrix(NamedTuple):
    """Numbers [down, across] and what they are called."""

    name: str
    values: Array


class Matrices(NamedTuple):
    """Matrices of one shape for one row; `said` says which row it is, nothing where it does not matter."""

    matrices: list[Matrix]
    left_out: int
    down: tuple[str, ...]
    across: tuple[str, ...]
    titles: tuple[str, str]
    said: str


def matrix_plot(
    subject: Subject,
    of: str | None = None,
    rows: Side | None = None,
    row: int = 0,
    down: str | None = None,
    across: str | None = None,
) -> Plot:
    """The matrix that a node is for a row; of three axes one for each place of the first, such as a head.

    Without `of`, the weights of each attention. `down` and `across` name nodes whose elements are the names of the
    matrix's rows and columns. Raises SpecError where there is no such matrix.
    """
    job = subject.job()
    chosen = row_of(job, "matrix", rows, row)
    nodes = [node_of(job.graph, of)] if of is not None else _attentions(job, chosen)
    found = [
        each
        for number, value in zip(nodes, values_of(job, chosen, nodes, subject.parameters), strict=True)
        for each in _matrices(job.graph, number, value)
    ]
    shape = found[0].values.shape
    alike = [each for each in found if each.values.shape == shape]
    tall, wide = shape
    made = Matrices(
        alike[:MOST_MATRICES],
        len(found) - len(alike[:MOST_MATRICES]),
        places(job, subject, chosen, down, tall),
        places(job, subject, chosen, across, wide),
        (down or PLACES[0], across or PLACES[1]),
        row_said(job, subject, chosen) if any(has_rows(job.graph, number, chosen.inputs) for number in nodes) else "",
    )
    numbers = {
        "rows": chosen.side,
        "row": chosen.number,
        "names": [each.name for each in made.matrices],
        "down": made.down,
        "across": made.across,
        "matrices": [each.values for each in made.matrices],
    }
    return Plot("matrix", numbers, _text(made), lambda palette: _painted(made, subject.title, palette))


def _attentions(job: Job, row: Row) -> list[int]:
    """Each softmax by which something is weighed: its rows sum to 1, and a product takes it. Raises SpecError."""
    graph = job.graph
    taken = {operand for node in graph.nodes if node.operation.algebra.weighs is not None for operand in node.inputs}
    found = [
        number
        for number, node in enumerate(graph.nodes)
        if node.operation is SOFTMAX
        and number in taken
        and len(node.type.shape) - has_rows(graph, number, row.inputs) > 1
    ]
    if found:
        return found
    reason, hint = "there is no attention in it", "name a node with --of (in a script: of = ...)"
    raise SpecError([NOTHING_TO_PLOT.at(job.section.spans.get("train"), kind="matrix", reason=reason, hint=hint)])


def _matrices(graph: Graph, number: int, value: Array) -> list[Matrix]:
    """A node's matrices; a vector is one of one row. Raises SpecError for a number, and for more than three axes."""
    name, values = node_name(graph, number), np.asarray(value, np.float64)
    if values.ndim == 3 and values.size:
        return [Matrix(f"{name}, {place}", each) for place, each in enumerate(values)]
    if values.ndim not in (1, 2) or not values.size:
        reason = (
            f"`{name}` has {values.ndim} axes for a row, not one, two or three" if values.size else f"`{name}` is empty"
        )
        raise SpecError([NOTHING_TO_PLOT.at(graph.nodes[number].span, kind="matrix", reason=reason)])
    return [Matrix(name, np.atleast_2d(values))]


def _text(made: Matrices) -> str:
    parts = [made.said] if made.said else []
    across = made.across[:MOST_TOLD]
    for name, values in made.matrices:
        lines = [
            (place, *(f"{value:.3g}" for value in line[:MOST_TOLD]))
            for place, line in zip(made.down[:MOST_TOLD], values, strict=False)
        ]
        corner = " \\ ".join(plain(title, 16) for title in made.titles)
        parts.append(f"{plain(name)}\n{table((corner, *across), lines)}")
    return "\n".join(parts)


def _painted(made: Matrices, title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    count = len(made.matrices)
    columns = min(count, 4)
    lines = -(-count // columns)
    cell = 0.4 if max(len(made.down), len(made.across)) <= MOST_NUMBERS else 0.16
    tall, wide = (min(9.0, max(2.0, cell * places)) for places in (len(made.down), len(made.across)))
    figure = Figure(figsize=(wide * columns + 2.4, tall * lines + 1.7))
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).ravel()
    signed = any(bool(np.any(values < 0)) for _, values in made.matrices)
    largest = max(_largest(values) for _, values in made.matrices) or 1.0
    for number, panel in enumerate(panels):
        if number >= count:
            panel.set_visible(False)
            continue
        name, values = made.matrices[number]
        low, colours = (-largest, palette.signed()) if signed else (0.0, palette.amounts())
        panel.imshow(values, cmap=colours, vmin=low, vmax=largest, interpolation="nearest", aspect="auto")
        _written(panel, values, largest, palette)
        if count > 1:
            panel.set_title(plain(name, 30), fontsize=9)
        _named(panel, made)
    for panel in panels[::columns]:
        panel.set_ylabel(plain(made.titles[0]))
    for panel in panels[max(0, count - columns) : count]:
        panel.set_xlabel(plain(made.titles[1]))
        panel.tick_params(axis="x", labelbottom=True)
    bar = figure.colorbar(panels[0].images[0], ax=list(panels), shrink=0.9, aspect=20, pad=0.02)
    bar.outline.set_visible(False)
    what = plain(made.matrices[0].name) if count == 1 else f"{count} matrices"
    some = f", {made.left_out} left out" if made.left_out else ""
    of = f" of {made.said}" if made.said else ""
    return titled(figure, f"{title}: {what}{of}{some}")


def _largest(values: Array) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _written(panel: Axes, values: Array, largest: float, palette: Palette) -> None:
    """The numbers of a small matrix in its cells."""
    if max(values.shape) > MOST_NUMBERS:
        return
    fixed = 0.1 <= largest < 100
    for (row, column), value in np.ndenumerate(values):
        share = abs(value) / largest
        colour = palette.paper if share > DARK_CELL else palette.ink if share > 0.05 else palette.faint
        panel.text(
            column,
            row,
            f"{value:.2f}" if fixed else f"{value:.2g}",
            ha="center",
            va="center",
            color=colour,
            fontsize=7.5,
        )


def _named(panel: Axes, made: Matrices) -> None:
    """Names of rows and columns; of many, every so manieth."""
    for axis, names, title in (("x", made.across, made.titles[1]), ("y", made.down, made.titles[0])):
        most = MOST_PLACES if title in PLACES else MOST_NAMES
        shown = range(0, len(names), -(-len(names) // most))
        turned = axis == "x" and max(len(names[number]) for number in shown) * len(shown) > 40
        set_ticks = panel.set_xticks if axis == "x" else panel.set_yticks
        set_ticks(list(shown), [names[number] for number in shown], rotation=90 if turned else 0)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
