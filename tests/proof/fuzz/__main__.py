"""Random inputs by number, for as long as one likes; what goes wrong is kept as a file.

    python -m tests.proof.fuzz text --executions 2000000    # parser, layout and checker
    python -m tests.proof.fuzz data                         # readers of data files
    python -m tests.proof.fuzz models                       # models that are loaded
    python -m tests.proof.fuzz text --only 1234             # one input again: printed, and tried

The folder (`--folder`, by default `fuzz` in the folder for temporary files) holds how far each target and seed is, so a
call goes on where an earlier one was stopped, and each find: the input, and what was raised. Everything about number n
follows from the seed and n. The exit code is 1 where there are finds. benchmarks/fuzz_frontend.py lets coverage guide
the same checks.
"""

import argparse
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from .data_files import DataFiles
from .models import Models
from .texts import Texts
from .trying import Target, Trying, bound_memory, input_of

TARGETS: dict[str, Callable[[], Target]] = {"text": Texts, "data": DataFiles, "models": Models}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--executions", type=int, default=100_000, help="how many in all, earlier calls counted")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "fuzz")
    parser.add_argument("--seconds", type=float, default=2.0, help="processor time that one may take")
    parser.add_argument("--megabytes", type=int, default=1024, help="memory that the process may take besides")
    parser.add_argument("--only", type=int, default=None, help="one number")
    options = parser.parse_args()
    warnings.simplefilter("error")  # users would see what numpy and Python say
    warnings.filterwarnings("ignore", message=r"(?s).*warning G\d{3}")  # what chainrule says they are to see
    target = TARGETS[options.target]()
    if options.only is not None:
        data = input_of(target, options.seed, options.only)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        print(target.hold(data))
        return 0
    bound_memory(options.megabytes)
    finds = Trying(options.target, target, options.folder, options.seed, options.seconds).until(options.executions)
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
