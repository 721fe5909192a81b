"""The pages of docs/ that are made from the code: `python -m chainrule.cli.pages` in a checkout writes them.

Tests hold them equal to what they are made from.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import click

from ..grammar import ebnf
from ..views.stages import library_reference as library
from ..views.stages import reference
from .gallery import gallery
from .shared import output

ROOT = Path(__file__).parents[1]

TEXTS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "grammar": ebnf.page,
        "layers": library.page,
        "operations": reference.operations_page,
        "settings": reference.settings_page,
    }
)
"""Pages that are text alone, by the name of the file."""


def write(names: tuple[str, ...], folder: Path) -> list[Path]:
    """Writes pages into a folder, all where none is named; returns what was written. Raises OSError."""
    written = []
    for name, text in TEXTS.items():
        if name in names or not names:
            page = folder / f"{name}.md"
            page.write_text(text(), encoding="utf-8")
            written.append(page)
    return [*written, *gallery(folder)] if "gallery" in names or not names else written


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*TEXTS, "gallery"]))
def main(names: tuple[str, ...]) -> None:
    """Write the pages of docs/ that are made from the code: all, or those that are named."""
    for page in write(names, ROOT / "docs"):
        output.say(str(page.relative_to(ROOT)))


if __name__ == "__main__":
    main()
