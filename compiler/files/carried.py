"""The texts of the files that a spec uses, as a model carries them, so that it means the same wherever it is loaded."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ...grammar.source import Source
from ..library.shipped import shipped_names

NOTHING: Mapping[str, str] = MappingProxyType({})


class Carried(NamedTuple):
    """Texts by the name of a shipped file, or by the way to a file from the spec's folder, links resolved.

    `links` are ways as they were written that led through a link, and where they led.
    """

    texts: Mapping[str, str] = NOTHING
    links: Mapping[str, str] = NOTHING


def carried_name(used: Source, folder: Path) -> str:
    """How a text that a spec uses is found again: the name of a shipped one, the way from the spec to a file."""
    return used.name if used.name in shipped_names() else Path(os.path.relpath(used.name, folder)).as_posix()


def carried_of(used: Iterable[Source], links: Mapping[str, str], folder: Path) -> Carried:
    """The texts of the files that a spec in a folder uses."""
    return Carried({carried_name(each, folder): each.text for each in used}, links)
