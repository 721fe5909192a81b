"""A plot: numbers that can be read, and a figure that is made of them when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..text.json_values import Json, json_value
from .sheet import Palette, palette, save, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot: its kind, its numbers by name, and a text that says them in short.

    Only the figure needs matplotlib, the `plot` extra; `figure`, `save` and a notebook raise ImportError without it.
    """

    kind: str
    numbers: Mapping[str, object]
    text: str
    paint: Callable[[Palette], Figure]

    def figure(self, *, dark: bool = False) -> Figure:
        """The plot as a matplotlib figure, on light paper or dark."""
        with palette(dark=dark) as colours:
            return self.paint(colours)

    def save(self, path: str | Path, *, dark: bool = False) -> None:
        """Writes a .svg, .png or .pdf file. Raises ValueError for another ending, SpecError for a full disk."""
        with palette(dark=dark) as colours:
            save(self.paint(colours), path)

    @property
    def document(self) -> dict[str, Json]:
        """The numbers as JSON."""
        return {name: _json(value) for name, value in self.numbers.items()}

    def __str__(self) -> str:
        return self.text

    def _repr_png_(self) -> bytes:
        """In a notebook: the figure."""
        with palette() as colours:
            return written(self.paint(colours), ".png")


def _json(value: object) -> Json:
    match value:
        case None | str():
            return value
        case Mapping():
            return {str(name): _json(each) for name, each in value.items()}
        case list() | tuple():
            return [_json(each) for each in value]
    return json_value(value)
