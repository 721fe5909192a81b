"""Long checks of models of ONNX in onnxruntime, and of models that other tools make anew."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.program.imports import import_onnx

ROOT = Path(chainrule.__file__).parent
MAKER = Path(__file__).parent / "makers" / "make_models.py"


@pytest.mark.proof
def test_onnxruntime_trains_iris(tmp_path: Path) -> None:
    """The script of docs/, which knows nothing of chainrule."""
    chainrule.load(ROOT / "specs" / "iris.graph").export(tmp_path / "iris.onnx", train_step=True)
    script, rows = ROOT / "docs" / "train_in_onnxruntime.py", ROOT / "specs" / "data" / "iris.csv"
    done = subprocess.run(
        [sys.executable, "-I", script, tmp_path / "iris.onnx", rows], capture_output=True, text=True, check=True
    )
    losses = [float(each) for each in re.findall(r"loss ([\d.]+)", done.stdout)]
    assert len(losses) == 4
    assert losses[-1] < 0.2


@pytest.mark.proof
@pytest.mark.parametrize("name", ["torch-mlp", "torch-cnn", "torch-batch-norm", "sklearn-mlp", "keras-mlp"])
def test_models_that_are_made_anew(name: str, tmp_path: Path) -> None:
    made = subprocess.run([sys.executable, MAKER, tmp_path, name], capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in made.stderr:
        pytest.skip("its tool is not installed")
    path = tmp_path / f"{name}.onnx"
    program = import_onnx(path)
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as kept:
        (given,) = program.spec.graph.inputs
        found = program.run({given: kept["x"]})
        for output, key in zip(program.outputs, [key for key in kept if key != "x"], strict=True):
            largest = float(np.max(np.abs(kept[key]))) or 1.0
            np.testing.assert_allclose(found[output], kept[key], rtol=0, atol=1e-6 * largest)
