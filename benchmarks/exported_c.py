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

from exported_c import differences_of  # noqa: E402  # the tests' own

import chainrule  # noqa: E402  # as above


def main(names: list[str]) -> int:
    """A line a spec."""
    wrong = 0
    for spec in sorted((ROOT / "specs").glob("*.graph")):
        if names and spec.stem not in names:
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                found = differences_of(partial(chainrule.load, spec), Path(folder))
        except (AssertionError, chainrule.SpecError) as error:
            print(f"{spec.stem}: {str(error)[:300]}", flush=True)
            wrong += 1
            continue
        beyond = [name for name, apart in found.worst.items() if apart > found.limits[name]]
        wrong += bool(beyond)
        figures = ", ".join(f"{name} {apart:.1e}" for name, apart in found.worst.items())
        left = "".join(f", {count} arrays left out of {name}" for name, count in found.unsure.items() if count)
        print(f"{spec.stem}: {figures}{left}{'  BEYOND: ' + ', '.join(beyond) if beyond else ''}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
