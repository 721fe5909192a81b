"""`run`: the outputs of a spec, or the values of all its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.verb import IN_TRAINING, Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json


@click.command(
    epilog=example(
        "chainrule run specs/apple.graph --set price=150", "chainrule run specs/iris.graph --rows 0:3 --json"
    )
)
@click.argument("file")
@click.option("--all", "every", is_flag=True, help="The value of every node, not of the outputs alone.")
@click.option("--inputs", metavar="FILE", help="Values of inputs by name: a JSON object or an .npz file.")
@click.option("--rows", metavar="START:STOP", help="Rows of the spec's data to run on, from 0; default: the first.")
@IN_TRAINING
@verb
def run(
    request: Request, file: str, every: bool, inputs: str | None, rows: str | None, of_training: bool
) -> dict[str, Json]:
    """Compute the outputs of a spec."""
    from ..runtime.evaluate.first_nonfinite import first_nonfinite
    from ..views.text.json_values import json_value
    from ..views.text.terminal import value_lines
    from .shared.feeds import feeds_of

    program = request.load(file, training=of_training)
    values = program.run(feeds_of(request, program, inputs, rows, (0, 1)))
    outputs = {path: values[path] for path in program.outputs}
    found = dict(values) if every else outputs
    index = program.spec.graph.index
    request.note(first_nonfinite(program.spec.graph, values.slots, [index[path] for path in found]))
    request.say(value_lines(found))
    document: dict[str, Json] = {"outputs": {path: json_value(value) for path, value in outputs.items()}}
    if every:
        document["values"] = {path: json_value(value) for path, value in found.items()}
    return document
