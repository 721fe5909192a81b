"""What all verbs share: their common options, how they answer, and their exit codes."""

from __future__ import annotations

import functools
import gc
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

import click

from ...grammar.diagnostic import Diagnostic
from ...grammar.garbage import collection_paused
from . import output
from .failures import EXPECTED, FINE, WRONG_FILE, failure_of, traceback_wanted

if TYPE_CHECKING:
    from ...compiler.graph.spec import Precision, Spec
    from ...program.program import Program
    from ...views.text.json_values import Json

P = ParamSpec("P")


class Request:
    """What was asked for beside the verb's own arguments, and all that is found on the way.

    A verb says its results with `say` (nothing is printed under `--json`) and returns its JSON document.
    """

    def __init__(
        self, settings: dict[str, str], precision: Precision | None, *, strict: bool = False, as_json: bool = False
    ) -> None:
        self.settings = settings
        self.precision: Precision | None = precision
        self.as_json = as_json
        self._strict = strict
        self._found: dict[Diagnostic, None] = {}
        self._programs: list[Program] = []

    def load(self, path: str | Path, *, training: bool = False) -> Program:
        """The program of a spec, a model or a run folder, under the settings of the command line. Raises SpecError.

        `training`: it is looked at in the form of training.
        """
        with importing():
            from ...program.front_door import load

            program = load(path, self.precision, set=self.settings, training=training)
        program.notify = lambda found: None  # `note_later` shows it
        self._programs.append(program)
        self._note_once(program.diagnostics, program.folder, program.spec.source.name)
        return program

    def check(self, path: str | Path) -> Spec:
        """The checked spec of a file, without what runs it: importing that takes longer than a check. Raises SpecError.

        A model and a run folder are checked as they are loaded.
        """
        with importing():
            from ...compiler.compile import compiled_file

        if not is_text(path):
            return self.load(path).written
        made = compiled_file(Path(path), self.settings)
        self._note_once(made.diagnostics, Path(path).parent, made.spec.source.name, asked=True)
        return made.spec

    def say(self, text: str, *, coloured: bool = False) -> None:
        """Text for people, on standard output."""
        if not self.as_json:
            output.say(text, coloured=coloured)

    def note(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Shows diagnostics, each once."""
        new = tuple(dict.fromkeys(each for each in diagnostics if each not in self._found))
        self._found |= dict.fromkeys(new)
        if not self.as_json:
            output.complain(new)

    def _note_once(self, diagnostics: Iterable[Diagnostic], folder: Path, name: str, *, asked: bool = False) -> None:
        """Shows what a file was found to have; hints only where they were not told before, or are `asked` for."""
        found = tuple(diagnostics)
        hints = [each for each in found if each.severity == "hint"]
        if hints and not self.as_json:
            from .told import tells  # few files have any

            if not (tells(folder, name, hints) or asked):
                self._found |= dict.fromkeys(hints)
        self.note(found)

    def note_later(self) -> None:
        """Shows what the programs have come to say since they were loaded: warnings about their data."""
        for program in self._programs:
            self.note(program.diagnostics)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found."""
        return tuple(self._found)

    @property
    def failed(self) -> bool:
        """Whether something found is an error, or a warning under `--strict`."""
        severe = {"error", "warning"} if self._strict else {"error"}
        return any(diagnostic.severity in severe for diagnostic in self._found)


@contextmanager
def importing() -> Iterator[None]:
    """Without cyclic garbage collection, then or later, of what is imported or compiled here, because it stays."""
    with collection_paused():
        yield
        gc.freeze()


def is_text(path: str | Path) -> bool:
    """Whether a path is that of a spec's text, not of a model or a run folder."""
    file = Path(path)
    return file.suffix != ".safetensors" and not file.is_dir()


def verb(function: Callable[Concatenate[Request, P], dict[str, Json]]) -> Callable[..., Any]:
    """Gives a verb the common options, answers with what it returns, and turns what it raises into an exit code."""

    @functools.wraps(function)
    def carried_out(
        *args: Any, settings: tuple[str, ...], precision: str | None, strict: bool, as_json: bool, **kwargs: Any
    ) -> None:
        gc.freeze()  # the command line, imported without collection
        gc.enable()
        request = Request(_settings(settings), cast("Precision | None", precision), strict=strict, as_json=as_json)
        click.get_current_context().exit(_code(request, lambda: function(request, *args, **kwargs)))

    command: Callable[..., Any] = carried_out
    for option in reversed(COMMON):
        command = option(command)
    return command


COMMON = (
    click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE",
        help="Replace a constant, an input, a param (by path) or a key of a section; may be repeated. `train.seed=7` "
        "draws other initial params in any spec.",
    ),
    click.option("--precision", type=click.Choice(["float32", "float64"]), help="Of real values."),
    click.option("--strict", is_flag=True, help="Fail on warnings too."),
    click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document, diagnostics included."),
)  # fmt: skip


IN_TRAINING = click.option(
    "--training", "of_training", is_flag=True, help="In the form of training: of `in_training(a, b)` it is a."
)
"""An option of the verbs that show either form of a spec."""


class Amount(click.FloatRange):
    """A number that is finite and not negative; click's own range lets NaN and infinity through."""

    def __init__(self, most: float) -> None:
        super().__init__(0, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def example(*commands: str) -> str:
    """The example at the end of a verb's help."""
    title = "Example:" if len(commands) == 1 else "Examples:"
    return "\n".join(["\b", title, *(f"  {each}" for each in commands)])  # \b: click leaves the lines as they are


def _settings(given: Iterable[str]) -> dict[str, str]:
    settings = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{each!r} is not NAME=VALUE.", param_hint="'--set'")
        settings[unicodedata.normalize("NFC", name.strip())] = value.strip()
    return settings


def _code(request: Request, work: Callable[[], dict[str, Json]]) -> int:
    """Carries out the work and answers; returns the exit code."""
    document: dict[str, Json] = {}
    code = FINE
    try:
        document = work()
        request.note_later()
    except click.ClickException:  # the command line is wrong: the group says so
        raise
    except (Exception, KeyboardInterrupt) as error:
        code = _note_failure(request, error)
    try:
        if request.as_json:
            output.answer(document, request.diagnostics)
        output.flush()
    except (OSError, KeyboardInterrupt) as error:
        code = _note_failure(request, error, answered=False)
    return code or (WRONG_FILE if request.failed else FINE)


def _note_failure(request: Request, error: BaseException, *, answered: bool = True) -> int:
    """Shows why a verb failed; on standard error where the answer itself could not be written."""
    if not isinstance(error, EXPECTED) and traceback_wanted():
        raise error
    failure = failure_of(error)
    try:
        request.note_later()
        request.note(failure.diagnostics)
        if request.as_json and not answered:
            output.complain(failure.diagnostics)
    except OSError:  # standard error is closed as well
        pass
    finally:
        output.abandon()
    return failure.code
