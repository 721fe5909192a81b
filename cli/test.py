"""`test`: the `expect` lines of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared.verb import IN_TRAINING, Request, example, verb

if TYPE_CHECKING:
    from ..runtime.checks.claims import ClaimResult
    from ..views.text.json_values import Json


@click.command(epilog=example("chainrule test specs/apple.graph specs/fruits.graph"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@IN_TRAINING
@verb
def test(request: Request, files: tuple[str, ...], of_training: bool) -> dict[str, Json]:
    """Hold the claims of specs against their numbers.

    A claim that fails is an error at its line.
    """
    from ..grammar.spec_error import SpecError

    expects: list[Json] = []
    held = failed = faulty = 0
    for file in files:
        try:
            results = request.load(file, training=of_training).test()
        except SpecError as error:
            if len(files) == 1:
                raise
            request.note(error.diagnostics)
            faulty += 1
            continue
        request.note_later()
        for result in results:
            request.note(result.diagnostics)
            request.say(_line(file, result))
            expects.append(_expect(file, result))
        held += sum(result.holds for result in results)
        failed += sum(not result.holds for result in results)
    summary = f"{held} of {held + failed} claims hold" if held + failed else "there are no claims"
    request.say(summary + (f"; {faulty} of {len(files)} files could not be tested" if faulty else ""))
    return {"expects": expects}


def _line(file: str, result: ClaimResult) -> str:
    claim = result.claim
    return f"{'holds' if result.holds else 'FAILS'}  {shown(file)}:{claim.span.line}: {' '.join(claim.text.split())}"


def _expect(file: str, result: ClaimResult) -> Json:
    from ..views.text.json_values import json_value

    claim = result.claim
    return {
        "file": file,
        "line": claim.span.line,
        "text": claim.text,
        "holds": result.holds,
        "left": None if result.left is None else json_value(result.left),
        "right": None if result.right is None else json_value(result.right),
    }
