"""What `program.train` costs beyond its steps: `python benchmarks/epoch.py`.

A training of many epochs without reports; after each, a callback takes as many steps by `trainer.step` on rows of the
same data, so that both see the same weather on the machine. Prints microseconds of processor time a step.
"""

import argparse
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

import chainrule
from chainrule.runtime.training.train import Callback

if TYPE_CHECKING:
    from chainrule.runtime.steps.trainer import Trainer
    from chainrule.runtime.training.train import Training

SIZES = (784, 100, 64, 32, 10)


def spec(rows: int, batch: int, epochs: int) -> str:
    """The net of the races on rows from a file."""
    lines = ["dim N", f"input x: [N, {SIZES[0]}]", "input t: int[N]"]
    value = "x"
    for number, (inner, units) in enumerate(pairwise(SIZES)):
        lines += [f"param W{number}: [{inner}, {units}] = he()", f"param b{number}: [{units}] = zeros()"]
        lines.append(f"a{number} = affine({value}, W{number}, b{number})")
        value = f"relu(a{number})"
    lines.append(f"loss = softmax-loss(a{len(SIZES) - 2}, t)")
    lines.append('data rows { x = npz("rows.npz", "x") ; t = npz("rows.npz", "t") }')
    report = epochs * -(-rows // batch)
    lines.append("train { minimize = loss ; optimizer = sgd(lr = 0.001) ; data = rows ;")
    lines.append(f"epochs = {epochs} ; batch = {batch} ; report = every({report}) }}")
    return "\n".join(lines) + "\n"


class Clock(Callback):
    """Times each epoch, and after it as many steps alone."""

    def __init__(self, trainer: "Trainer", x: np.ndarray, t: np.ndarray, batch: int) -> None:
        self.trainer, self.x, self.t, self.batch = trainer, x, t, batch
        self.steps = len(x) // batch
        self.epochs: list[float] = []
        self.alone: list[float] = []
        self.began = time.process_time()

    def stepped(self, training: "Training") -> None:
        if training.step % self.steps or training.step == training.steps:
            return
        ended = time.process_time()
        for start in range(0, len(self.x), self.batch):
            self.trainer.step(x=self.x[start : start + self.batch], t=self.t[start : start + self.batch])
        again = time.process_time()
        self.epochs.append((ended - self.began) / self.steps)
        self.alone.append((again - ended) / self.steps)
        self.began = time.process_time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=100)
    asked = parser.parse_args()
    generator = np.random.default_rng(0)
    x = generator.random((asked.rows, SIZES[0]), dtype="float32")
    x[x < 0.6] = 0
    t = generator.integers(SIZES[-1], size=asked.rows)
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        np.savez(Path(folder, "rows.npz"), x=x, t=t)
        program = chainrule.compile(spec(asked.rows, asked.batch, asked.epochs), folder=folder)
        clock = Clock(program.trainer(batch=asked.batch), x, t, asked.batch)
        program.train(callbacks=[clock])
    for name, function in (("least", min), ("median", statistics.median)):
        epoch, alone = function(clock.epochs[1:]) * 1e6, function(clock.alone[1:]) * 1e6
        print(f"{name:6}  a step of an epoch {epoch:7.1f} us, alone {alone:7.1f} us: {epoch / alone:.3f}")


if __name__ == "__main__":
    main()
