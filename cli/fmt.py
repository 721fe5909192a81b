"""`fmt`: files in the canonical layout."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared import output
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..grammar.source import Source
    from ..views.text.json_values import Json

STANDARD = "-"
"""The name of standard input on the command line."""


@click.command(epilog=example("chainrule fmt specs/apple.graph", "chainrule fmt --check --diff specs/*.graph"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit with 1 where a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change.")
@verb
def fmt(request: Request, files: tuple[str, ...], only_check: bool, diff: bool) -> dict[str, Json]:
    """Rewrite specs in the canonical layout; `-` reads standard input and writes standard output.

    Comments are kept. A file with an error is left as it is.
    """
    from ..grammar.diagnostic import Place
    from ..grammar.spec_error import SpecError
    from .shared.faults import NOT_WRITTEN_SO

    changed: list[Json] = []
    document: dict[str, Json] = {"changed": changed}
    for file in files:
        try:
            source, text = formatted(file)
        except SpecError as error:
            request.note(error.diagnostics)
            continue
        if text != source.text:
            changed.append(file)
        if diff:
            request.say(_difference(source, text))
        elif file == STANDARD:
            request.say(text.removesuffix("\n"))
            document["text"] = text
        elif text != source.text and not only_check:
            replace_text(file, text)
            request.say(f"{shown(file)}: rewritten")
        if only_check and text != source.text:
            request.note([NOT_WRITTEN_SO.at(Place(source.name, 1, 1), path=source.name)])
    return document


def formatted(file: str) -> tuple[Source, str]:
    """A file and its canonical text. Raises SpecError where it doesn't parse."""
    from ..compiler.chosen_limits import limits_from
    from ..grammar.parse import parse
    from ..grammar.read import decode, read_source
    from ..grammar.spec_error import SpecError
    from ..grammar.write import write

    standard = file == STANDARD
    limits = limits_from().text
    source = decode(output.read_all(), output.STANDARD_INPUT) if standard else read_source(file, limits)
    module, found = parse(source, limits)
    if any(diagnostic.severity == "error" for diagnostic in found):
        raise SpecError(found)
    return source, write(module)


def replace_text(file: str, text: str) -> None:
    """Writes a file whole or not at all; its permissions stay. Raises SpecError."""
    from ..runtime.runs.atomic import cannot_write

    try:
        _replace(file, text)
    except OSError as error:
        raise cannot_write(Path(file), error) from None


def _replace(file: str, text: str) -> None:
    import contextlib
    import os
    import shutil
    import tempfile

    target = os.path.realpath(file)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".fmt-")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _difference(source: Source, text: str) -> str:
    name = shown(source.name)
    lines = difflib.unified_diff(
        source.text.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name} (canonical)"
    )
    whole = "".join(line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in lines)
    return whole.removesuffix("\n")
