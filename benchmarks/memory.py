"""The memory of one training step beyond parameters and data: `python benchmarks/memory.py --python PYTHON`.

A net of relu layers, as wide as deep nets are; each competitor in a process of its own. What counts is how far the
process's resident memory rises above where it stood before the first step. Linux only.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STEPS = 4
NETS = ("torch", "chainrule-exact", "chainrule", "textbook")


def resident(field: str) -> int:
    """Bytes: `VmRSS` as it is now, `VmHWM` the most so far."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def measured(name: str, sizes: str, batch: str) -> int:
    """Bytes that a few steps rise above where the process stood before."""
    from nets import competitor

    step, finish, _ = competitor(name, sizes, batch, "sgd", "1")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far
    before = resident("VmRSS")
    for _ in range(STEPS):
        step()
    finish()
    return resident("VmHWM") - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=50)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="one that has all competitors")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sizes = "-".join([str(asked.width)] * (asked.layers + 1))
    if asked.measure:
        print(measured(asked.measure, sizes, str(asked.batch)))
        return
    print(f"{asked.layers} layers of {asked.width}, batch {asked.batch}")
    given = [f"--{key}={getattr(asked, key)}" for key in ("layers", "width", "batch")]
    found = {}
    for name in NETS:
        answer = subprocess.run(
            [asked.python, HERE / "memory.py", *given, f"--measure={name}"], capture_output=True, text=True, check=True
        )
        found[name] = int(answer.stdout.split()[-1])
        print(f"{name:16} {found[name] / 1e6:8.0f} MB  {found[name] / found[NETS[0]]:.2f}", flush=True)


if __name__ == "__main__":
    main()
