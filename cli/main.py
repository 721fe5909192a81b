"""The command line: one group, one verb a file."""

import gc
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from types import MappingProxyType

import click

from .shared import output
from .shared.failures import INTERRUPT, WRONG_COMMAND_LINE, failure_of
from .shared.faults import INTERRUPTED, WRONG_COMMAND

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "new": "new",
        "check": "check",
        "run": "run",
        "grad": "grad",
        "gradcheck": "gradcheck",
        "train": "train",
        "eval": "evaluate",
        "predict": "predict",
        "test": "test",
        "show": "show",
        "draw": "draw",
        "step": "step",
        "quiz": "quiz",
        "plot": "plot",
        "play": "play",
        "export": "export",
        "import": "import_model",
        "fmt": "fmt",
        "diff": "diff",
        "bench": "bench",
        "explain": "explain",
    }
)
"""Verbs in the order of the help, each with its function in the file of the verb's name."""

FILES: Mapping[str, str] = MappingProxyType({"import": "import_model"})
"""Files of verbs whose name Python keeps for itself."""


OTHER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "backward": "grad", "compile": "check", "derive": "step", "evaluate": "eval", "fit": "train", "format": "fmt",
        "forward": "run", "graph": "draw", "infer": "predict", "lint": "check", "print": "show", "render": "draw",
        "validate": "check", "verify": "test", "help": "--help", "version": "--version",
    }
)  # fmt: skip
"""Words of other tools for verbs, each with the verb that is meant."""


class Verbs(click.Group):
    """The verbs; the file of one is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(
            import_module(f".{FILES.get(cmd_name, cmd_name)}", __package__), VERBS[cmd_name]
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the arguments begin with. Raises UsageError, which names those that may be meant."""
        name = args[0]
        if name in VERBS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from ..grammar.diagnostic import shown  # words that are right need no other
        from ..grammar.suggestion import suggestion

        hint = suggestion(name, VERBS, what="verbs")
        if name.endswith((".graph", ".safetensors")):
            hint = f"a verb stands before the file, as in `chainrule check {shown(name)}`"
        elif name.lower() in OTHER_WORDS:
            hint = f"did you mean `{OTHER_WORDS[name.lower()]}`?"
        return ctx.fail(f"there is no verb `{shown(name)}`: {hint}")


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="chainrule", prog_name="chainrule")
def group() -> None:
    """A compiler for declarative computation graphs.

    `chainrule VERB --help` says what a verb takes. Exit codes: 0 fine; 1 the file, the data or a claim is wrong; 2 the
    command line is wrong; 130 interrupted.
    """


def main() -> int:
    """Carries out the command line; returns its exit code."""
    output.prepare()
    code = exit_code(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: from here on Ctrl-C could only spoil the end
    gc.freeze()  # the last collections of a process would walk all that it imported: a tenth of a short run
    return code


def exit_code(arguments: list[str]) -> int:
    """Carries out a command line; returns its exit code."""
    try:
        code = group.main(arguments, prog_name="chainrule", standalone_mode=False)
        output.flush()
        return code if isinstance(code, int) else 0
    except click.Abort:  # Ctrl-C while no verb was at work
        return _ended(INTERRUPT, partial(output.complain, (INTERRUPTED.at(None),)))
    except click.ClickException as error:
        return _ended(WRONG_COMMAND_LINE, partial(_refuse, error, as_json="--json" in arguments))
    except OSError as error:  # a verb tells its own: this one came of printing help
        error.filename = error.filename or output.STANDARD_OUTPUT
        failure = failure_of(error)
        return _ended(failure.code, partial(output.complain, failure.diagnostics))


def _refuse(error: click.ClickException, *, as_json: bool) -> None:
    """Says what is wrong with the command line."""
    if as_json:
        output.answer({}, (WRONG_COMMAND.at(None, message=error.format_message()),))
    else:
        output.refuse(error)


def _ended(code: int, say_why: Callable[[], None]) -> int:
    """An exit code, and why, as far as anybody hears it."""
    with suppress(OSError):
        say_why()
        output.flush()
    output.abandon()
    return code
