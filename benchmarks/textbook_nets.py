"""Steps of the textbooks' nets through `trainer.step`, beside torch eager's, in one run: medians, and their ratio.

    python -m chainrule.benchmarks.textbook_nets [--processor] [ROUNDS] [NAME ...]

With `--processor` it counts processor time, which suffers less from what else runs. Needs torch in the same
environment, or on PYTHONPATH; one thread each. Names are parts of those that it prints.
"""

# ruff: noqa: E402  # numpy and torch count threads when they are imported
import os
import sys

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # of some servers: they halve numpy's matrix products
    os.environ.pop(name, None)
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

import chainrule

Step = Callable[[], object]

HEAD = "chainrule 1\nuse chainrule.layers\ndim N\n"
TRAIN = "train {\n  minimize = loss\n  optimizer = sgd(lr = 0.01)\n  steps = 1\n}\n"

LENET = """input x: [N, 1, 28, 28]
input t: int[N]
maps = x -> conv2d(6, 5, padding = 2) -> relu -> max_pool(2) -> conv2d(16, 5) -> relu -> max_pool(2)
loss = softmax-loss(maps -> flatten -> dense(120) -> relu -> dense(84) -> relu -> dense(10), t)
"""
SIMPLE = """input x: [N, 1, 28, 28]
input t: int[N]
maps = x -> conv2d(30, 5) -> relu -> max_pool(2)
loss = softmax-loss(maps -> flatten -> dense(100) -> relu -> dense(10), t)
"""
LSTM = """input x: [N, 32, 64]
input t: int[N, 32]
loss = softmax-loss(x -> lstm(128) -> dense(64), t)
"""
NORMED = """input x: [N, 784]
input t: int[N]
block layer(x) { return x -> dense(100) -> batch_norm -> relu -> dropout(0.2) }
loss = softmax-loss(x -> layer -> layer -> layer -> layer -> dense(10), t)
"""


def words(count: int) -> str:
    """The spec of word vectors, so many of them."""
    return f"""input x: int[N, 2]
input t: int[N]
loss = softmax-loss(embedding(x, {count}, 100) -> mean(axis = 1) -> dense(50), t)
"""


class Recurrent(nn.Module):
    """LSTM 64-128, as a loop of cells or fused, and a layer on each of its outputs."""

    def __init__(self, *, fused: bool) -> None:
        super().__init__()
        self.fused = fused
        self.cell = nn.LSTM(64, 128, batch_first=True) if fused else nn.LSTMCell(64, 128)
        self.out = nn.Linear(128, 64)

    def forward(self, x: Any) -> Any:
        if self.fused:
            return self.out(self.cell(x)[0]).flatten(0, 1)
        h = c = x.new_zeros(len(x), 128)
        states = []
        for row in x.unbind(1):
            h, c = self.cell(row, (h, c))
            states.append(h)
        return self.out(torch.stack(states, 1)).flatten(0, 1)


class Words(nn.Module):
    """The mean of two words' vectors, and a layer."""

    def __init__(self, *, sparse: bool) -> None:
        super().__init__()
        self.table = nn.Embedding(10_000, 100, sparse=sparse)
        self.out = nn.Linear(100, 50)

    def forward(self, x: Any) -> Any:
        return self.out(self.table(x).mean(1))


def theirs(net: nn.Module, x: Any, t: Any) -> Step:
    """A step of torch."""
    x, t = torch.tensor(x), torch.tensor(t).flatten()
    net(x)  # lazy layers learn their sizes
    optimiser, loss = torch.optim.SGD(net.parameters(), lr=0.01), nn.CrossEntropyLoss()

    def step() -> None:
        optimiser.zero_grad()
        loss(net(x), t).backward()
        optimiser.step()

    return step


def ours(text: str, x: Any, t: Any) -> Step:
    """A step of a spec."""
    trainer = chainrule.compile(HEAD + text + TRAIN, precision="float32").trainer(precision="float32")
    return lambda: trainer.step(x=x, t=t)


def rows() -> Mapping[str, tuple[Step, Mapping[str, Step]]]:
    """Each net: our step, and torch's by their names."""
    random = np.random.default_rng(0)

    def real(*shape: int) -> Any:
        return random.standard_normal(shape).astype("float32")

    images, digits = real(100, 1, 28, 28), random.integers(10, size=100)
    lenet = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    simple = nn.Sequential(
        *(nn.Conv2d(1, 30, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(4320, 100), nn.ReLU(), nn.Linear(100, 10)),
    )
    text, letters = real(32, 32, 64), random.integers(64, size=(32, 32))
    normed = nn.Sequential(
        *(m for _ in range(4) for m in (nn.LazyLinear(100), nn.BatchNorm1d(100), nn.ReLU(), nn.Dropout(0.2))),
        nn.LazyLinear(10),
    )
    flat = real(100, 784)
    ids, topics = random.integers(10_000, size=(100, 2)), random.integers(50, size=100)
    return {
        "LeNet, batch 100": (ours(LENET, images, digits), {"eager": theirs(lenet, images, digits)}),
        "30 filters 5x5, pool, 100, 10": (ours(SIMPLE, images, digits), {"eager": theirs(simple, images, digits)}),
        "LSTM 64-128, 32 steps, batch 32": (
            ours(LSTM, text, letters),
            {
                "LSTMCell": theirs(Recurrent(fused=False), text, letters),
                "fused": theirs(Recurrent(fused=True), text, letters),
            },
        ),
        "784-4x100-10, batch norm, dropout": (ours(NORMED, flat, digits), {"eager": theirs(normed, flat, digits)}),
        "embedding 10,000 x 100": (
            ours(words(10_000), ids, topics),
            {"dense": theirs(Words(sparse=False), ids, topics), "sparse": theirs(Words(sparse=True), ids, topics)},
        ),
        "embedding, the same by rows": (
            ours(words(10_000), ids, topics),
            {f"{count:,}": ours(words(count), ids, topics) for count in (10_000, 1_000_000)},
        ),
    }


def main(rounds: int, names: list[str], clock: Callable[[], float]) -> None:
    """Goes round all of them, so that what disturbs one disturbs the others."""
    torch.set_num_threads(1)
    wanted = {
        name: row for name, row in rows().items() if not names or any(part.lower() in name.lower() for part in names)
    }
    took: dict[tuple[str, str], list[float]] = {}
    for turn in range(rounds + 1):
        for name, (own, others) in wanted.items():
            for side, step in {"chainrule": own, **others}.items():
                begun = clock()
                for _ in range(3):
                    step()
                if turn:
                    took.setdefault((name, side), []).append((clock() - begun) / 3e-3)
    for (name, side), times in took.items():
        ratio = statistics.median(took[name, "chainrule"]) / statistics.median(times)
        print(f"{name:34} {side:9} median {statistics.median(times):8.3f} ms  least {min(times):8.3f}", end="")
        print("" if side == "chainrule" else f"  ours / theirs {ratio:.2f}")


if __name__ == "__main__":
    given = sys.argv[1:]
    by_processor = "--processor" in given[:1]
    given = given[by_processor:]
    count = int(given.pop(0)) if given and given[0].isdigit() else 12
    main(count, given, time.process_time if by_processor else time.perf_counter)
