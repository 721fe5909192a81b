"""Trained models on disk: parameters, the text of their spec, and the names of classes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..compiler.carried import Carried
from ..compiler.spec import Precision
from ..grammar.diagnostic import Place, SpecError
from .atomic import write_atomically
from .execute import Array
from .tensor_file import decode, encode
from .training_faults import OTHER_FORMAT

FORMATS = ("chainrule model 2", "chainrule model 1")
"""What is written, and what is read as well: the first lacks the texts of used files."""
MODEL = "model.safetensors"


@dataclass(frozen=True, kw_only=True)
class SpecRecord:
    """What a model remembers of its spec.

    `folder` is what the spec's paths are relative to; `settings` are replaced values by name, as they were written
    (`hidden` -> `64`); `used` are the texts of the files that the spec uses; `classes` are the names of class numbers
    by input. `fingerprint` changes whenever the meaning of the spec does.
    """

    text: str
    name: str
    folder: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    used: Carried = field(default_factory=Carried)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
            "fingerprint": self.fingerprint,
        }

    @staticmethod
    def of(record: Mapping[str, Any]) -> "SpecRecord":
        """From what a file holds. Raises KeyError, TypeError or AttributeError where that is something else."""
        return SpecRecord(
            text=str(record["spec"]),
            name=str(record["name"]),
            folder=str(record["folder"]),
            settings=_texts(record["settings"]),
            used=Carried(_texts(record.get("used", {})), _texts(record.get("links", {}))),
            classes={str(name): tuple(map(str, names)) for name, names in record["classes"].items()},
            fingerprint=str(record["fingerprint"]),
        )


def _texts(record: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(text) for name, text in record.items()}


@dataclass(frozen=True)
class SavedModel:
    """A trained model: parameters by path, in the precision that they were trained in, and its spec."""

    parameters: Mapping[str, Array]
    spec: SpecRecord
    precision: Precision
    step: int


def save_model(path: Path, model: SavedModel) -> None:
    """Writes a model file, whole or not at all. Raises SpecError."""
    record = {"format": FORMATS[0], "precision": model.precision, "step": model.step, **model.spec.as_json()}
    write_atomically(path, encode(model.parameters, record))


def read_model(path: Path) -> SavedModel:
    """Reads a model file. Raises SpecError."""
    tensors, record = decode(path, *FORMATS)
    try:
        precision: Precision = "float64" if record["precision"] == "float64" else "float32"
        return SavedModel(tensors, SpecRecord.of(record), precision, int(record["step"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SpecError([OTHER_FORMAT.at(Place(str(path)), path=path, reason="its record lacks something")]) from None
