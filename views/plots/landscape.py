"""The loss as a landscape, and the path that a training took through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...grammar.diagnostic import shown
from ...runtime.arrays import Array
from ...runtime.studies.landscape import Directions, Landscape, landscape
from .plot import Plot
from .sheet import DARK, Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = ("s", "^", "D", "v", "P")
"""Signs of paths beside the training's own, for those who cannot tell the colours apart."""

LEVELS = 22
"""Shades from the lowest loss to the highest that is told apart."""


def landscape_plot(subject: Subject, directions: Directions = "path", seed: int = 0, beside: str = "") -> Plot:
    """The loss around the path of the training, along two directions; `beside` names further paths, with commas
    between. Raises SpecError for less than two numbers."""
    names = [name.strip() for name in beside.split(",") if name.strip()]
    job, held, trained = subject.job(), subject.parameters, subject.trained
    found = landscape(job, held, trained, directions=directions, seed=seed, beside=names)
    numbers = {
        "loss": found.loss, "directions": list(found.directions), "shares": found.shares, "x": found.x, "y": found.y,
        "losses": found.losses, "steps": list(found.steps), "path": found.path, "path_losses": found.heights,
        "rows": found.rows, "same": found.same, "beside": found.beside,
    }  # fmt: skip
    return Plot("landscape", numbers, _text(found), lambda palette: _painted(found, subject.title, palette))


def _text(found: Landscape) -> str:
    lines = [
        f"{found.loss} at the start {found.heights[0]:.4g}, after step {found.steps[-1]} {found.heights[-1]:.4g}",
        f"on the plane from {np.nanmin(found.losses):.4g} to {np.nanmax(found.losses):.4g}",
    ]
    lines += [f"{shown(name)} ends at {path[-1][0]:.4g}, {path[-1][1]:.4g}" for name, path in found.beside.items()]
    if found.shares:
        lines.append(f"the two directions hold {sum(found.shares):.1%} of the path")
    return "\n".join(lines)


def _levels(losses: Array, heights: Array) -> Array:
    """Losses between which the shade changes: as far apart as in a bowl, where they grow with the square.

    What is far above the path and most of the plane is not told apart.
    """
    finite = losses[np.isfinite(losses)]
    on_path = heights[np.isfinite(heights)]
    if not finite.size:
        return np.array([0.0, 1.0])
    low = min([float(finite.min()), *on_path.tolist()])
    high = max([float(np.quantile(finite, 0.9)), *on_path.tolist()])
    if not high > low:
        high = low + 1.0
    return np.asarray(low + (high - low) * np.linspace(0, 1, LEVELS) ** 2)


def _painted(found: Landscape, title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.8, 5.2))
    axes = figure.subplots()
    levels = _levels(found.losses, found.heights)
    ground = np.ma.masked_invalid(found.losses)
    field = axes.contourf(found.x, found.y, ground, levels=levels, cmap="viridis", extend="max")
    axes.contour(found.x, found.y, ground, levels=levels[1::3], colors="white", linewidths=0.5, alpha=0.6)
    x, y = found.path.T
    axes.plot(x, y, color="black", linewidth=3.2, solid_capstyle="round")
    axes.plot(x, y, color="white", linewidth=1.6, marker=".", markersize=3.5, label="path of the training")
    for number, (name, path) in enumerate(found.beside.items()):
        colour, marker = DARK.lines[(number + 1) % len(DARK.lines)], MARKERS[number % len(MARKERS)]
        axes.plot(*path.T, color="black", linewidth=3.2, solid_capstyle="round")
        axes.plot(*path.T, color=colour, linewidth=1.8, marker=marker, markersize=4.5, label=plain(name))
    axes.plot(x[0], y[0], "o", color="white", markeredgecolor="black", markersize=9, label="start")
    last = f"after step {found.steps[-1]}"
    axes.plot(x[-1], y[-1], "*", color=palette.lines[1], markeredgecolor="white", markersize=16, label=last)
    shares = found.shares or (None, None)
    labels = [
        plain(name) if share is None else f"{plain(name)} ({share:.0%} of it)"
        for name, share in zip(found.directions, shares, strict=True)
    ]
    axes.set(xlabel=labels[0], ylabel=labels[1], xlim=(found.x[0], found.x[-1]), ylim=(found.y[0], found.y[-1]))
    bar = figure.colorbar(field, ax=axes, format="%.3g", ticks=levels[::3])
    over = f" over {found.rows} rows" if found.rows else ""
    bar.set_label(f"{plain(found.loss)}{over}")
    bar.outline.set_visible(False)
    axes.legend(facecolor="#26262e", edgecolor="white", labelcolor="white", framealpha=0.8)
    return titled(figure, f"{title}: the loss, and the way down")
