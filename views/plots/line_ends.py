"""Names at the ends of lines, in place of a legend: none lies on another, and like lines share one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...runtime.arrays import Array
from ..layout.heights import settle
from .sheet import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TALL = 180.0
"""Points that a panel is about tall."""

APART = 11.0
"""Points from the middle of one name to that of the next."""

SIZE = 8.5

MOST_NAMED = 3
"""Lines alike whose names are all given; of more, the first and the last."""


class NamedLine(NamedTuple):
    """Lines that are one: their names, and the numbers of each step."""

    names: list[str]
    values: Array

    @property
    def name(self) -> str:
        names = [plain(name, 16) for name in self.names]
        return ", ".join(names) if len(names) <= MOST_NAMED else f"{names[0]} … {names[-1]}"


def together(lines: Sequence[tuple[str, Array]]) -> list[NamedLine]:
    """The lines in their order, those with the same numbers as one."""
    found: dict[bytes, NamedLine] = {}
    for name, values in lines:
        key = np.ascontiguousarray(values, np.float64).tobytes()
        found.setdefault(key, NamedLine([], values)).names.append(name)
    return list(found.values())


def name_ends(panel: Axes, steps: Sequence[float], lines: Sequence[NamedLine], colours: Sequence[object]) -> None:
    """Writes the name of each line on the right of the panel, whose limits stand, at the height where the line ends."""
    ends = []
    for line, colour in zip(lines, colours, strict=True):
        seen = np.flatnonzero(np.isfinite(line.values))
        if seen.size:
            last = int(seen[-1])
            _, y = panel.transAxes.inverted().transform(panel.transData.transform((steps[last], line.values[last])))
            ends.append((float(y), steps[last], float(line.values[last]), line.name, colour))
    ends.sort(key=lambda end: end[0])
    for height, (_, step, value, name, colour) in zip(_heights([end[0] for end in ends]), ends, strict=True):
        panel.annotate(
            name, (step, value), (1.05, height), textcoords="axes fraction", va="center", fontsize=SIZE,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 1.0, "alpha": 0.7, "shrinkA": 1, "shrinkB": 2},
        )  # fmt: skip


def _heights(wanted: Sequence[float]) -> list[float]:
    """Heights for names, as parts of the panel: near to those wanted, from the lowest on, and inside it."""
    found = settle([TALL * place for place in wanted], [1.0] * len(wanted), [APART] * max(0, len(wanted) - 1))
    for number in reversed(range(len(found))):
        most = TALL if number == len(found) - 1 else found[number + 1] - APART
        found[number] = min(found[number], most)
    return [place / TALL for place in found]
