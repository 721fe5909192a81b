"""The command line: one group, one verb a file."""

import sys

import click

from . import output
from .bench import bench
from .check import check
from .diff import diff
from .draw import draw
from .eval import evaluate
from .explain import explain
from .failures import INTERRUPT, WRONG_COMMAND_LINE, failure_of
from .faults import WRONG_COMMAND
from .fmt import fmt
from .grad import grad
from .gradcheck import gradcheck
from .predict import predict
from .quiz import quiz
from .run import run
from .show import show
from .step import step
from .test import test
from .train import train


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="chainrule", prog_name="chainrule")
def group() -> None:
    """A compiler for declarative computation graphs.

    `chainrule VERB --help` says what a verb takes. Exit codes: 0 fine; 1 the file, the data or a claim is wrong; 2 the
    command line is wrong; 130 interrupted.
    """


for _verb in (
    check,
    run,
    grad,
    gradcheck,
    train,
    evaluate,
    predict,
    test,
    show,
    draw,
    step,
    quiz,
    fmt,
    diff,
    bench,
    explain,
):
    group.add_command(_verb)


def main() -> None:
    """Carries out the command line and exits with its code."""
    output.prepare()
    sys.exit(exit_code(sys.argv[1:]))


def exit_code(arguments: list[str]) -> int:
    """Carries out a command line; returns its exit code."""
    try:
        code = group.main(arguments, prog_name="chainrule", standalone_mode=False)
        output.flush()
        return code if isinstance(code, int) else 0
    except click.Abort:
        return INTERRUPT
    except click.ClickException as error:
        if "--json" in arguments:
            output.answer({}, (WRONG_COMMAND.at(None, message=error.format_message()),))
        else:
            error.show()
        return WRONG_COMMAND_LINE
    except OSError as error:
        output.abandon()
        return failure_of(error).code
