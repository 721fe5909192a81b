"""Exports of every spec, held against what the spec itself computes."""

from functools import partial
from pathlib import Path

import pytest
from exported import worst_of

import chainrule

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").glob("*.graph"))

AFTER_50 = {"sgd": 1e-5, "momentum": 1e-5, "nesterov": 1e-5, "adam": 1e-4, "adamw": 1e-4, "rmsprop": 1e-4,
            "adagrad": 1e-4}  # fmt: skip


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_file_of_python_computes_and_trains_the_same(spec: Path, tmp_path: Path) -> None:
    worst = worst_of(partial(chainrule.load, spec, "float64"), tmp_path)
    assert worst["outputs"] <= 1e-15
    assert worst.get("gradients", 0) <= 1e-15
    assert worst.get("step 1", 0) <= 1e-6
    train = chainrule.load(spec).spec.train
    assert train is None or worst["step 50"] <= AFTER_50[train.optimizer.name]
