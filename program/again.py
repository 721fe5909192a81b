"""A program made again of what a model or a copy remembers of its spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..compiler.graph.spec import Precision
from ..grammar.source import Source
from ..runtime.fields import Fields
from ..runtime.runs.beginning import Beginning
from ..runtime.runs.kept_specs import compilation

if TYPE_CHECKING:
    from ..runtime.runs.model_file import SpecRecord

Made = TypeVar("Made")


def program_of(
    make: Callable[..., Made],
    spec: SpecRecord,
    precision: Precision | None,
    beginning: Beginning,
    new: Mapping[str, str],
    *,
    cached: bool,
    training: bool,
) -> Made:
    """What `make`, which is class Program, makes of a spec; `new` settings win over its own. Raises SpecError."""
    folder, settings = Path(spec.folder), {**spec.settings, **new}
    made = compilation(Source(spec.name, spec.text), folder, settings, spec.used, cached=cached)
    return make(made, precision=precision, folder=folder, settings=settings, training=training, beginning=beginning)


def copied(
    make: Callable[..., Made],
    record: Mapping[str, object],
    precision: Precision | None,
    beginning: Beginning,
    training: bool,
) -> Made:
    """The program of what `Program.__reduce__` gives."""
    from ..runtime.runs.model_file import SpecRecord  # files of models: most programs are not copied

    return program_of(
        make, SpecRecord.of(Fields(dict(record))), precision, beginning, {}, cached=False, training=training
    )
