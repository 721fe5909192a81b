"""Exports every spec of specs/ to C, compiles it strictly and with sanitizers, and holds it against chainrule.

    python benchmarks/exported_c.py            # all of them
    python benchmarks/exported_c.py xor iris   # some

It needs gcc. Exits with 1 where an answer is farther from ours than docs/export.md says.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from exported_c import worst_of_c  # noqa: E402  # the tests' own

import chainrule  # noqa: E402  # as above

LIMITS = {"outputs": 2e-6, "gradients": 2e-6, "step 1": 1e-6}
AFTER_50 = {"sgd": 1e-5, "momentum": 1e-5, "nesterov": 1e-5}


def main(names: list[str]) -> int:
    """A line a spec."""
    wrong = 0
    specs = sorted((ROOT / "specs").glob("*.graph"))
    for spec in specs:
        if names and spec.stem not in names:
            continue
        train = chainrule.load(spec).spec.train
        try:
            with tempfile.TemporaryDirectory() as folder:
                worst = worst_of_c(partial(chainrule.load, spec, "float32"), Path(folder))
        except (AssertionError, chainrule.SpecError) as error:
            print(f"{spec.stem}: {str(error)[:300]}", flush=True)
            wrong += 1
            continue
        limits = {**LIMITS, "step 50": AFTER_50.get(train.optimizer.name, 1e-4) if train else 0}
        beyond = [name for name, most in limits.items() if worst.get(name, 0) > most]
        wrong += bool(beyond)
        figures = " ".join(f"{name} {value:.1e}" for name, value in worst.items() if name not in ("rounding", "steps"))
        left = f" rounding {worst['rounding']}" if worst.get("rounding") else ""
        print(f"{spec.stem}: {figures}{left}{'  BEYOND ' + ', '.join(beyond) if beyond else ''}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
