"""The gallery of the specs, docs/gallery.md and its pictures. It needs matplotlib, the `plot` extra."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..grammar.spec_error import SpecError
from ..program.front_door import load
from ..program.program import Program
from ..views.figure.figure import figure
from ..views.figure.svg import svg
from ..views.layout.arrange import arrange
from ..views.page.notebook import shown_walk
from ..views.picture.compose import sketch
from ..views.picture.heat import gradient_overlay
from .shared import output

ROOT = Path(__file__).parents[1]

HEAD = """# Gallery

Every spec of [specs/](../specs), drawn by `python -m chainrule draw`: above each edge the value, below it the gradient.
What needs data shows the first row of it, with the parameters that training starts from. Of some, [plots](plots.md) of
what they have learnt. Written by `python -m chainrule.cli.pages`.
"""


PLOTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "attention": ("matrix --down said --across heard",),
        "autoencoder": ("matrix --of pictures",),
        "descent": ("landscape",),
        "iris": ("confusion", "landscape"),
        "lenet": ("weights", "maps"),
        "linear-regression": ("landscape",),
        "mnist": ("confusion",),
        "overfit": ("curves",),
        "remembering": ("matrix --of remembered",),
        "reversing": ("matrix --of looks --down said --across read",),
        "spiral": ("decision", "activations"),
        "starting-width": ("histogram --of wide,narrow,right,he_sized,fading",),
        "thinned": ("curves",),
        "two-layer": ("weights",),
        "valley": ("landscape --beside rolling,careful,bold",),
        "vanishing": ("activations", "health"),
        "words": ("matrix --of likeness --down chosen --across chosen",),
        "xor": ("decision",),
    }
)
"""What is plotted of which specs, after training if there is one: kinds, with their options as on the command line."""

OVERLAID = ("vanishing",)
"""Specs that are drawn once more, painted by the norms of their gradients."""

ALT = {
    "activations": "the values and the gradients of the hidden layers at seven moments of the training",
    "confusion": "the confusion matrix",
    "curves": "the learning curves, with the gap between train and test rows and the best epoch",
    "decision": "the plane, each point in the colour of its class",
    "health": "norms of gradients, updates and values by layer, step by step",
    "histogram": "how the values of each layer are spread, a line of histograms for each net",
    "landscape": "the loss along two directions, and the path of the training through it",
    "maps": "a picture, and what each layer makes of it",
    "matrix": "a matrix of numbers for one row, as shades",
    "weights": "the weights of each unit of the first layer, as an image",
}

LARGEST_SVG = 200_000
"""Bytes; a plot that would take more is a PNG."""


def gallery(folder: Path, plots: Mapping[str, tuple[str, ...]] = PLOTS) -> list[Path]:
    """Writes gallery.md and its pictures into a folder; returns what was written. Raises OSError."""
    pictures = folder / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    written = []
    parts = [HEAD]
    for path in sorted((ROOT / "specs").glob("*.graph")):
        try:
            program = load(path)
            picture = pictures / f"{path.stem}.svg"
            picture.write_text(_drawn(program), encoding="utf-8")
            painted = pictures / f"{path.stem}-gradient.svg" if path.stem in OVERLAID else None
            if painted is not None:
                painted.write_text(_drawn(program, overlaid=True), encoding="utf-8")
                written.append(painted)
            drawn = _plotted(program, path.stem, plots.get(path.stem, ()), pictures)
        except SpecError as error:
            output.complain(error.diagnostics)
            continue
        written += [picture, *drawn.values()]
        parts.append(_entry(path, program, painted, drawn))
    page = folder / "gallery.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return [page, *written]


def _drawn(program: Program, *, overlaid: bool = False) -> str:
    walk = shown_walk(program)
    return svg(figure(sketch(program.shown, walk, overlay=gradient_overlay(walk) if overlaid else None), arrange))


def _plotted(program: Program, name: str, kinds: tuple[str, ...], folder: Path) -> dict[str, Path]:
    """The files of a spec's plots, by kind with its options."""
    drawn: dict[str, Path] = {}
    if kinds and program.spec.train is not None:
        program.train()
    for asked in kinds:
        kind, *options = asked.split()
        given: dict[str, Any] = {
            option.removeprefix("--"): value for option, value in zip(options[::2], options[1::2], strict=True)
        }
        plot = program.plot(kind, **given)
        drawn[asked] = folder / f"{name}-{kind}.svg"
        plot.save(drawn[asked])
        if drawn[asked].stat().st_size > LARGEST_SVG:
            drawn[asked].unlink()
            drawn[asked] = drawn[asked].with_suffix(".png")
            plot.save(drawn[asked])
    return drawn


def _entry(path: Path, program: Program, painted: Path | None, drawn: Mapping[str, Path]) -> str:
    title = program.spec.title or path.stem
    alt = f"the graph of {path.stem}, every edge with its value and its gradient"
    steps = f"`python -m chainrule step specs/{path.name}`"
    lines = [f"## {title}", f"[{path.name}](../specs/{path.name}) · {steps}", f"![{alt}](gallery/{path.stem}.svg)"]
    if painted is not None:
        lines.append(f"`python -m chainrule draw specs/{path.name} --overlay gradient --to svg`")
        lines.append(f"![the same graph, each node in a colour by the norm of its gradient](gallery/{painted.name})")
    for kind, picture in drawn.items():
        lines += [
            f"`python -m chainrule plot specs/{path.name} {kind}`",
            f"![{ALT[kind.partition(' ')[0]]}](gallery/{picture.name})",
        ]
    return "\n\n".join(lines) + "\n"
