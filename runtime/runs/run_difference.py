"""What differs between two runs, by what their folders say of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...compiler.graph.diff import Difference
from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..training_faults import CANNOT_READ
from .run_folder import read_run

Pair = tuple[object, object]

HASH = "hash of spec"

MEANT = ("spec", HASH, "--set ", "train.")
"""What the names of causes begin with that are no causes where two specs mean the same."""


class RunDifference(NamedTuple):
    """What each run says, before and after, where they differ: None where one says nothing.

    `specs` is how their specs differ, None where the text of one can't be had; `causes` are settings, replaced values,
    data and versions; `results` how far they came, and their metrics. Specs that mean the same are no cause: their
    files, comments and names may differ.
    """

    specs: Difference | None
    causes: Mapping[str, Pair]
    results: Mapping[str, Pair]

    @property
    def alike(self) -> bool:
        return not (self.causes or self.results)


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return path.is_dir() and read_run(path) is not None


def run_difference(before: Path, after: Path, specs: Difference | None) -> RunDifference:
    """Compares two run folders, whose specs differ so. Raises SpecError where one holds no run."""
    first, second = (_read(path) for path in (before, after))
    causes = _differing(_causes(first), _causes(second))
    if specs is not None:
        left_out = MEANT if specs.alike else (HASH,)
        causes = {name: pair for name, pair in causes.items() if not name.startswith(left_out)}
        for name, value, its_other in specs.settings:
            causes.setdefault(name, (value, its_other))
    return RunDifference(specs, causes, _differing(_results(first, {}), _results(second, _called(specs))))


def _read(path: Path) -> dict[str, Any]:
    record = read_run(path)
    if record is None:
        raise SpecError([CANNOT_READ.at(Place(str(path)), path=path, reason="the folder holds no run")])
    return record


def _called(specs: Difference | None) -> dict[str, str]:
    """What the first spec calls the metrics of the second."""
    return {other: one for one, other in specs.metrics} if specs is not None else {}


def _causes(record: Mapping[str, Any]) -> dict[str, object]:
    causes: dict[str, object] = {"spec": record.get("spec")}
    causes |= {f"--set {name}": value for name, value in _section(record, "set").items()}
    causes |= {f"train.{name}": value for name, value in _section(record, "settings").items()}
    causes |= {f"hash of {name}": str(value)[:12] for name, value in _section(record, "hashes").items()}
    causes |= _section(record, "versions")
    libraries = record.get("blas")
    first = libraries[0] if isinstance(libraries, list) and libraries else None
    return causes | {f"BLAS {name}": value for name, value in _section({"blas": first}, "blas").items()}


def _results(record: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, object]:
    results = {name: record.get(name) for name in ("state", "step", "epoch", "kept_step")}
    results |= {_metric(name, called): value for name, value in _section(record, "metrics").items()}
    return results | {f"best {_metric(name, called)}": value for name, value in _section(record, "best").items()}


def _metric(name: str, called: Mapping[str, str]) -> str:
    side, _, own = name.partition(".")
    return f"{side}.{called[own]}" if own in called else name


def _section(record: Mapping[str, Any], name: str) -> dict[str, object]:
    found = record.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _differing(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, Pair]:
    names = dict.fromkeys((*first, *second))
    return {name: (first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)}
