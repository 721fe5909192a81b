"""The files of the language that come with chainrule: `use chainrule.layers`."""

from pathlib import Path

from ..grammar.read import decode
from ..grammar.source import Source

LIBRARY = Path(__file__).parent / "library"
PREFIX = "chainrule."


def shipped_names() -> list[str]:
    """What may be used, as a `use` statement writes it."""
    return [PREFIX + path.stem for path in sorted(LIBRARY.glob("*.graph")) if path.stem.isidentifier()]


def shipped_source(name: str) -> Source:
    """The text of one of them."""
    return decode((LIBRARY / f"{name.removeprefix(PREFIX)}.graph").read_bytes(), name)
