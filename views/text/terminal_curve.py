"""Curves of characters: a sparkline in a line of text, a plot of a few lines."""

import math
from collections.abc import Sequence
from itertools import pairwise

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """A line of bars, the lowest value the shortest; of more values than `width`, the means of as many groups.

    A value that is not finite leaves a gap.
    """
    grouped = _grouped(values, width)
    finite = [value for value in grouped if math.isfinite(value)]
    if not finite:
        return " " * len(grouped)
    low, span = min(finite), max(finite) - min(finite)
    return "".join(_bar(value, low, span) for value in grouped)


def _bar(value: float, low: float, span: float) -> str:
    if not math.isfinite(value):
        return " "
    return BARS[round((value - low) / span * (len(BARS) - 1))] if span else BARS[0]


def _grouped(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    edges = [round(number * len(values) / width) for number in range(width + 1)]
    return [sum(values[start:stop]) / (stop - start) for start, stop in pairwise(edges)]


def plot(values: Sequence[float], *, left: str, right: str, width: int = 64, height: int = 10, mark: int = -1) -> str:
    """A curve on `height` lines, its highest and lowest value at the side, `left` and `right` below its ends.

    `mark` is the index of a value under which an arrow stands. All values must be finite.
    """
    drawn = _grouped(values, width)
    low, high = min(drawn), max(drawn)
    span = (high - low) or 1.0
    levels = [round((value - low) / span * (height - 1)) for value in drawn]
    names = {height - 1: f"{high:.4g}", 0: f"{low:.4g}"}
    side = max(map(len, names.values()))
    lines = []
    for level in range(height - 1, -1, -1):
        dots = "".join("•" if each == level else " " for each in levels)
        lines.append(f"{names.get(level, ''):>{side}} ┤{dots}".rstrip())
    lines.append(f"{'':{side}} └{'─' * len(drawn)}")
    if 0 <= mark < len(values):
        lines.append(f"{'':{side + 2}}{' ' * (mark * len(drawn) // len(values))}↑")
    lines.append(f"{'':{side + 2}}{left}{right:>{max(1, len(drawn) - len(left))}}")
    return "\n".join(lines)
