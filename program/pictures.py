"""How values, gradients and histories show themselves: as tables and curves, which are made when somebody looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..runtime.evaluate.evaluate import Values
from ..runtime.evaluate.gradients import Gradients

if TYPE_CHECKING:
    from ..runtime.training.history import History


def table(values: Values | Gradients) -> dict[str, object]:
    """Values or gradients, printed and in a notebook."""
    from ..views.page.notebook import values_bundle

    if isinstance(values, Gradients):
        return values_bundle(values, f"gradient of {values.of}", lambda path: f"d({values.of})/d({path})")
    return values_bundle(values)


def drawn(history: History, path: str | Path | None = None) -> object:
    """The curves of a history."""
    from ..views.plots.curves import draw_curves

    return draw_curves(history, path)
