"""From a text or a file to its checked spec: all that `check` needs, and what a program begins with."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..grammar.collection import collection_paused
from ..grammar.diagnostic import Diagnostic
from ..grammar.parse import parse
from ..grammar.read import read_source
from ..grammar.source import Source
from ..grammar.syntax import Module
from .build import build
from .environment import limits_from
from .loading import FileLoader
from .settings import Setting
from .spec import Spec


class Compiled(NamedTuple):
    """A checked spec, its warnings and hints, and the files that it uses."""

    spec: Spec
    diagnostics: tuple[Diagnostic, ...]
    used: tuple[Module, ...]


def compiled_file(path: Path, settings: Iterable[Setting] = ()) -> Compiled:
    """The spec of a .graph file. Raises SpecError."""
    return compiled(read_source(path, limits_from().text), path.parent, settings)


def compiled(source: Source, folder: Path, settings: Iterable[Setting] = ()) -> Compiled:
    """The spec of a text whose paths are relative to a folder. Raises SpecError."""
    limits = limits_from()
    with collection_paused():
        module, found = parse(source, limits.text)
        loader = FileLoader(module, folder, limits.text)
        spec, diagnostics = build(module, found, settings=settings, loader=loader, limits=limits.graph)
    return Compiled(spec, diagnostics, tuple(loader.used))
