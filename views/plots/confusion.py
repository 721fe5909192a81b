"""The confusion matrix as a picture: counts in cells, shaded by their share of the true class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...runtime.studies.confusion import Confusion, confusion
from ...runtime.studies.sides import Side
from ..text.terminal import table
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COUNTS = 25
"""Classes up to which the cells hold their counts."""

MOST_NAMES = 60
"""Classes up to which each has its name; of more, every so manieth."""

DARK_CELL = 0.55
"""The share from which on a cell's number is of the paper's colour."""


def confusion_plot(subject: Subject, rows: Side | None = None) -> Plot:
    """How often each class is taken for each. Raises SpecError where nothing judges classes."""
    found = confusion(subject.job(), subject.parameters, subject.classes, rows)
    numbers = {"rows": found.rows, "classes": list(found.classes), "matrix": found.matrix}
    return Plot("confusion", numbers, _text(found), lambda palette: _painted(found, subject.title, palette))


def _text(found: Confusion) -> str:
    header = ("true \\ given", *(plain(name, 16) for name in found.classes))
    lines = [(name, *map(str, row)) for name, row in zip(header[1:], found.matrix.tolist(), strict=True)]
    return f"{table(header, lines)}\n{_summary(found)}"


def _summary(found: Confusion) -> str:
    share = found.right / found.count if found.count else float("nan")
    return f"{found.right:,} of {found.count:,} {found.rows} rows are right ({share:.1%})"


def _painted(found: Confusion, title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    count = len(found.classes)
    side = min(12.0, max(3.2, 0.42 * count))
    figure = Figure(figsize=(side + 2.6, side + 1.2))
    axes = figure.subplots()
    totals = found.matrix.sum(axis=1, keepdims=True)
    shares = found.matrix / np.maximum(totals, 1)
    image = axes.imshow(shares, cmap=palette.amounts(), vmin=0, vmax=1)
    if count <= MOST_COUNTS:
        for (row, column), number in np.ndenumerate(found.matrix):
            colour = palette.paper if shares[row, column] > DARK_CELL else palette.ink if number else palette.faint
            axes.text(column, row, f"{number}", ha="center", va="center", color=colour, fontsize=9)
    shown = range(0, count, -(-count // MOST_NAMES))
    names = [plain(found.classes[number], 20) for number in shown]
    turned = max(map(len, names)) * count > 30
    axes.set_xticks(list(shown), names, rotation=45 if turned else 0, ha="right" if turned else "center")
    axes.set_yticks(list(shown), names)
    axes.set(xlabel="class that the model gives", ylabel="true class")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("share of the true class's rows")
    bar.outline.set_visible(False)
    axes.set_title(_summary(found), fontsize=10, color=palette.faint)
    return titled(figure, f"{title}: confusion")
