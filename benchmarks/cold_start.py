"""From the shell to the end of a first epoch: `python benchmarks/cold_start.py [--python RACE_PYTHON] [--rounds N]`.

One epoch over 5,000 rows of 784 columns in a .npz file, net 784-100-64-32-10, batch 100, SGD: `chainrule train` with
its compiled spec kept and with an empty cache, beside hand-written numpy and torch. Each is a fresh process; they take
turns, with one BLAS thread. Ratios of medians count. `--python` names the interpreter of the race's environment (the
one that `race.py` builds), which has torch; without torch that line is left out.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SLOWED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
"""Variables of some servers that slow down BLAS, and Python's start."""

DATA = """
import numpy as np
random = np.random.default_rng(0)
np.savez("rows.npz", x=random.random((5000, 784), "float32"), t=random.integers(0, 10, 5000))
"""

SPEC = """chainrule 1
use chainrule.layers
dim N
input x: [N, 784]
input t: int[N]
output scores = x -> dense(100) -> relu -> dense(64) -> relu -> dense(32) -> relu -> dense(10)
loss = softmax-loss(scores, t)
data rows { x = npz("rows.npz", "x") ; t = npz("rows.npz", "t") }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 1 ; batch = 100 ; data = rows }
"""

NUMPY = """
import numpy as np
with np.load("rows.npz") as rows:
    x, t = rows["x"], np.eye(10, dtype="float32")[rows["t"]]
random, sizes = np.random.default_rng(0), [784, 100, 64, 32, 10]
weights = [(random.standard_normal((i, o)) * (2 / i) ** 0.5).astype("float32") for i, o in zip(sizes, sizes[1:])]
biases = [np.zeros(o, "float32") for o in sizes[1:]]
order = random.permutation(5000)
for start in range(0, 5000, 100):
    taken = order[start : start + 100]
    values = [x[taken]]
    for layer, (weight, bias) in enumerate(zip(weights, biases)):
        scores = values[-1] @ weight + bias
        values.append(np.maximum(scores, 0) if layer < 3 else scores)
    exp = np.exp(scores - scores.max(1, keepdims=True))
    gradient = (exp / exp.sum(1, keepdims=True) - t[taken]) / 100
    for layer in (3, 2, 1, 0):
        of_weight, of_bias = values[layer].T @ gradient, gradient.sum(0)
        if layer:
            gradient = (gradient @ weights[layer].T) * (values[layer] > 0)
        weights[layer] -= 0.1 * of_weight
        biases[layer] -= 0.1 * of_bias
"""

TORCH = """
import numpy as np, torch
from torch import nn
with np.load("rows.npz") as rows:
    x, t = torch.from_numpy(rows["x"]), torch.from_numpy(rows["t"])
sizes = [784, 100, 64, 32]
layers = [layer for i, o in zip(sizes, sizes[1:]) for layer in (nn.Linear(i, o), nn.ReLU())]
net, loss = nn.Sequential(*layers, nn.Linear(32, 10)), nn.CrossEntropyLoss()
optimiser = torch.optim.SGD(net.parameters(), 0.1)
for taken in torch.randperm(5000).split(100):
    optimiser.zero_grad()
    loss(net(x[taken]), t[taken]).backward()
    optimiser.step()
"""

TRAIN = ["-m", "chainrule", "train", "net.graph", "--quiet"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the race's environment")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.graph").write_text(SPEC, encoding="utf-8")
        (folder / "chainrule").symlink_to(ROOT)
        once(options.python, ["-c", DATA], folder)
        commands = {"numpy": ["-c", NUMPY], "chainrule, kept": TRAIN, "chainrule, first": TRAIN, "torch": ["-c", TORCH]}
        if subprocess.run([options.python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode:
            del commands["torch"]
        times: dict[str, list[float]] = {who: [] for who in commands}
        for round_ in range(options.rounds + 1):
            for who, command in commands.items():
                seconds = once(
                    options.python, command, folder, cache="" if who.endswith("first") else str(folder / "c")
                )
                if round_:  # the first writes bytecode and fills the cache
                    times[who].append(seconds)
    medians = {who: statistics.median(each) for who, each in times.items()}
    print("| from the shell to the end of an epoch | ms | least | of chainrule, kept |\n|---|---:|---:|---:|")
    for who, median in medians.items():
        ratio = medians["chainrule, kept"] / median
        print(f"| {who} | {median * 1e3:.0f} | {min(times[who]) * 1e3:.0f} | {ratio:.2f} |")


def once(python: str, command: list[str], folder: Path, cache: str = "") -> float:
    """Seconds that a process takes, from its start to its end."""
    environment = {name: value for name, value in os.environ.items() if name not in SLOWED}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CHAINRULE_CACHE": cache}
    environment["PYTHONPATH"] = str(folder)
    start = time.perf_counter()
    subprocess.run([python, *command], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
