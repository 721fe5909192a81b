"""What all plots have in common: colours, letters, names shown as they are, the same file every time.

matplotlib, the `plot` extra, is imported where a figure is made.
"""

from __future__ import annotations

import io
import logging
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...grammar.diagnostic import shown
from ...runtime.runs.atomic import write_atomically

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png", ".pdf")

METADATA: dict[str, dict[str, str | None]] = {
    ".svg": {"Date": None, "Creator": "chainrule"},
    ".png": {"Software": "chainrule"},
    ".pdf": {"CreationDate": None, "Creator": "chainrule", "Producer": None},
}
"""Metadata of the files, by suffix: nothing that differs from one drawing to the next."""

FONTS = ["DejaVu Sans", "Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo", "sans-serif"]

LONGEST = 40
"""Characters of a name; of longer ones the beginning."""


LETTERS = 8.0
"""Letters of a title that take an inch."""


class Palette(NamedTuple):
    """Colours of a plot. `lines` are those of Okabe and Ito, which the colour-blind can tell apart."""

    paper: str
    ink: str
    faint: str
    lines: tuple[str, ...]
    ordered: tuple[float, float]
    """The part of viridis that is seen on the paper."""

    def order(self, count: int) -> list[tuple[float, ...]]:
        """So many colours that have an order, from the first to the last."""
        import matplotlib

        low, high = self.ordered
        shades = matplotlib.colormaps["viridis"]
        return [tuple(shades(low + (high - low) * number / max(1, count - 1))) for number in range(count)]

    def amounts(self, colour: str | None = None) -> Colormap:
        """From nothing, the paper, to much."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list("amounts", [self.paper, colour or self.lines[0]])

    def signed(self) -> Colormap:
        """From negative, blue, over the paper to positive, orange."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list("signed", [self.lines[0], self.paper, self.lines[1]])


LIGHT = Palette(
    "#ffffff", "#1b1b1f", "#6a6a72",
    ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5c00", "#1b1b1f"),
    (0.0, 0.88),
)  # fmt: skip
DARK = Palette(
    "#16161a", "#ececf1", "#a2a2ad",
    ("#56b4e9", "#f5913e", "#2fc79a", "#e3a0c6", "#f0c442", "#4c8fe0", "#c2a14d", "#ececf1"),
    (0.3, 1.0),
)  # fmt: skip


@contextmanager
def palette(*, dark: bool = False) -> Iterator[Palette]:
    """Figures that are made and written in here look alike, whatever matplotlib is set to elsewhere.

    Raises ImportError without matplotlib.
    """
    import matplotlib

    colours = DARK if dark else LIGHT
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # a font further down the list may be missing
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "figure.facecolor": colours.paper, "savefig.facecolor": colours.paper, "axes.facecolor": colours.paper,
                "text.color": colours.ink, "axes.labelcolor": colours.ink, "axes.edgecolor": colours.faint,
                "xtick.color": colours.faint, "ytick.color": colours.faint,
                "xtick.labelcolor": colours.ink, "ytick.labelcolor": colours.ink,
                "legend.facecolor": colours.paper, "legend.edgecolor": colours.faint, "legend.framealpha": 0.85,
                "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 11, "axes.labelsize": 10,
                "axes.titlelocation": "left", "figure.titlesize": 13, "legend.fontsize": 9,
                "xtick.labelsize": 9, "ytick.labelsize": 9, "axes.grid": False, "grid.color": colours.faint,
                "grid.alpha": 0.25, "grid.linewidth": 0.6, "font.family": FONTS, "svg.fonttype": "none",
                "svg.hashsalt": "chainrule", "figure.constrained_layout.use": True, "figure.dpi": 120,
                "savefig.dpi": 160,
            }
        )  # fmt: skip
        yield colours


def plain(text: str, longest: int = LONGEST) -> str:
    """A name as matplotlib shows it as it stands: on one line, cut where it is long, `$` no sign of mathematics."""
    safe = shown(text)
    if len(safe) > longest:
        safe = f"{safe[: longest - 1]}…"
    return safe.replace("$", r"\$")


def titled(figure: Figure, title: str) -> Figure:
    """The figure with a title over all of it, at the left, on as many lines as it needs."""
    wide = int(figure.get_figwidth() * LETTERS)
    # Only between words, so that no backslash is parted from the `$` that it stands before.
    text = textwrap.fill(title, wide, break_long_words=False, break_on_hyphens=False)
    figure.suptitle(text, x=0.012, ha="left", fontweight="bold")
    return figure


def written(figure: Figure, suffix: str) -> bytes:
    """A figure as the bytes of a file; the same figure gives the same bytes."""
    stream = io.BytesIO()
    with warnings.catch_warnings():  # a script for which no font is there: boxes stand for its letters
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(stream, format=suffix.removeprefix("."), metadata=METADATA[suffix])
    return stream.getvalue()


def save(figure: Figure, path: str | Path) -> None:
    """Writes a figure; the ending says the format. Raises ValueError for another one, SpecError for a full disk."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"{str(path)!r} must end with one of: {', '.join(FORMATS)}")
    write_atomically(Path(path), written(figure, suffix))
