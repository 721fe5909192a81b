"""The gallery of the specs: `python -m chainrule.cli.gallery` in a checkout writes docs/gallery.md and its pictures."""

import sys
from pathlib import Path

from ..grammar.diagnostic import SpecError
from ..program import Program, load
from ..views.figure import figure
from ..views.layout import arrange
from ..views.notebook import shown_walk
from ..views.sketch import sketch
from ..views.svg import svg

ROOT = Path(__file__).parents[1]

HEAD = """# Gallery

Every spec of [specs/](../specs), drawn by `python -m chainrule draw`: above each edge the value, below it the gradient.
What needs data shows the first row of it, with the parameters that training starts from. Written by
`python -m chainrule.cli.gallery`.
"""


def gallery(folder: Path) -> list[Path]:
    """Writes gallery.md and a picture a spec into a folder; returns what was written. Raises OSError."""
    pictures = folder / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    written = []
    parts = [HEAD]
    for path in sorted((ROOT / "specs").glob("*.graph")):
        try:
            program = load(path)
            picture = pictures / f"{path.stem}.svg"
            picture.write_text(_drawn(program), encoding="utf-8")
        except SpecError as error:
            print(f"{path.name} is left out: {error}", file=sys.stderr)
            continue
        written.append(picture)
        parts.append(_entry(path, program))
    page = folder / "gallery.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return [page, *written]


def _drawn(program: Program) -> str:
    return svg(figure(sketch(program.spec, shown_walk(program)), arrange))


def _entry(path: Path, program: Program) -> str:
    title = program.spec.title or path.stem
    alt = f"the graph of {path.stem}, every edge with its value and its gradient"
    steps = f"`python -m chainrule step specs/{path.name}`"
    return f"## {title}\n\n[{path.name}](../specs/{path.name}) · {steps}\n\n![{alt}](gallery/{path.stem}.svg)\n"


if __name__ == "__main__":
    for each in gallery(ROOT / "docs"):
        print(each.relative_to(ROOT))
