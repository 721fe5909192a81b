"""Curves of a training as SVG, PNG or PDF: its metrics, and its norms by layer. Needs matplotlib, the `plot` extra."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..runtime.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 12
"""Lines of a panel of norms; of more layers, some evenly out of all."""

FIXED = {"Date": None, "Creator": "chainrule"}
"""What a file says of itself: nothing that differs from one drawing to the next."""


def draw_curves(history: History, path: str | Path | None = None) -> Figure:
    """A panel for each metric, train and test rows in one, and panels of gradients, updates and values by layer.

    With a path it is written there too; the ending says the format. Raises ImportError without matplotlib, OSError
    where the file cannot be written.
    """
    import matplotlib as library  # an extra: nobody who does not plot needs it
    from matplotlib.figure import Figure

    metrics = list(dict.fromkeys(name.partition(".")[2] for name in history.columns if name[:5] in ("train", "test.")))
    norms = [kind for kind in ("gradient", "update", "value") if history.health]
    count = len(metrics) + len(norms)
    columns = min(3, max(1, count))
    lines = max(1, -(-count // columns))
    figure = Figure(figsize=(4.5 * columns, 3.2 * lines), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for panel, metric in zip(panels, metrics, strict=False):
        _metric(panel, history, metric)
    for panel, kind in zip(panels[len(metrics) :], norms, strict=False):
        _norms(panel, history, kind)
    for panel in panels[count:]:
        panel.set_visible(False)
    if path is not None:
        with library.rc_context({"svg.hashsalt": "chainrule"}):
            figure.savefig(path, metadata=FIXED if Path(path).suffix == ".svg" else None)
    return figure


def _metric(panel: Axes, history: History, metric: str) -> None:
    for side in ("train", "test"):
        name = f"{side}.{metric}"
        if name in history.columns:
            panel.plot(history["step"], history[name], label=side)
    turn = history.turn(metric)
    if turn is not None:
        panel.axvline(turn.step, color="grey", linestyle=":", label=f"best test, step {turn.step}")
    panel.set(title=metric, xlabel="step")
    panel.legend()


def _norms(panel: Axes, history: History, kind: str) -> None:
    ending = f".{kind}"
    names = list(dict.fromkeys(name for row in history.health for name in row if name.endswith(ending)))
    steps = [row["step"] for row in history.health]
    for name in _some(names):
        values = [row.get(name, float("nan")) for row in history.health]
        panel.plot(steps, [value or float("nan") for value in values], label=name.removesuffix(ending))
    panel.set(title=f"norm of {kind} by layer", xlabel="step", yscale="log")
    if names:
        panel.legend(fontsize="x-small")


def _some(names: list[str]) -> Iterable[str]:
    if len(names) <= MOST_LINES:
        return names
    return [names[number * (len(names) - 1) // (MOST_LINES - 1)] for number in range(MOST_LINES)]
