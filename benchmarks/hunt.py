"""Random trainings, for as long as one likes: planned steps against the plain executor's.

    python benchmarks/hunt.py                               # 3,000 programs, some ten minutes
    python benchmarks/hunt.py --programs 100000 --seed 7
    python benchmarks/hunt.py --programs 1 --seed 1234      # one program again, by its number

Programs come from tests/support/random_programs.py. Each takes steps in every way that there is: with and without
passes, with memory reused, not reused and poisoned, with updates fused and apart, and as a training on rows of data.
Under `exact` all bits must be those of the plain executor; without, parameters may be off by rounding. Every step is
proved besides (compiler/targets/verify_step.py). What fails is printed with its number; the exit code is then 1.
"""

import argparse
import sys
import time
from pathlib import Path

from chainrule.compiler.targets.verify_step import proved_step
from chainrule.runtime.steps import numpy_step as compiled_step

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from planned import commit_seed, hold_seed  # the folder that the tests share


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=None, help="the first program's number; without it the commit's")
    options = parser.parse_args()
    first = commit_seed() if options.seed is None else options.seed
    compiled_step.step_source = proved_step
    failed, began = 0, time.monotonic()
    for seed in range(first, first + options.programs):
        try:
            hold_seed(seed)
        except AssertionError as error:
            failed += 1
            print(error, flush=True)
    seconds = time.monotonic() - began
    print(f"{options.programs} programs from number {first} on: {failed} failed, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
