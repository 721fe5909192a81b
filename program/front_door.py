"""The front door: what `import chainrule` gives beside the class, and the command line begins with."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..compiler.chosen_limits import limits_from
from ..compiler.graph.spec import Precision
from ..grammar.read import read_source
from ..grammar.source import Source
from ..runtime.data.setting_text import setting_text
from ..runtime.runs.beginning import Beginning
from ..runtime.runs.kept_specs import compilation
from .again import program_of
from .program import Program

if TYPE_CHECKING:
    from ..runtime.runs.model_file import SavedModel


def compile(
    text: str,
    precision: Precision | None = None,
    *,
    name: str = "<text>",
    folder: str | Path | None = None,
    set: Mapping[str, object] | None = None,
    training: bool = False,
) -> Program:
    """A program from the text of a spec; `set` replaces constants, inputs, params and keys of sections.

    `training` shows it in the form of training: of `in_training(a, b)` it is a that `run`, `grad` and `test` compute.
    Paths in the text are relative to `folder` (default: the current one). Raises SpecError.
    """
    from ..compiler.compile import compiled  # the parser, which a spec that is recalled does without

    place, settings = Path(folder) if folder else Path(), _settings(set)
    return Program(
        compiled(Source(name, text), place, settings),
        precision=precision,
        folder=place,
        settings=settings,
        training=training,
    )


def load(
    path: str | Path,
    precision: Precision | None = None,
    *,
    set: Mapping[str, object] | None = None,
    training: bool = False,
) -> Program:
    """A program from a .graph file, a model file or a run folder; `training` as `compile` has it. Raises SpecError."""
    file, settings = Path(path), _settings(set)
    if file.is_dir() or file.suffix == ".safetensors":
        from ..runtime.runs.load_model import load_model  # most programs come from texts

        run = file if file.is_dir() else None
        return _loaded(load_model(file), precision, settings, run, training=training)
    made = compilation(read_source(file, limits_from().text), file.parent, settings, cached=True)
    return Program(made, precision=precision, folder=file.parent, settings=settings, training=training)


def _loaded(
    model: SavedModel, precision: Precision | None, new: Mapping[str, str], run: Path | None, *, training: bool
) -> Program:
    """A program with a trained model's parameters; new settings win over those that it was trained with."""
    classes = model.spec.classes if model.step else {}
    beginning = Beginning(
        classes, model.parameters, model.step, frozenset(new), run, model.spec.fitted, model.spec.scripted
    )
    return program_of(Program, model.spec, precision, beginning, new, cached=True, training=training)


def _settings(replaced: Mapping[str, object] | None) -> dict[str, str]:
    return {unicodedata.normalize("NFC", name): setting_text(name, value) for name, value in (replaced or {}).items()}


def load_ipython_extension(shell: object) -> None:
    """`%load_ext chainrule`: `%%graph NAME` compiles a cell, runs and gradients show themselves as tables."""
    from ..views.page.notebook import register  # for notebooks alone

    register(shell, compile)
