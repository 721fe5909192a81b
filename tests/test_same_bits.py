"""The same seed gives the same bits in every process, and nearly the same ones with other threads."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule

PROCESSES = 5
LARGE = """
dim N
input x: [N, 256]
input t: int[N]
param W1: [256, 256] = he()
param b1: [256] = zeros()
param W2: [256, 4] = he()
h = relu(affine(x, W1, b1))
loss = softmax-loss(h @ W2, t)
data rows { x = npz("rows.npz", "x") ; t = npz("rows.npz", "t") }
train { minimize = loss ; optimizer = adam() ; epochs = 3 ; batch = 256 ; data = rows ; hold_out = 0.1 ; seed = 7 }
"""
"""Its products are so large that the BLAS may take all of its threads."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(1200, 256)).astype("f4"), generator.integers(4, size=1200)
    np.savez(tmp_path / "rows.npz", x=x, t=t)
    (tmp_path / "large.graph").write_text(LARGE, encoding="utf-8")
    return tmp_path


def trained(folder: Path, run: str, threads: int, *options: str) -> Path:
    """A model, trained by a process of its own."""
    command = [sys.executable, "-m", "chainrule", "train", "large.graph", "--quiet", "--run", run, *options]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads), "PYTHONHASHSEED": run[-1]}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder / run / "model.safetensors"


def test_the_same_seed_in_five_processes(folder: Path) -> None:
    models = [trained(folder, f"run{number}", threads=1) for number in range(PROCESSES)]
    assert len({hashlib.sha256(model.read_bytes()).hexdigest() for model in models}) == 1


def test_other_threads_differ_by_rounding_alone(folder: Path) -> None:
    plain = ("--set", "train.optimizer=sgd(lr = 0.1)")  # Adam makes a step of any gradient that is not zero
    one, two = (chainrule.load(trained(folder, f"run{threads}", threads, *plain)).params for threads in (1, 2))
    for path, value in one.items():
        scale = np.abs(value).max()
        assert np.abs(two[path] - value).max() <= 1e-6 * max(scale, 1), path
