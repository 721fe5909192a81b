"""`python -m chainrule`, and the command `chainrule`: the command line, which Ctrl-C ends in words however early."""

import gc
import sys


def main() -> None:
    """Carries out the command line and exits with its code."""
    gc.disable()  # what is imported stays: a verb turns it on again
    try:
        from .cli.main import main as carry_out  # most of a short run goes by while this is imported

        code = carry_out()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("error G702: interrupted\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
