"""`check`: all diagnostics of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .shared.verb import Request, example, importing, is_text, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json


@click.command(epilog=example("chainrule check specs/apple.graph specs/iris.graph --strict"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@verb
def check(request: Request, files: tuple[str, ...]) -> dict[str, Json]:
    """Say all that is wrong with specs, each fault at its place.

    Quiet where nothing is. Data files are looked for, and not read.
    """
    with importing():
        from ..grammar.spec_error import SpecError
        from ..runtime.data.defaults import check_defaults

    for file in files:
        try:
            spec = request.check(file)
            if not spec.data:
                request.note(check_defaults(spec))
                continue
            with importing():  # readers are for those who have data
                from ..runtime.data.literals import check_literals
                from ..runtime.data.readers.presence import check_presence

            request.note(check_literals(spec))
            if is_text(file):  # a model does without the data that it was trained on
                request.note(check_presence(spec, str(Path(file).parent)))
        except SpecError as error:
            if len(files) == 1:
                raise
            request.note(error.diagnostics)
    return {}
