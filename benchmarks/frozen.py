"""A frozen base and a new head: the time of a step beside that of the same net with all params trained.

    OPENBLAS_NUM_THREADS=1 python benchmarks/frozen.py
    OPENBLAS_NUM_THREADS=1 python benchmarks/frozen.py --rounds 200 --markdown frozen.md

Both take turns in one process, a few steps each, so that both see the same weather. What is measured is processor time,
which suffers less from neighbours; the ratio is the median of the rounds'. FLOPs are those that `chainrule show`
counts: a forward pass, and the reverse pass to what is trained.
"""

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

import chainrule
from chainrule.views.text.summary import summary_of

CASES = (
    ("784-100-64-32-10", 100, "sgd"),
    ("784-100-64-32-10", 100, "adam"),
    ("784-1024-1024-10", 100, "sgd"),
    ("784-1024-1024-10", 100, "adam"),
    ("784-256-256-256-256-10", 256, "sgd"),
)
MOST = 1.1
"""What a frozen step may take of the time that its FLOPs say."""


class Way(NamedTuple):
    """A net with or without a frozen base: a step, and the FLOPs of one."""

    step: Callable[[], object]
    flops: float


def way(sizes: str, rows: int, optimizer: str, *, frozen: bool) -> Way:
    widths = [int(size) for size in sizes.split("-")]
    lines, value = [f"input x: [{rows}, {widths[0]}]", f"input t: int[{rows}]"], "x"
    last = len(widths) - 2
    for number, (inner, units) in enumerate(pairwise(widths)):
        part = "head" if number == last else "base"
        lines += [
            f"param {part}{number}_W: [{inner}, {units}] = he()",
            f"param {part}{number}_b: [{units}] = zeros()",
            f"a{number} = affine({value}, {part}{number}_W, {part}{number}_b)",
        ]
        value = f"relu(a{number})"
    groups = ' ; groups = [group("base*", frozen = true)]' if frozen else ""
    lines += [
        f"loss = softmax-loss(a{last}, t)",
        f"train {{ minimize = loss ; optimizer = {optimizer}(lr = 0.0001) ; steps = 1{groups} }}",
    ]
    program = chainrule.compile("\n".join(lines) + "\n")
    summary = summary_of(program.spec, 4)
    assert summary.backward is not None  # there is a train section
    trainer, generator = program.trainer(), np.random.default_rng(0)
    feeds = {
        "x": generator.random((rows, widths[0]), dtype="float32"),
        "t": generator.integers(widths[-1], size=rows),
    }
    return Way(lambda: trainer.step(feeds), summary.forward.flops + summary.backward.flops)


def taken(ways: tuple[Way, ...], rounds: int, each: int) -> list[list[float]]:
    """The processor seconds of a step of each way, round by round."""
    times: list[list[float]] = [[] for _ in ways]
    for way in ways:
        for _ in range(3):
            way.step()
    for _ in range(rounds):
        for number, way in enumerate(ways):
            began = time.process_time()
            for _ in range(each):
                way.step()
            times[number].append((time.process_time() - began) / each)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--each", type=int, default=5, help="steps of a round")
    parser.add_argument("--markdown", type=Path, default=None)
    options = parser.parse_args()
    lines = [
        "| net, batch, optimiser | all trained, us | base frozen, us | ratio | its FLOPs say |",
        "|---|---:|---:|---:|---:|",
    ]
    slow = 0
    for sizes, rows, optimizer in CASES:
        ways = tuple(way(sizes, rows, optimizer, frozen=frozen) for frozen in (False, True))
        whole, part = taken(ways, options.rounds, options.each)
        said = ways[1].flops / ways[0].flops
        ratio = median(one / other for one, other in zip(part, whole, strict=True))
        slow += ratio > said * MOST
        times = f"{median(whole) * 1e6:,.0f} | {median(part) * 1e6:,.0f}"
        lines.append(f"| {sizes}, {rows}, {optimizer} | {times} | {ratio:.2f} | {said:.2f} |")
        print(lines[-1], flush=True)
    if options.markdown is not None:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{slow} of {len(CASES)} take more than {MOST} times what their FLOPs say")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
