"""How the time of check, run and grad grows with the graph: `python benchmarks/scale.py`.

Two shapes of graph: a chain, and one node with many users. Prints seconds and, against the smallest size, the exponent
of growth (1 is linear). The least of three rounds counts.
"""

import gc
import math
import time
from itertools import pairwise

import chainrule
from chainrule.program.program import Program

SIZES = (10_000, 30_000, 100_000)
ROUNDS = 3


def chain(count: int) -> str:
    """Each node uses the one before it."""
    lines = ["input x0 = 0.5"]
    for number in range(count):
        right = f"x{number} * 1.00001" if number % 2 else f"softplus(x{number})"
        lines.append(f"x{number + 1} = {right}")
    return "\n".join([*lines, f"output y = x{count}"])


def fan(count: int) -> str:
    """One node has half as many users as there are nodes; the rest adds them up."""
    users = count // 2
    lines = ["input x = 0.5", *(f"u{number} = x * {number}.5" for number in range(users)), "s0 = u0"]
    lines += [f"s{number} = s{number - 1} + u{number}" for number in range(1, users)]
    return "\n".join([*lines, f"output y = s{users - 1}"])


def seconds(text: str) -> dict[str, float]:
    """The time of each stage, from the text to all gradients."""
    gc.collect()
    marks = [time.perf_counter()]
    program: Program = chainrule.compile(text)
    marks.append(time.perf_counter())
    program.run()
    marks.append(time.perf_counter())
    program.grad("y")
    marks.append(time.perf_counter())
    parts = dict(zip(("check", "run", "grad"), (after - before for before, after in pairwise(marks)), strict=True))
    return {**parts, "all": marks[-1] - marks[0]}


def main() -> None:
    for name, shape in (("chain", chain), ("one node with many users", fan)):
        print(f"\n{name}")
        smallest: dict[str, float] = {}
        for size in SIZES:
            rounds = [seconds(shape(size)) for _ in range(ROUNDS)]
            least = {part: min(each[part] for each in rounds) for part in rounds[0]}
            cells = []
            for part, value in least.items():
                growth = ""
                if smallest:
                    growth = f" (exponent {math.log(value / smallest[part]) / math.log(size / SIZES[0]):.2f})"
                cells.append(f"{part} {value:.3f} s{growth}")
            print(f"{size:>8,} nodes: {', '.join(cells)}", flush=True)
            smallest = smallest or least


if __name__ == "__main__":
    main()
