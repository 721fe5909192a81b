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
@click.option(
    "--inputs",
    required=True,
    metavar="FILE",
    help="Rows: a .csv, .json, .npz or .npy file; `-`: CSV or JSON lines on standard input, answered as they come.",
)
@click.option("--out", metavar="FILE", help="Where the outputs go: .csv, .json, .npz or .npy; default: the terminal.")
@click.option("--probabilities", is_flag=True, help="Of outputs that are scores of classes, the probabilities too.")
@verb
def predict(request: Request, model: str, inputs: str, out: str | None, probabilities: bool) -> dict[str, Json]:
    """Compute the outputs of a trained model on the rows of a file, or of standard input."""
    from ..program.serving.probabilities import squashing_of
    from ..runtime.data.stored import mapped
    from ..views.text.predictions import PROBABILITY, WRITERS, class_lines, document
    from ..views.text.terminal import value_lines
    from .shared.prediction_rows import rows_of

    if out is not None and Path(out).suffix.lower() not in WRITERS:
        raise click.BadParameter(f"{out!r} must end with one of: {', '.join(WRITERS)}.", param_hint="'--out'")
    if inputs == "-" and (out is not None or request.as_json):
        raise click.UsageError("`--inputs -` answers on standard output, a line a row: leave --out and --json out.")
    program = request.load(model)
    if inputs == "-":
        return _streamed(request, program, probabilities=probabilities)
    squashing = squashing_of(program.spec) if probabilities else {}
    given = rows_of(program, inputs)
    request.note(given.warnings)
    rows = given.inputs
    if out is not None:
        stored = program.predict_stored(rows)
        scored = [path for path in squashing if path in stored]
        stored |= {f"{path}{PROBABILITY}": mapped(stored[path], squashing[path]) for path in scored}
        _write(program, stored, out)
        request.say(f"{', '.join(stored)} written to {shown(out)}")
        return {"out": out}
    outputs = program.predict(rows)
    outputs |= {f"{path}{PROBABILITY}": squashing[path](outputs[path]) for path in squashing if path in outputs}
    request.say(value_lines(outputs))
    for line in class_lines(outputs, program.classes):
        request.say(line)
    return document(outputs, program.classes) if request.as_json else {}


def _streamed(request: Request, program: Program, *, probabilities: bool) -> dict[str, Json]:
    """Answers the rows on standard input on standard output, in the format in which they come. Raises SpecError."""
    import csv
    import io
    from itertools import chain

    from ..views.text.json_text import dumps
    from .shared import output
    from .shared.standard_rows import batches_of, is_json
    from .shared.streamed_answers import Streaming

    streaming = Streaming(request, program, probabilities=probabilities)
    batches = batches_of(output.read_some)
    first = next(batches, None)
    if first is None:
        raise streaming.nothing()
    rows = chain([first], batches)
    if is_json(first[0].data):
        for answers in streaming.of_json(rows):
            output.say_lines("".join(f"{dumps(each)}\n" for each in answers.documents()))
        return {}
    begun = False
    for answers in streaming.of_csv(rows):
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerows(answers.lines() if begun else chain([answers.header()], answers.lines()))
        output.say_lines(text.getvalue())
        begun = True
    if not begun:
        raise streaming.nothing()
    return {}


def _write(program: Program, outputs: Mapping[str, Rows], out: str) -> None:
    """Writes the file whole or not at all. Raises SpecError, click.BadParameter where the format can't hold it."""
    from ..runtime.runs.whole_file import whole_file
    from ..views.text.predictions import WRITERS

    try:
        with whole_file(Path(out)) as stream:
            WRITERS[Path(out).suffix.lower()](stream, outputs, program.classes)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--out'") from None
