"""`predict`: a trained model on new rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..program.program import Program
    from ..runtime.data.stored import Rows
    from ..views.text.json_values import Json


@click.command(epilog=example("chainrule predict runs/iris --inputs flowers.csv --out classes.csv"))
@click.argument("model", metavar="MODEL_OR_RUN")
@click.option("--inputs", required=True, metavar="FILE", help="Rows: a .csv, .json, .npz or .npy file.")
@click.option("--out", metavar="FILE", help="Where the outputs go: .csv, .json, .npz or .npy; default: the terminal.")
@verb
def predict(request: Request, model: str, inputs: str, out: str | None) -> dict[str, Json]:
    """Compute the outputs of a trained model on the rows of a file."""
    from ..views.text.predictions import WRITERS, class_lines, document
    from ..views.text.terminal import value_lines
    from .shared.prediction_rows import rows_of

    if out is not None and Path(out).suffix.lower() not in WRITERS:
        raise click.BadParameter(f"{out!r} must end with one of: {', '.join(WRITERS)}.", param_hint="'--out'")
    program = request.load(model)
    given = rows_of(program, inputs)
    request.note(given.warnings)
    rows = given.inputs
    if out is not None:
        stored = program.predict_stored(rows)
        _write(program, stored, out)
        request.say(f"{', '.join(stored)} written to {shown(out)}")
        return {"out": out}
    outputs = program.predict(rows)
    request.say(value_lines(outputs))
    for line in class_lines(outputs, program.classes):
        request.say(line)
    return document(outputs, program.classes) if request.as_json else {}


def _write(program: Program, outputs: Mapping[str, Rows], out: str) -> None:
    """Writes the file whole or not at all. Raises SpecError, click.BadParameter where the format can't hold it."""
    from ..runtime.runs.whole_file import whole_file
    from ..views.text.predictions import WRITERS

    try:
        with whole_file(Path(out)) as stream:
            WRITERS[Path(out).suffix.lower()](stream, outputs, program.classes)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--out'") from None
