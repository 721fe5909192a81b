"""`predict`: a trained model on new rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .verb import Request, example, verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..program import Program
    from ..runtime.execute import Array
    from ..views.json_values import Json


@click.command(epilog=example("chainrule predict runs/iris --inputs flowers.csv --out classes.csv"))
@click.argument("model", metavar="MODEL_OR_RUN")
@click.option("--inputs", required=True, metavar="FILE", help="Rows: a .csv, .json, .npz or .npy file.")
@click.option("--out", metavar="FILE", help="Where the outputs go: .csv, .json, .npz or .npy; default: the terminal.")
@verb
def predict(request: Request, model: str, inputs: str, out: str | None) -> dict[str, Json]:
    """Compute the outputs of a trained model on the rows of a file."""
    from ..views.predictions import WRITERS, best_classes, document
    from ..views.terminal import value_lines
    from .prediction_rows import rows_of

    if out is not None and Path(out).suffix.lower() not in WRITERS:
        raise click.BadParameter(f"{out!r} must end with one of: {', '.join(WRITERS)}.", param_hint="'--out'")
    program = request.load(model)
    given = rows_of(program, inputs)
    request.note(given.warnings)
    outputs = program.predict(given.inputs)
    if out is not None:
        _write(program, outputs, out)
        request.say(f"{', '.join(outputs)} written to {out}")
        return {"out": out}
    request.say(value_lines(outputs))
    for path, names in best_classes(outputs, program.classes).items():
        request.say(f"{path} class = {', '.join(names)}")
    return document(outputs, program.classes)


def _write(program: Program, outputs: Mapping[str, Array], out: str) -> None:
    """Writes the file whole or not at all. Raises SpecError, click.BadParameter where the format can't hold it."""
    from ..runtime.atomic import write_atomically
    from ..views.predictions import WRITERS

    try:
        data = WRITERS[Path(out).suffix.lower()](outputs, program.classes)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--out'") from None
    write_atomically(Path(out), data)
