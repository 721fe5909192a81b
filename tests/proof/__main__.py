"""`python -m tests.proof COMMAND ...`: each command tells with `--help` what it does."""

import sys
from collections.abc import Sequence

COMMANDS = ("hunt", "accuracy", "mutants")


def main(arguments: Sequence[str]) -> int:
    command, *rest = arguments or ("",)
    if command == "hunt":
        from .hunt import main as run
    elif command == "accuracy":
        from .accuracy.command import main as run
    elif command == "mutants":
        from .mutants.command import main as run
    else:
        print(f"usage: python -m tests.proof {'|'.join(COMMANDS)} ...", file=sys.stderr)
        return 2
    return run(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
