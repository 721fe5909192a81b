"""Curves of a training: its metrics with the gap and the best report, and its norms by layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.graph.spec import SIDES
from ...grammar.spec_error import SpecError
from ...runtime.plot_faults import NOTHING_TO_PLOT
from ...runtime.training.history import History
from ..text.terminal import table
from ..text.training_text import training_text
from .line_ends import name_ends, together
from .plot import Plot
from .sheet import Palette, palette, plain, save, titled, written
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 12
"""Lines of a panel of norms; of more layers, some evenly out of all."""

NORMS = {
    "gradient": "gradient: norm by layer",
    "update": "update of a step: norm by layer",
    "value": "value: norm by layer",
    "dead": "dead relus: share of the units",
    "saturated": "saturated: share of the values",
}
"""Titles of the measures of layers that a training keeps, by the measure."""

SHARES = ("dead", "saturated")


def curves_plot(subject: Subject) -> Plot:
    """The metrics of a training, report by report. Raises SpecError where it made no report."""
    history = subject.history()
    if not len(history):
        raise SpecError([NOTHING_TO_PLOT.at(None, kind="curves", reason="the training made no report")])
    numbers = {"columns": {name: history[name] for name in history.columns}}
    metrics = _metrics(history)

    def paint(palette: Palette) -> Figure:
        figure, panels = _sheet(len(metrics))
        for panel, metric in zip(panels, metrics, strict=False):
            _metric(panel, history, metric, palette)
        return titled(figure, f"{subject.title}: learning curves")

    return Plot("curves", numbers, training_text(history) or _first_row(history), paint)


def health_plot(subject: Subject) -> Plot:
    """Norms of gradients, updates and values by layer. Raises SpecError where the training was never looked at."""
    history = subject.history()
    kinds = _kinds(history)
    if not kinds:
        raise SpecError([NOTHING_TO_PLOT.at(None, kind="health", reason="the training was never looked at")])
    columns = list(dict.fromkeys(name for row in history.health for name in row))
    numbers = {"columns": {name: [row.get(name, float("nan")) for row in history.health] for name in columns}}

    def paint(palette: Palette) -> Figure:
        figure, panels = _sheet(len(kinds))
        for panel, kind in zip(panels, kinds, strict=False):
            _norms(panel, history, kind, palette)
        return titled(figure, f"{subject.title}: health by layer")

    return Plot("health", numbers, _health_text(history), paint)


def draw_curves(history: History, path: str | Path | None = None) -> Figure:
    """All panels at once: each metric, all sets of rows in one, and norms by layer.

    With a path it is written there too. Raises ImportError without matplotlib, ValueError for an ending that is no
    format, SpecError where the file cannot be written.
    """
    metrics, kinds = _metrics(history), [kind for kind in _kinds(history) if kind not in SHARES]
    with palette() as colours:
        figure, panels = _sheet(len(metrics) + len(kinds))
        for panel, metric in zip(panels, metrics, strict=False):
            _metric(panel, history, metric, colours)
        for panel, kind in zip(panels[len(metrics) :], kinds, strict=False):
            _norms(panel, history, kind, colours)
        if path is not None:
            save(figure, path)
    return figure


def _metrics(history: History) -> list[str]:
    sides = (name.partition(".") for name in history.columns)
    return list(dict.fromkeys(metric for side, _, metric in sides if side in SIDES and metric))


def _kinds(history: History) -> list[str]:
    return [kind for kind in NORMS if _columns(history, kind)]


def _columns(history: History, kind: str) -> list[str]:
    names = (name for row in history.health for name in row if name.endswith(f".{kind}"))
    return list(dict.fromkeys(names))


def _sheet(count: int) -> tuple[Figure, Sequence[Axes]]:
    """A figure with so many panels, which shows itself in a notebook without pyplot."""
    from matplotlib.figure import Figure

    class Shown(Figure):
        def _repr_png_(self) -> bytes:
            with palette():
                return written(self, ".png")

    columns = min(3, max(1, count))
    lines = max(1, -(-count // columns))
    figure = Shown(figsize=(max(5.6, 4.6 * columns), 3.4 * lines + 0.4))
    panels = list(figure.subplots(lines, columns, squeeze=False).ravel())
    for panel in panels[count:]:
        panel.set_visible(False)
    return figure, panels


# --- metrics ----------------------------------------------------------------------------------------------------


def _metric(panel: Axes, history: History, metric: str, palette: Palette) -> None:
    """Each set of rows, and of what decides, rows to validate on or else test rows: the gap, and the best report."""
    steps = history["step"]
    sides = [side for side in SIDES if f"{side}.{metric}" in history.columns]
    mark = "." if len(history) <= 40 else ""
    for number, side in enumerate(sides):
        panel.plot(steps, history[f"{side}.{metric}"], color=palette.lines[number], marker=mark, label=f"{side} rows")
    decides = "validate" if "validate" in sides else sides[-1] if sides else ""
    if len(sides) > 1:
        train, test = (history[f"{side}.{metric}"] for side in ("train", decides))
        gap = abs(float(test[-1] - train[-1]))
        panel.fill_between(
            steps, train, test, color=palette.faint, alpha=0.16, linewidth=0, label=f"gap, {gap:.3g} at last"
        )
    if sides and (best := history.best_row(f"{decides}.{metric}")) is not None:
        value = best[f"{decides}.{metric}"]
        said = f"best {decides}: {value:.4g}, epoch {best['epoch']}"
        panel.axvline(best["step"], color=palette.faint, linestyle=":", linewidth=1)
        panel.plot(
            best["step"],
            value,
            "*",
            color=palette.lines[sides.index(decides)],
            markeredgecolor=palette.ink,
            markersize=12,
            label=said,
        )
    panel.set(title=plain(metric), xlabel="step", ylabel=plain(metric))
    panel.grid(True)
    _whole_steps(panel)
    _epochs(panel, history)
    panel.legend()


def _whole_steps(panel: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    panel.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))


def _epochs(panel: Axes, history: History) -> None:
    """Epochs on a second axis, where an epoch is more than a step."""
    last = history.rows[-1]
    if last["epoch"] in (0, last["step"]):
        return
    steps = last["step"] / last["epoch"]
    axis = panel.secondary_xaxis(
        "top", functions=(lambda step: np.asarray(step) / steps, lambda epoch: np.asarray(epoch) * steps)
    )
    axis.set_xlabel("epoch", fontsize=9)
    panel.title.set_y(1.16)


def _first_row(history: History) -> str:
    return table(("metric", "value"), [(plain(name), f"{value:.4g}") for name, value in history.rows[0].items()])


# --- norms ------------------------------------------------------------------------------------------------------


def _norms(panel: Axes, history: History, kind: str, palette: Palette) -> None:
    every = _columns(history, kind)
    names = list(_some(every))
    steps = [row["step"] for row in history.health]
    known = [(name.removesuffix(f".{kind}"), [row.get(name, np.nan) for row in history.health]) for name in names]
    # A logarithm of 0 is not drawn.
    shares = kind in SHARES
    lines = together([(name, np.asarray([v if v or shares else np.nan for v in values])) for name, values in known])
    # From the first layer to the last, so that a gradient that fades on its way back is a fan of colours in order.
    colours = palette.lines[: len(lines)] if len(lines) <= 3 else palette.order(len(lines))
    for line, colour in zip(lines, colours, strict=True):
        mark = "." if len(steps) <= 40 else ""
        panel.plot(steps, line.values, color=colour, marker=mark, label=line.name)
    if shares:
        panel.set_ylim(-0.03, 1.03)
    else:
        panel.set_yscale("log")
    some = f", {len(names)} of {len(every)}" if len(names) < len(every) else ""
    panel.set(title=f"{NORMS[kind]}{some}", xlabel="step", ylabel="share" if shares else "Euclidean norm")
    panel.grid(True)
    _whole_steps(panel)
    name_ends(panel, steps, lines, colours)


def _health_text(history: History) -> str:
    """The first and the last look, a line a layer and kind."""
    first, last = history.health[0], history.health[-1]
    lines = [
        (plain(name), f"{first.get(name, float('nan')):.4g}", f"{value:.4g}")
        for name, value in last.items()
        if name != "step"
    ]
    return table(("norm or share", f"at step {first['step']}", f"at step {last['step']}"), lines)


def _some(names: list[str]) -> Iterable[str]:
    if len(names) <= MOST_LINES:
        return names
    return [names[number * (len(names) - 1) // (MOST_LINES - 1)] for number in range(MOST_LINES)]
