"""How quick the front end is: `python benchmarks/frontend.py`.

1. Text to checked graph with shapes, beside Python's `ast.parse` on the same text (half calls, half infix; both
   languages read it): time, growth and peak memory, each size in a process of its own, cyclic collection paused.
2. `chainrule check` of a spec of some 40 lines from the shell, beside `python -c "import numpy, networkx, lark"`.

The two of a pair take turns; the least processor time of all rounds counts.
"""

import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

SIZES = (12_500, 25_000, 50_000, 100_000, 200_000)
ROUNDS = 3
STARTS = 15
ROOT = Path(__file__).parent.parent

MEASURE = """
import ast, gc, resource, sys, time
size, side = int(sys.argv[1]), sys.argv[2]
lines = ["x0 = 0.5"]
for n in range(1, size):
    a, b = f"x{n - 1}", f"x{n * 7919 % n}"
    lines.append(f"x{n} = add(mul({a}, 0.5), tanh({b}))" if n % 2 else f"x{n} = {a} * 0.5 + ({b} - 1) / 2")
text = "\\n".join(lines) + "\\n"
if side == "chainrule":
    import chainrule
    from chainrule.compiler.compile import compiled
    from chainrule.grammar.source import Source
    from pathlib import Path
    compiled(Source("warm.graph", "a = 1\\n"), Path())
gc.disable()
before = resource.getrusage(resource.RUSAGE_SELF)
if side == "chainrule":
    kept = compiled(Source("speed.graph", text), Path())
else:
    kept = ast.parse(text)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, (after.ru_maxrss - before.ru_maxrss) / 1024)
"""


def measured(size: int, side: str) -> tuple[float, float]:
    """Seconds and megabytes that one side takes beyond what it began with."""
    command = [sys.executable, "-c", MEASURE, str(size), side]
    environment = {**os.environ, "CHAINRULE_LIMITS": "tokens=5000000"}
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    seconds, megabytes = answer.stdout.split()
    return float(seconds), float(megabytes)


def processor_time(command: list[str]) -> float:
    """Seconds of processor time that a command takes."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    print("| statements | ast.parse, s | chainrule, s | ratio | ast.parse, MB | chainrule, MB |")
    print("|---:|---:|---:|---:|---:|---:|")
    times = []
    for size in SIZES:
        rounds = [(measured(size, "ast"), measured(size, "chainrule")) for _ in range(ROUNDS)]
        (python, python_memory), (own, own_memory) = (min(side) for side in zip(*rounds, strict=True))
        times.append(own)
        cells = [f"{python:.2f}", f"{own:.2f}", f"{own / python:.1f}", f"{python_memory:.0f}", f"{own_memory:.0f}"]
        print(f"| {size:,} | {' | '.join(cells)} |", flush=True)
    growth = [math.log(later / earlier, 2) for earlier, later in pairwise(times)]
    print(f"\ngrowth with each doubling (1 is linear): {', '.join(f'{each:.2f}' for each in growth)}\n")
    imports = [sys.executable, "-c", "import numpy, networkx, lark"]
    check = [sys.executable, "-m", "chainrule", "check", "specs/mnist.graph"]
    starts = [(processor_time(imports), processor_time(check)) for _ in range(STARTS)]
    least_imports, least_check = (min(side) for side in zip(*starts, strict=True))
    print(f"imports {least_imports:.3f} s, check {least_check:.3f} s: {least_check / least_imports:.2f} times")


if __name__ == "__main__":
    main()
