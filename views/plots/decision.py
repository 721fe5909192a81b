"""The decision surface of a classifier with two inputs: regions of classes, and the data's points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...runtime.studies.decision import Decision, Points, decision
from ..text.terminal import table
from .plot import Plot
from .sheet import Palette, plain, titled
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKS = "os^DvP*X"
"""Signs of the classes: they can be told apart without their colours."""

MOST_NAMES = 12
"""Classes up to which the legend names them."""

PALE = 0.4
"""How much of a class's colour its region has."""


def decision_plot(subject: Subject) -> Plot:
    """The class that the model gives to each point of the plane. Raises SpecError where it has no two inputs."""
    found = decision(subject.job(), subject.parameters, subject.classes)
    path, _, bracket = found.names[0].partition("[")
    names = subject.column_names(path, 2) if bracket else found.names
    numbers: dict[str, object] = {
        "inputs": list(names), "classes": list(found.classes), "x": found.x, "y": found.y, "given": found.given,
    }  # fmt: skip
    for side, points in _sides(found).items():
        numbers[side] = {"x": points.x, "y": points.y, "true": points.true, "given": points.given}
    return Plot(
        "decision", numbers, _text(found), lambda palette: _painted(found, (names[0], names[1]), subject.title, palette)
    )


def _sides(found: Decision) -> dict[str, Points]:
    """The rows of the data that there are, by what they are for."""
    sides = {"train": found.train, "validate": found.validate, "test": found.test}
    return {side: points for side, points in sides.items() if points is not None}


def _text(found: Decision) -> str:
    lines = []
    for number, name in enumerate(found.classes):
        line = [plain(name), f"{np.mean(found.given == number):.1%}"]
        for points in _sides(found).values():
            of = points.true == number
            line.append(f"{int(np.sum(points.given[of] == number))} of {int(of.sum())}")
        lines.append(line)
    header = ["class", "of the plane", *(f"{side} rows right" for side in _sides(found))]
    return table(header, lines)


def _painted(found: Decision, names: tuple[str, str], title: str, palette: Palette) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.6, 5.6))
    axes = figure.subplots()
    count = len(found.classes)
    colours = [palette.lines[number % len(palette.lines)] for number in range(count)]
    if found.answers.ndim == 2:
        _field(figure, axes, found, palette)
    else:
        _regions(axes, found, colours, palette)
    for side, points in _sides(found).items():
        _points(axes, found, points, colours, palette, ring={"validate": palette.faint, "test": palette.ink}.get(side))
    axes.set(xlabel=plain(names[0]), ylabel=plain(names[1]))
    axes.set(xlim=(found.x[0], found.x[-1]), ylim=(found.y[0], found.y[-1]))
    axes.set_title(_rows_text(found), fontsize=10, color=palette.faint)
    if count <= MOST_NAMES:
        figure.legend(loc="outside lower center", ncols=min(count, 4))
    return titled(figure, f"{title}: decision surface")


def _rows_text(found: Decision) -> str:
    said = {side: f"{np.sum(each.true == each.given)} of {len(each.x)} {side}" for side, each in _sides(found).items()}
    ringed = {"validate": " (ringed pale)", "test": " (ringed)"}
    others = [f"{said[side]} rows{ring}" for side, ring in ringed.items() if side in said]
    return ", ".join([f"{said['train']} rows in their own region", *others])


def _pale(colour: str, paper: str) -> tuple[float, ...]:
    """A colour on its way to the paper's, opaque."""
    from matplotlib.colors import to_rgb

    return tuple(PALE * a + (1 - PALE) * b for a, b in zip(to_rgb(colour), to_rgb(paper), strict=True))


def _field(figure: Figure, axes: Axes, found: Decision, palette: Palette) -> None:
    """The number that decides as a field, and the line where it is the threshold."""
    from matplotlib.colors import LinearSegmentedColormap

    ends = (_pale(palette.lines[0], palette.paper), palette.paper, _pale(palette.lines[1], palette.paper))
    extent = (found.x[0], found.x[-1], found.y[0], found.y[-1])
    field = axes.imshow(
        found.answers, cmap=LinearSegmentedColormap.from_list("answers", ends), vmin=0, vmax=1, extent=extent,
        origin="lower", aspect="auto", interpolation="bilinear",
    )  # fmt: skip
    if found.answers.min() < found.threshold < found.answers.max():
        axes.contour(found.x, found.y, found.answers, levels=(found.threshold,), colors=palette.ink, linewidths=1.4)
    bar = figure.colorbar(field, ax=axes, ticks=(0, 0.25, 0.5, 0.75, 1))
    bar.set_label(f"answer; class 1 above {found.threshold:g}")
    bar.outline.set_visible(False)


def _regions(axes: Axes, found: Decision, colours: list[str], palette: Palette) -> None:
    """The region of each class: where its score is ahead of the best other one."""
    for number in np.unique(found.given):
        others = np.delete(found.answers, number, axis=-1).max(axis=-1, initial=-np.inf)
        ahead = np.clip(found.answers[..., number] - others, -1e30, 1e30)
        axes.contourf(found.x, found.y, ahead, levels=(0, np.inf), colors=[_pale(colours[number], palette.paper)])
        if ahead.min() < 0 < ahead.max():
            axes.contour(found.x, found.y, ahead, levels=(0,), colors=palette.ink, linewidths=0.7)


def _points(
    axes: Axes, found: Decision, points: Points, colours: list[str], palette: Palette, *, ring: str | None
) -> None:
    """Rows of the data; those that were not trained on have a ring."""
    for number, name in enumerate(found.classes):
        of = points.true == number
        axes.scatter(
            points.x[of], points.y[of], s=34 if ring else 22, marker=MARKS[number % len(MARKS)], color=colours[number],
            edgecolors=ring or palette.paper, linewidths=1.1 if ring else 0.6, zorder=4 if ring else 3,
            label=None if ring else f"class {plain(name)}",
        )  # fmt: skip
