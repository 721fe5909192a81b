"""Where a run stands, as its checkpoints say it: written, and read back field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...compiler.graph.spec import Precision
from ..fields import Fields, Unfit, number, whole, written_number
from .model_file import SpecRecord, precision_of

FORMATS = ("chainrule checkpoint 3", "chainrule checkpoint 2", "chainrule checkpoint 1")
"""What is written, and what is read as well: before 3 logs had no checksums, the first lacks texts of used files."""

SEALED = FORMATS[:1]
"""Formats of folders whose logs have checksums."""

MOST_THREADS = 4096


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The record of a checkpoint: `rows` and `looks` are how many the logs hold up to its step.

    `watch` is the state of a stop rule, `pending` what `Training.pending` is; `hashes` are those of the spec and the
    data, `environment` is what the bits hang on.
    """

    run: str
    step: int
    rows: int
    looks: int
    seconds: float
    pending: tuple[float, int]
    watch: Mapping[str, Any] | None
    precision: Precision
    hashes: Mapping[str, str]
    spec: SpecRecord
    environment: Mapping[str, Any]
    position: Mapping[str, int] = field(default_factory=dict)
    """Epoch, row and seed, for those who look into the file."""
    sealed: bool = True
    """Whether the logs of the folder have checksums."""

    def as_json(self) -> dict[str, object]:
        """As a file holds it."""
        return {
            "format": FORMATS[0],
            "run": self.run,
            "step": self.step,
            **self.position,
            "rows": self.rows,
            "looks": self.looks,
            "seconds": self.seconds,
            "pending": [written_number(self.pending[0]), self.pending[1]],
            "watch": self.watch,
            "precision": self.precision,
            "hashes": dict(self.hashes),
            "spec": self.spec.as_json(),
            "environment": self.environment,
        }

    @staticmethod
    def of(record: Mapping[str, Any]) -> "Checkpoint":
        """From what a file holds. Raises Unfit."""
        fields = Fields(record)
        pending = fields.items("pending")
        if len(pending) != 2:
            raise Unfit
        hashes = fields.texts("hashes")
        if not {"spec", "data", "test"} <= hashes.keys():
            raise Unfit
        return Checkpoint(
            run=fields.text("run"),
            step=fields.whole("step"),
            rows=fields.whole("rows"),
            looks=fields.whole("looks"),
            seconds=fields.number("seconds"),
            pending=(number(pending[0]), whole(pending[1])),
            watch=record["watch"] if "watch" in fields else None,
            precision=precision_of(fields),
            hashes=hashes,
            spec=SpecRecord.of(fields.part("spec")),
            environment=_environment(fields.part("environment")),
            sealed=fields.text("format") in SEALED,
        )


def _environment(fields: Fields) -> dict[str, Any]:
    """Versions, BLAS and kind of steps, as `environment.differences` compares them."""
    versions = fields.texts("versions")
    if not {"chainrule", "numpy"} <= versions.keys():
        raise Unfit
    return {
        "versions": versions,
        "blas": [_library(Fields(each)) for each in fields.items("blas")],
        "steps": fields.text("steps"),
    }


def _library(fields: Fields) -> dict[str, object]:
    threads = fields.whole("threads", least=1)
    if threads > MOST_THREADS:
        raise Unfit
    texts = {name: fields.text(name) if name in fields else None for name in ("library", "version", "kernels")}
    return {**texts, "threads": threads}
