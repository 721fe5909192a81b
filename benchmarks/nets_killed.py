"""Kills the trainings of textbook nets at random instants, resumes them, and compares what they come to, bit by bit.

    python -m chainrule.benchmarks.nets_killed [--kills 20] [--folder FOLDER]

LeNet with batch normalisation and dropout, an LSTM, and word vectors with a lazy adam, each by the command line on made
rows: once undisturbed; with kills (SIGKILL, each after a random step in the midst of the training, each resume killed
again with odds of one half); by the plain executor.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from safetensors import safe_open

import chainrule

HEAD = "chainrule 1\nuse chainrule.layers\ndim N\n"
NETS = {
    "LeNet, batch norm, dropout; adam": """input x: [N, 1, 28, 28]
input t: int[N]
maps = x -> conv2d(6, 5, padding = 2) -> batch_norm -> relu -> max_pool(2) -> conv2d(16, 5) -> batch_norm -> relu
hidden = maps -> max_pool(2) -> flatten -> dense(120) -> relu -> dropout -> dense(84) -> relu -> dropout
loss = softmax-loss(hidden -> dense(10), t)
train { minimize = loss ; optimizer = adam(lr = 0.001) ; epochs = 5 ; batch = 100 ; data = rows }
""",
    "LSTM 64, 16 steps; momentum, clip_norm": """input x: [N, 16, 8]
input t: int[N, 16]
loss = softmax-loss(x -> lstm(64) -> dense(10), t)
train { minimize = loss ; optimizer = momentum(lr = 0.1, clip_norm = 1) ; epochs = 12 ; batch = 100 ; data = rows }
""",
    "embedding 10,000 x 100; lazy adam": """input x: int[N, 2]
input t: int[N]
loss = softmax-loss(embedding(x, 10000, 100) -> mean(axis = 1) -> dense(10), t)
train { minimize = loss ; optimizer = adam(lr = 0.01, lazy = true) ; epochs = 40 ; batch = 100 ; data = rows }
""",
}
LATER = 0.05
"""Seconds that a kill comes after the checkpoint that it waits for, at most: a few steps."""
DATA = 'data rows { x = npz("rows.npz", "x") ; t = npz("rows.npz", "t") }\n'


def prepare(folder: Path, net: str) -> Path:
    """The spec beside its rows."""
    draw = np.random.default_rng(0)
    labels = draw.integers(10, size=(1000, 16) if "lstm" in net else 1000)
    shape = (1000, 16, 8) if "lstm" in net else (1000, 1, 28, 28)
    x = draw.integers(10_000, size=(1000, 2)) if "embedding" in net else draw.standard_normal(shape).astype("float32")
    np.savez(folder / "rows.npz", x=x, t=labels)
    path = folder / "net.graph"
    path.write_text(HEAD + net.replace("train {", DATA + "train {"), encoding="utf-8")
    return path


def train(spec: Path, run: Path, *, kill_after: int | None = None, wait: float = 0.0) -> bool:
    """Begins a run, or goes on with it, and kills it `wait` seconds after its checkpoint of a step is there.

    Whether it came to its end.
    """
    command = [sys.executable, "-m", "chainrule", "train", spec, "--resume", run, "--checkpoint-every", "5"]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while kill_after is not None and process.poll() is None:
        if kept_step(run) >= kill_after:
            time.sleep(wait)
            process.kill()
            break
        time.sleep(0.002)
    _, told = process.communicate()
    if process.returncode == -signal.SIGKILL:
        return False
    if process.returncode:
        raise SystemExit(told.decode())
    return True


def kept_step(run: Path) -> int:
    """The step of the checkpoint that a run would be resumed from, 0 where it has none."""
    try:
        with safe_open(run / "checkpoint.safetensors", "np") as file:
            return int(json.loads(file.metadata()["chainrule"])["step"])
    except FileNotFoundError:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="runs that are killed, of each net")
    parser.add_argument("--folder", type=Path, help="where runs are kept for a while")
    asked = parser.parse_args()
    choose = random.Random(1)
    for name, net in NETS.items():
        with tempfile.TemporaryDirectory(dir=asked.folder) as place:
            folder = Path(place)
            spec = prepare(folder, net)
            begun = time.perf_counter()
            train(spec, folder / "whole")
            took = time.perf_counter() - begun
            wanted = (folder / "whole" / "model.safetensors").read_bytes()
            chainrule.load(spec).train(folder / "plain", optimise=False)
            plain = (folder / "plain" / "model.safetensors").read_bytes() == wanted
            steps = kept_step(folder / "whole")
            equal = 0
            kept: list[int] = []
            for number in range(asked.kills):
                run = folder / str(number)
                again = True
                while again:
                    first = kept_step(run)
                    after = choose.randrange(first + 1, steps - 5) if first < steps - 6 else None
                    again = not train(spec, run, kill_after=after, wait=choose.uniform(0, LATER))
                    if again:
                        kept.append(kept_step(run))
                        if choose.random() < 0.5:
                            again = not train(spec, run)
                equal += (run / "model.safetensors").read_bytes() == wanted
            print(
                f"{name}: {took:.1f} s, {steps} steps; {asked.kills} runs, {len(kept)} kills, {equal} equal; "
                f"resumed at steps {', '.join(map(str, sorted(kept)))}; plain equal: {plain}",
                flush=True,
            )


if __name__ == "__main__":
    main()
