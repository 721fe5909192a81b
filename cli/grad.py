"""`grad`: values and gradients of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.json_values import Json


@click.command(
    epilog=example(
        "chainrule grad specs/apple.graph --of total --json",
        "chainrule grad specs/affine-batch.graph --of y --upstream '[[1, 0], [0, -1e-3]]'",
    )
)
@click.argument("file")
@click.option("--of", metavar="NAME", help="What to differentiate; default: what `train` minimises, else the output.")
@click.option("--upstream", metavar="VALUE", help="The gradient that arrives: a number, lists, a .npy or .json file.")
@click.option("--inputs", metavar="FILE", help="Values of inputs by name: a JSON object or an .npz file.")
@click.option("--rows", metavar="START:STOP", help="Rows of the spec's data, from 0; default: the first.")
@verb
def grad(
    request: Request, file: str, of: str | None, upstream: str | None, inputs: str | None, rows: str | None
) -> dict[str, Json]:
    """Compute the gradients of a node with respect to every input, param and named node."""
    from ..runtime.first_nonfinite import first_nonfinite
    from ..views.json_values import json_value
    from ..views.terminal import value_lines
    from .feeds import feeds_of
    from .values import unknown_path, upstream_value

    arriving = None if upstream is None else upstream_value(upstream)
    program = request.load(file)
    graph = program.spec.graph
    if of is not None and of not in graph.index:
        raise unknown_path(of, list(graph.index), "'--of'")
    gradients = program.grad(of, feeds_of(request, program, inputs, rows, (0, 1)), upstream=arriving)
    values = gradients.computed
    outputs = {path: values[path] for path in program.outputs if path in values}
    shown = [graph.index[path] for path in outputs] + [gradients.indices[path] for path in gradients]
    request.note(first_nonfinite(values.graph, values.slots, shown))
    request.say(value_lines({gradients.of: values[gradients.of], **outputs}))
    request.say(value_lines({f"d({gradients.of})/d({path})": value for path, value in gradients.items()}))
    return {
        "of": gradients.of,
        "outputs": {path: json_value(value) for path, value in outputs.items()},
        "gradients": {path: json_value(value) for path, value in gradients.items()},
    }
