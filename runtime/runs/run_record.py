"""What run.json says of a run, and the hashes by which a run knows its data."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...compiler.graph.groups import groups_text
from ...compiler.graph.signatures import invocation_text
from ...compiler.graph.spec import TrainSection
from ..data.binding import Dataset
from ..data.stored import pieces_of
from ..training.job import Job
from ..training.train import Training
from .atomic import read_bytes
from .machine_record import blas, versions
from .model_file import SpecRecord
from .run_folder import CHECKPOINT, PREVIOUS, has_checkpoint


def run_record(training: Training, spec: SpecRecord, hashes: Mapping[str, str]) -> dict[str, object]:
    """Where a training stands, and all that its bits hang on."""
    history = training.history
    return {
        "state": training.state,
        "spec": spec.name,
        "folder": spec.folder,
        "set": dict(spec.settings),
        "step": training.step,
        "steps": training.steps,
        "epoch": training.epoch,
        "seconds": round(training.seconds, 3),
        "kept_step": history.kept_step,
        "metrics": _plain(history.last),
        "best": _plain(history.best),
        "settings": settings_record(training.job.section),
        "hashes": dict(hashes),
        "optimised": training.job.optimise,
        "folded": list(training.trainer.folded),
        "versions": versions(),
        "blas": blas(),
    }


def data_hash(data: Dataset | None) -> str:
    """sha256 over the inputs of all rows, in the precision of the training; empty without data."""
    if data is None:
        return ""
    digest = hashlib.sha256()
    for name in sorted(data.inputs):
        array = data.inputs[name]
        digest.update(f"{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        for piece in pieces_of(array):
            digest.update(np.ascontiguousarray(piece).data)
    return digest.hexdigest()


def identity(job: Job, spec: SpecRecord, folder: Path | None) -> dict[str, str]:
    """What processes that train together must have alike, as texts: the checkpoint in `folder` among them."""
    rows = [data_hash(each) for each in (job.data, job.validate, job.test)]
    checkpoint = "" if folder is None or not has_checkpoint(folder) else _file_hash(folder)
    return {
        "statements or settings": f"{spec.fingerprint} {settings_record(job.section)}",
        "data": " ".join(rows),
        "checkpoint": checkpoint,
    }


def _file_hash(folder: Path) -> str:
    path = folder / CHECKPOINT
    return hashlib.sha256(read_bytes(path if path.exists() else folder / PREVIOUS)).hexdigest()


PLAIN_KEYS = (
    "epochs",
    "steps",
    "data",
    "test",
    "batch",
    "accumulate",
    "sampling",
    "report",
    "precision",
    "seed",
    "exact",
    "backend",
)
"""Keys whose values JSON holds as they are."""


def settings_record(section: TrainSection) -> dict[str, object]:
    """A train section as JSON holds it, every default filled in."""
    record: dict[str, object] = {"minimize": section.loss, "optimizer": invocation_text(section.optimizer)}
    record |= {key: getattr(section, key) for key in PLAIN_KEYS}
    record["precision"] = section.written_precision
    for key, share in (("hold_out", section.hold_out), ("rows", section.rows)):
        record[key] = share.fraction if share is not None and not share.last else _text(share)
    validated = section.validate_share
    record["validate"] = section.validate or _text(validated)
    record["stratify"] = section.stratify
    record["groups"] = groups_text(section.groups) if section.groups else None
    record["schedule"] = invocation_text(section.schedule)
    record["stop"] = invocation_text(section.stop) if section.stop else None
    record["metrics"] = list(section.metrics)
    return record


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(numbers: Mapping[str, float]) -> dict[str, float | str]:
    return {name: value if np.isfinite(value) else str(value) for name, value in numbers.items()}
