"""What differs between two runs, by what their folders say of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..grammar.diagnostic import Place, SpecError
from .run_folder import read_run
from .training_faults import CANNOT_READ

Pair = tuple[object, object]


class RunDifference(NamedTuple):
    """What each run says, before and after, where they differ: None where one says nothing.

    `causes` are settings, replaced values, data and versions; `results` how far they came, and their metrics.
    """

    causes: Mapping[str, Pair]
    results: Mapping[str, Pair]

    @property
    def alike(self) -> bool:
        return not (self.causes or self.results)


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return path.is_dir() and read_run(path) is not None


def run_difference(before: Path, after: Path) -> RunDifference:
    """Compares two run folders. Raises SpecError where one holds no run."""
    first, second = (_read(path) for path in (before, after))
    return RunDifference(
        _differing(_causes(first), _causes(second)),
        _differing(_results(first), _results(second)),
    )


def _read(path: Path) -> dict[str, Any]:
    record = read_run(path)
    if record is None:
        raise SpecError([CANNOT_READ.at(Place(str(path)), path=path, reason="the folder holds no run")])
    return record


def _causes(record: Mapping[str, Any]) -> dict[str, object]:
    causes: dict[str, object] = {"spec": record.get("spec")}
    causes |= {f"--set {name}": value for name, value in _section(record, "set").items()}
    causes |= {f"train.{name}": value for name, value in _section(record, "settings").items()}
    causes |= {f"hash of {name}": str(value)[:12] for name, value in _section(record, "hashes").items()}
    causes |= _section(record, "versions")
    libraries = record.get("blas")
    first = libraries[0] if isinstance(libraries, list) and libraries else None
    return causes | {f"BLAS {name}": value for name, value in _section({"blas": first}, "blas").items()}


def _results(record: Mapping[str, Any]) -> dict[str, object]:
    results = {name: record.get(name) for name in ("state", "step", "epoch", "kept_step")}
    results |= _section(record, "metrics")
    return results | {f"best {name}": value for name, value in _section(record, "best").items()}


def _section(record: Mapping[str, Any], name: str) -> dict[str, object]:
    found = record.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _differing(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, Pair]:
    names = dict.fromkeys((*first, *second))
    return {name: (first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)}
