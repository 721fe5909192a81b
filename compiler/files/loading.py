"""Files that a spec uses: found beside it or in the shipped library, and parsed once each."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic
from ...grammar.limits import LIMITS, Limits
from ...grammar.parse import parse
from ...grammar.read import read_source
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...grammar.syntax import Module, Text, Use
from .. import faults
from ..elaborate.reporter import span_of
from ..library.shipped import shipped_names, shipped_source
from .carried import Carried


class Loaded(NamedTuple):
    """A file that is used: its module, and what the parser says about it."""

    module: Module
    diagnostics: tuple[Diagnostic, ...]


Loader = Callable[[Use, Source], Loaded]
"""Gives the file that a `use` statement of a source names; raises SpecError where there is none."""


class _Missing(Exception):
    """Why a file cannot be had, and what to do about it."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class FileLoader:
    """The loader of one spec: files inside its folder tree, links resolved, and the shipped library.

    `module` is the spec's own, `folder` where it lies. A path is relative to the file that uses it. A text that is
    carried is taken for the file's, which need not be there.
    """

    def __init__(
        self,
        module: Module,
        folder: Path,
        limits: Limits = LIMITS,
        carried: Carried = Carried(),  # noqa: B008  # a tuple
    ) -> None:
        self.folder = folder
        self.spec = module
        self.limits = limits
        self.carried = carried
        self.links = dict(carried.links)
        """Ways that lead through a link, as `Carried` has them."""

    @cached_property
    def root(self) -> Path:
        """The folder tree that files may come from, looked up when one is used."""
        return self.folder.resolve()

    @cached_property
    def _loaded(self) -> dict[str, Loaded]:
        own = self.root / Path(self.spec.source.name).name
        return {str(own.resolve()): Loaded(self.spec, ())}

    @cached_property
    def _folders(self) -> dict[Source, Path | None]:
        return {self.spec.source: self.root}

    def __call__(self, statement: Use, source: Source) -> Loaded:
        """The file that a `use` of a source names. Raises SpecError."""
        target = statement.path
        try:
            return self._beside(target.value, source) if isinstance(target, Text) else self._shipped(target.name)
        except _Missing as missing:
            path = target.value if isinstance(target, Text) else target.name
            place = span_of(source, target)
            fault = faults.USE_FAILED.at(place, path=path, reason=missing.reason, hint=missing.hint)
            raise SpecError([fault]) from None

    @property
    def used(self) -> tuple[Module, ...]:
        """The modules that were used so far, in the order in which they were first asked for."""
        if "_loaded" not in vars(self):  # none was asked for, and nothing is looked up
            return ()
        return tuple(loaded.module for loaded in list(self._loaded.values())[1:])

    # --- the shipped library ------------------------------------------------------------------------------------

    def _shipped(self, name: str) -> Loaded:
        shipped = shipped_names()
        if name not in shipped:
            hint = suggestion(name, shipped, what="shipped files")
            raise _Missing("there is no shipped file of that name", f'{hint}; a file beside this one is `use "..."`')
        if name not in self._loaded:
            text = self.carried.texts.get(name)
            self._keep(name, _shipped(name, self.limits) if text is None else self._read(Source(name, text)), None)
        return self._loaded[name]

    # --- files --------------------------------------------------------------------------------------------------

    def _beside(self, text: str, source: Source) -> Loaded:
        folder = self._folders[source]
        if folder is None:
            raise _Missing("a shipped file uses shipped files alone")
        if not text or "\\" in text or os.path.isabs(text):
            raise _Missing("a path is relative to this file, its folders parted by `/`")
        way = posixpath.normpath((folder.relative_to(self.root) / text).as_posix())
        held = self.carried.texts.get(self.links.get(way, way))
        path = self._inside(folder, text) if held is None else self.root / self.links.get(way, way)
        key = str(path)
        if key not in self._loaded:
            name = self.folder / path.relative_to(self.root)
            used = read_source(name, self.limits) if held is None else Source(str(name), held)
            self._keep(key, self._read(used), path.parent)
        if (led := path.relative_to(self.root).as_posix()) != way:
            self.links[way] = led
        return self._loaded[key]

    def _inside(self, folder: Path, text: str) -> Path:
        """The file that a text names, links resolved. Raises _Missing where it is none of the spec's folder tree."""
        try:
            path = (folder / text).resolve()
            if not path.is_relative_to(self.root):
                top = self.spec.source.name
                raise _Missing(f"it lies outside of the folder of `{top}`", "move the file beside the spec")
            if not path.exists():
                hint = suggestion(text, self._neighbours(path.parent), what="files there")
                raise _Missing("there is no such file", hint)
            if not path.is_file():
                raise _Missing("it is no file")
        except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a name that no system takes
            raise _Missing(getattr(error, "strerror", None) or "its name leads nowhere") from None
        return path

    def _neighbours(self, folder: Path) -> list[str]:
        return [path.name for path in folder.glob("*.graph")] if folder.is_dir() else []

    def _read(self, source: Source) -> Loaded:
        return Loaded(*parse(source, self.limits))

    def _keep(self, key: str, loaded: Loaded, folder: Path | None) -> None:
        self._folders[loaded.module.source] = folder
        self._loaded[key] = loaded


@cache
def _shipped(name: str, limits: Limits) -> Loaded:
    """A file of the shipped library, parsed once for all specs that use it."""
    return Loaded(*parse(shipped_source(name), limits))
