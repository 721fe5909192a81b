"""The memory of a LeNet step beyond parameters and a batch of data, ours and torch's, each in a process of its own.

    python benchmarks/nets_memory.py [--batch 100] [--python PYTHON]

What counts is how far the process's resident memory rises above where it stood before the first step. Linux only.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memory import STEPS, resident

NAMES = ("torch", "chainrule")


def measured(name: str, batch: int) -> int:
    """Bytes that a few steps rise above where the process stood before; of ours the step is generated among them."""
    import numpy as np

    draw = np.random.default_rng(0)
    images, digits = draw.standard_normal((batch, 1, 28, 28)).astype("float32"), draw.integers(10, size=batch)
    step = _ours(images, digits) if name == "chainrule" else _theirs(images, digits)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far
    before = resident("VmRSS")
    for _ in range(STEPS):
        step()
    return resident("VmHWM") - before


def _ours(images: Any, digits: Any) -> Callable[..., object]:
    import chainrule

    text = (
        "chainrule 1\nuse chainrule.layers\ndim N\ninput x: [N, 1, 28, 28]\ninput t: int[N]\n"
        "maps = x -> conv2d(6, 5, padding = 2) -> relu -> max_pool(2) -> conv2d(16, 5) -> relu -> max_pool(2)\n"
        "loss = softmax-loss(maps -> flatten -> dense(120) -> relu -> dense(84) -> relu -> dense(10), t)\n"
        "train { minimize = loss ; optimizer = sgd(lr = 0.01) ; steps = 1 }\n"
    )
    small = chainrule.compile(text, precision="float32").trainer(precision="float32")
    small.step(x=images[:2], t=digits[:2])  # what is imported late is there
    trainer = chainrule.compile(text, precision="float32").trainer(precision="float32")
    return lambda: trainer.step(x=images, t=digits)


def _theirs(images: Any, digits: Any) -> Callable[..., object]:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    convolutions = (nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU())
    dense = (nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    net = nn.Sequential(*convolutions, nn.MaxPool2d(2), nn.Flatten(), *dense)
    optimiser, loss = torch.optim.SGD(net.parameters(), lr=0.01), nn.CrossEntropyLoss()
    x, t = torch.from_numpy(images), torch.from_numpy(digits)

    def step(rows: int | None = None) -> None:
        optimiser.zero_grad()
        loss(net(x[:rows]), t[:rows]).backward()
        optimiser.step()

    step(2)
    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="one that has both")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(measured(asked.measure, asked.batch))
        return
    found: dict[str, int] = {}
    for name in NAMES:
        command = [asked.python, __file__, f"--batch={asked.batch}", f"--measure={name}"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        found[name] = int(answer.stdout.split()[-1])
        print(f"{name:10} {found[name] / 1e6:6.1f} MB  {found[name] / found[NAMES[0]]:.2f}", flush=True)


if __name__ == "__main__":
    main()
