"""Trained models on disk: parameters, the text of their spec, and the names of classes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...compiler.files.carried import Carried, carried_of
from ...compiler.graph.spec import Compiled, Precision
from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..data.fitted.held import Held, held_json, held_of
from ..fields import Fields, Unfit
from ..training_faults import OTHER_FORMAT
from .atomic import write_atomically
from .tensor_file import decode, encode

FORMATS = ("chainrule model 2", "chainrule model 1")
"""What is written, and what is read as well: the first lacks the texts of used files."""
MODEL = "model.safetensors"


@dataclass(frozen=True, kw_only=True)
class SpecRecord:
    """What a model remembers of its spec.

    `folder` is what the spec's paths are relative to; `settings` are replaced values by name, as they were written
    (`hidden` -> `64`); `used` are the texts of the files that the spec uses; `classes` are the names of class numbers
    by input, `fitted` is what fitted columns hold. `fingerprint` changes whenever the meaning of the spec does.
    """

    text: str
    name: str
    folder: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    used: Carried = field(default_factory=Carried)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fitted: Held = field(default_factory=dict)
    fingerprint: str = ""

    def as_json(self) -> dict[str, object]:
        """As a file holds it."""
        return {
            "spec": self.text,
            "name": self.name,
            "folder": self.folder,
            "settings": dict(self.settings),
            "used": dict(self.used.texts),
            "links": dict(self.used.links),
            "classes": {name: list(names) for name, names in self.classes.items()},
            "fitted": held_json(self.fitted),
            "fingerprint": self.fingerprint,
        }

    @staticmethod
    def of(record: Fields) -> "SpecRecord":
        """From what a file holds. Raises Unfit where that is something else."""
        carried = [record.texts(name) if name in record else {} for name in ("used", "links")]
        return SpecRecord(
            text=record.text("spec"),
            name=record.place("name"),
            folder=record.place("folder"),
            settings=record.texts("settings"),
            used=Carried(*carried),
            classes=record.lists("classes"),
            fitted=held_of(record, "fitted"),
            fingerprint=record.text("fingerprint"),
        )


def record_of(
    made: Compiled, folder: Path, settings: Mapping[str, str], classes: Mapping[str, tuple[str, ...]], fitted: Held
) -> SpecRecord:
    """What a model remembers of a spec that was compiled in a folder with these settings."""
    settings = dict(sorted(settings.items()))
    return SpecRecord(
        text=made.spec.source.text,
        name=made.spec.source.name,
        folder=str(folder.resolve()),
        settings=settings,
        used=carried_of(made.used, made.links, folder),
        classes=classes,
        fitted=fitted,
        fingerprint=hashlib.sha256(repr((made.meaning(), settings)).encode()).hexdigest(),
    )


def precision_of(record: Fields) -> Precision:
    """The precision that a file says. Raises Unfit."""
    match record.text("precision"):
        case "float32":
            return "float32"
        case "float64":
            return "float64"
    raise Unfit


def check_numbers(tensors: Mapping[str, Array]) -> None:
    """Raises Unfit where an array holds something else than numbers."""
    if not all(array.dtype.kind in "fiu" for array in tensors.values()):
        raise Unfit


@dataclass(frozen=True)
class SavedModel:
    """A trained model: parameters by path, in the precision that they were trained in, and its spec."""

    parameters: Mapping[str, Array]
    spec: SpecRecord
    precision: Precision
    step: int


def saved_model(parameters: Mapping[str, Array], spec: SpecRecord, step: int) -> SavedModel:
    """A model after a step of training, in the precision that its parameters have."""
    first = next(iter(parameters.values()), None)
    narrow = first is not None and first.dtype == np.float32
    return SavedModel(parameters, spec, "float32" if narrow else "float64", step)


def save_model(path: Path, model: SavedModel) -> None:
    """Writes a model file, whole or not at all. Raises SpecError."""
    record = {"format": FORMATS[0], "precision": model.precision, "step": model.step, **model.spec.as_json()}
    write_atomically(path, encode(model.parameters, record))


def read_model(path: Path) -> SavedModel:
    """Reads a model file. Raises SpecError."""
    tensors, record = decode(path, *FORMATS)
    fields = Fields(record)
    try:
        check_numbers(tensors)
        return SavedModel(tensors, SpecRecord.of(fields), precision_of(fields), fields.whole("step"))
    except Unfit:
        reason = "its record lacks something, or has something else there"
        raise SpecError([OTHER_FORMAT.at(Place(str(path)), path=path, reason=reason)]) from None
