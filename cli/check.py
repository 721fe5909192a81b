"""`check`: all diagnostics of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.json_values import Json


@click.command(epilog=example("chainrule check specs/apple.graph specs/iris.graph --strict"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@verb
def check(request: Request, files: tuple[str, ...]) -> dict[str, Json]:
    """Say all that is wrong with specs, each fault at its place.

    Quiet where nothing is.
    """
    from ..grammar.diagnostic import SpecError
    from ..runtime.data.literals import check_literals

    for file in files:
        try:
            request.note(check_literals(request.check(file)))
        except SpecError as error:
            if len(files) == 1:
                raise
            request.note(error.diagnostics)
    return {}
