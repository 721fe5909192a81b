"""A figure as PNG, painted by matplotlib, which brings its own fonts: the same picture on every machine."""

import io
import logging
import warnings
from typing import TYPE_CHECKING

from ..layout.geometry import Point, pieces
from ..picture.picture import HEATS
from .figure import Figure
from .marks import Group, Line, Mark, Outline, Words
from .svg import DARK, LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS = 2.0
"""Dots of the picture for one of the figure."""

MOST_DOTS = 10_000
"""Dots that width and height have at most; a larger figure gets fewer for each of its units."""

QUICK = 3
"""The level of compression, up to 9: much quicker than the usual one, and the file is hardly larger."""

FONTS = ["DejaVu Sans Mono", "Noto Sans Mono CJK KR", "Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo"]

INK = {
    "value": "value", "gradient": "gradient", "small": "faint", "label": "faint", "message": "failed", "name": "ink",
    "sign": "ink", "title": "ink", "load": "ink",
}  # fmt: skip
HEAT = tuple(f"heat{number}" for number in range(HEATS))
FILLS = ("input", "param", "state", "constant", "folded", "output", "frame")


def png(figure: Figure, *, dark: bool = False) -> bytes:
    """The whole file. Raises ImportError without matplotlib."""
    from matplotlib.figure import Figure as Sheet  # an extra, and slow to import

    colours = DARK if dark else LIGHT
    scale = min(DOTS, MOST_DOTS / max(figure.width, figure.height))
    sheet = Sheet(figsize=(figure.width / 72, figure.height / 72), dpi=72 * scale, facecolor=colours["paper"])
    axes = sheet.add_axes((0, 0, 1, 1), xlim=(0, figure.width), ylim=(figure.height, 0))
    axes.set_axis_off()
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # a font further down the list may be missing
    for group in figure.groups:
        for mark in group.marks:
            _paint(axes, group, mark, colours)
    stream = io.BytesIO()
    with warnings.catch_warnings():  # a script for which no font is there: boxes stand for its letters
        warnings.simplefilter("ignore", UserWarning)
        sheet.savefig(stream, format="png", pil_kwargs={"compress_level": QUICK})
    return stream.getvalue()


def _paint(axes: "Axes", group: Group, mark: Mark, colours: dict[str, str]) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    failed = "failed" in group.styles
    match mark:
        case Words():
            axes.text(
                mark.x, mark.y, mark.text, fontsize=mark.size, family=FONTS, color=colours[INK[mark.style]],
                ha="center" if mark.anchor == "middle" else "left", va="baseline", parse_math=False,
                weight="bold" if mark.style in ("name", "title") else "normal",
            )  # fmt: skip
        case Outline():
            styles = (*group.styles, *mark.style.split())
            kind = next((each for each in (*HEAT, "reverse", *FILLS) if each in styles), "operation")
            dashed = "constant" in styles or kind == "frame"
            fill = "paper" if mark.style == "behind" else "operation" if "unmeasured" in styles else kind
            axes.add_artist(
                PathPatch(
                    Path(*_rounded(mark)), facecolor=colours[fill],
                    edgecolor=colours["failed" if failed else "faint" if kind == "frame" else "ink"],
                    linewidth=3 if failed else 2 if "output" in styles else 1.2,
                    linestyle=(0, (3, 2)) if dashed else "solid",
                )
            )  # fmt: skip
        case Line():
            colour = colours["failed" if failed else "wire"]
            points, codes = [mark.points[0]], [Path.MOVETO]
            for piece in pieces(mark.points, spline=mark.spline):
                points += piece
                codes += [Path.LINETO] if len(piece) == 1 else [Path.CURVE4] * 3
            axes.add_artist(PathPatch(Path(points, codes), fill=False, edgecolor=colour, linewidth=1.4))
            x, y = mark.points[-1]
            axes.add_artist(Polygon([(x, y), (x - 8, y - 3.5), (x - 8, y + 3.5)], facecolor=colour, linewidth=0))


ROUND = 0.5523
"""How far the guides of a curve stand off, so that it runs like a quarter of a circle of radius 1."""

MOVE, TO, CURVE, CLOSE = 1, 2, 4, 79
"""matplotlib's codes of a path."""


def _rounded(mark: Outline) -> tuple[list[Point], list[int]]:
    """A rectangle with quarters of circles at its corners, from the upper left one on."""
    x, y, width, height = mark.place
    r = min(mark.radius, width / 2, height / 2)
    k = r * (1 - ROUND)
    right, lower = x + width, y + height
    points = [
        (x + r, y),
        (right - r, y), (right - k, y), (right, y + k), (right, y + r),
        (right, lower - r), (right, lower - k), (right - k, lower), (right - r, lower),
        (x + r, lower), (x + k, lower), (x, lower - k), (x, lower - r),
        (x, y + r), (x, y + k), (x + k, y), (x + r, y),
        (x + r, y),
    ]  # fmt: skip
    return points, [MOVE, *([TO, CURVE, CURVE, CURVE] * 4), CLOSE]
