"""From a text or a file to its checked spec: all that `check` needs, and what a program begins with."""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..grammar.garbage import collection_paused
from ..grammar.parse import parse
from ..grammar.read import read_source
from ..grammar.source import Source
from ..grammar.syntax import Module
from ..grammar.write import write
from .build import build
from .chosen_limits import limits_from
from .elaborate.settings import read_setting
from .files.carried import Carried
from .files.loading import FileLoader
from .graph.spec import Compiled


def compiled_file(path: Path, settings: Mapping[str, str] | None = None) -> Compiled:
    """The spec of a .graph file. Raises SpecError."""
    return compiled(read_source(path, limits_from().text), path.parent, settings)


def compiled(
    source: Source,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    carried: Carried = Carried(),  # noqa: B008  # a tuple
) -> Compiled:
    """The spec of a text whose paths are relative to a folder; `settings` are texts by name. Raises SpecError.

    Files whose texts are carried need not be there.
    """
    limits = limits_from()
    with collection_paused():
        read = [read_setting(name, text) for name, text in (settings or {}).items()]
        module, found = parse(source, limits.text)
        loader = FileLoader(module, folder, limits.text, carried)
        spec, diagnostics = build(module, found, settings=read, loader=loader, limits=limits.graph)
    modules = (module, *loader.used)
    used = tuple(each.source for each in loader.used)
    replaced = tuple(each.source for each in read)
    return Compiled(spec, diagnostics, used, replaced, partial(_meaning, modules), loader.links)


def _meaning(modules: tuple[Module, ...]) -> str:
    texts = [write(module._replace(comments=())) for module in modules]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
