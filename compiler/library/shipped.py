"""The files of the language that come with chainrule: `use chainrule.layers`."""

from functools import cache
from pathlib import Path

from ...grammar.read import decode
from ...grammar.source import Source

LIBRARY = Path(__file__).parent
PREFIX = "chainrule."

OF_0_1_0 = frozenset(
    "dense project logistic mlp residual layer_norm attention leaky_relu elu swish weight_penalty".split()  # noqa: SIM905  # a list of names
)
"""The blocks of the first version, to which nothing is added. A file that uses the library may have no other block of
their names; one of the name of a later block it keeps, so that no new block breaks an old spec."""


@cache
def shipped_names() -> tuple[str, ...]:
    """What may be used, as a `use` statement writes it."""
    return tuple(PREFIX + path.stem for path in sorted(LIBRARY.glob("*.graph")) if path.stem.isidentifier())


@cache
def shipped_source(name: str) -> Source:
    """The text of one of them."""
    return decode((LIBRARY / f"{name.removeprefix(PREFIX)}.graph").read_bytes(), name)


def is_shipped(file: str) -> bool:
    """Whether a file, by its name as a source, is one of them."""
    return file in shipped_names()


def as_shipped(source: Source) -> bool:
    """Whether a source is one of them in the text that it is shipped with, not one that a model carries."""
    return is_shipped(source.name) and source is shipped_source(source.name)


def is_later(file: str, block: str) -> bool:
    """Whether a block of a file came into the shipped library after its first version."""
    return block not in OF_0_1_0 and is_shipped(file)
