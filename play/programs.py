"""Compiled texts: each is compiled once for all that is asked about it, and the last ones are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..compiler.chosen_limits import limits_from
from ..compiler.graph.spec import Spec
from ..grammar.diagnostic import Diagnostic
from ..grammar.parse import parse
from ..grammar.source import Source
from ..grammar.spec_error import SpecError
from ..grammar.syntax import Module
from ..program.program import Program
from ..runtime.data.setting_text import setting_text
from ..runtime.runs.kept_specs import compilation
from ..views.editor.diagnostics import told
from ..views.editor.offsets import Offsets
from ..views.text.json_values import array_of_json
from ..views.walk.walk import Walk
from .request import Request

MOST = 8
"""Compiled texts that are kept."""

MOST_WALKS = 4
"""Walks of one of them that are kept."""


@dataclass(eq=False)
class Text:
    """A text with what came of compiling it: a program, or the faults that it has."""

    source: Source
    program: Program | None
    faults: tuple[Diagnostic, ...]
    walks: OrderedDict[str, Walk] = field(default_factory=OrderedDict)

    @cached_property
    def offsets(self) -> Offsets:
        return Offsets(self.source.text)

    @cached_property
    def module(self) -> Module:
        """The text as it was parsed, as far as that went."""
        return parse(self.source, limits_from().text)[0]

    @property
    def spec(self) -> Spec | None:
        return self.program.spec if self.program is not None else None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.faults if self.program is None else self.program.diagnostics

    def told(self, diagnostics: tuple[Diagnostic, ...]) -> list[dict[str, Any]]:
        """Diagnostics as the page takes them."""
        return [told(each, self.source, self.offsets) for each in diagnostics]

    def keep(self, key: str, walk: Walk) -> None:
        self.walks[key] = walk
        while len(self.walks) > MOST_WALKS:
            self.walks.popitem(last=False)


class Texts:
    """Compiles texts, and keeps the last ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Text] = OrderedDict()

    def forget(self) -> None:
        """Compiles all anew: files that they read are others now."""
        self._kept.clear()

    def text(
        self, name: str, text: str, folder: Path, settings: Mapping[str, str] | None = None, *, training: bool = False
    ) -> Text:
        """What comes of a text; its paths are relative to a folder, `settings` as `--set` has them."""
        key = (name, text, folder, tuple((settings or {}).items()), training)
        made = self._kept.pop(key, None)
        if made is None:
            made = _compiled(Source(name, text), folder, dict(settings or {}), training=training)
        self._kept[key] = made
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return made

    def fresh(self, source: Source, folder: Path, settings: Mapping[str, str]) -> Text:
        """The same for who will change the program's params: nobody else has it."""
        return _compiled(source, folder, dict(settings), training=False)

    def asked(self, request: Request, folder: Path) -> Text:
        """The text that a request is about, constants that it replaces put in."""
        name, text = request.text("name", "unnamed.graph"), request.text("text", "")
        training = bool(request.flag("training"))
        plain = self.text(name, text, folder, training=training)
        if plain.program is None:
            return plain
        spec = plain.program.spec
        replaced = {
            path: setting_text(path, given)
            for path, given in request.mapping("inputs").items()
            if path not in spec.graph.inputs and path not in spec.graph.params
        }
        return self.text(name, text, folder, replaced, training=training) if replaced else plain


def _compiled(source: Source, folder: Path, settings: dict[str, str], *, training: bool) -> Text:
    try:
        made = compilation(source, folder, settings)
    except SpecError as error:
        return Text(source, None, error.diagnostics)
    program = Program(made, folder=folder, settings=settings, training=training)
    program.notify = lambda found: None
    return Text(source, program, made.diagnostics)


def value_of(request: Request, path: str, given: object) -> np.ndarray[Any, np.dtype[Any]]:
    """A value of a message as an array. Raises SpecError."""
    try:
        return array_of_json(given)
    except ValueError as error:
        request.refuse(f"the value of `{path}`: {error}")
