"""`grad`: values and gradients of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.verb import IN_TRAINING, Request, example, verb

if TYPE_CHECKING:
    from ..runtime.evaluate.gradients import Gradients
    from ..views.text.json_values import Json


@click.command(
    epilog=example(
        "chainrule grad specs/apple.graph --of total --json",
        "chainrule grad specs/affine-batch.graph --of 'y[0, 1]'",
        "chainrule grad specs/affine-batch.graph --of y --upstream '[[1, 0], [0, -1e-3]]'",
        "chainrule grad deep.graph --by 'body[2].dense.W' --by 'body[2]' --full",
    )
)
@click.argument("file")
@click.option(
    "--of",
    metavar="NAME",
    help="What to differentiate, `loss` or `y[0]`; default: what `train` minimises, else the output.",
)
@click.option(
    "--by",
    "paths",
    metavar="NAME",
    multiple=True,
    help="Only the gradient by this node, such as a copy's in a repeat, 'body[2].dense.W'; may be repeated.",
)
@click.option("--upstream", metavar="VALUE", help="The gradient that arrives: a number, lists, a .npy or .json file.")
@click.option("--inputs", metavar="FILE", help="Values of inputs by name: a JSON object or an .npz file.")
@click.option("--rows", metavar="START:STOP", help="Rows of the spec's data, from 0; default: the first.")
@click.option("--full", is_flag=True, help="Tensors with all of their elements, a line a row.")
@IN_TRAINING
@verb
def grad(
    request: Request,
    file: str,
    of: str | None,
    paths: tuple[str, ...],
    upstream: str | None,
    inputs: str | None,
    rows: str | None,
    full: bool,
    of_training: bool,
) -> dict[str, Json]:
    """Compute the gradients of a node with respect to every input, param and named node."""
    from ..runtime.evaluate.first_nonfinite import first_nonfinite
    from ..views.text.json_values import json_value
    from ..views.text.terminal import value_lines
    from .shared.feeds import feeds_of
    from .shared.values import unknown_path, upstream_value

    arriving = None if upstream is None else upstream_value(upstream)
    program = request.load(file, training=of_training)
    graph = program.spec.differentiable
    whole = None if of is None or of.rstrip().endswith("]") else of  # `y[0]` is looked at where it is parsed
    for name, option in ((whole, "'--of'"), *((path, "'--by'") for path in paths)):
        if name is not None and name not in graph.index:
            raise unknown_path(name, list(graph.index), option)
    gradients = program.grad(of, feeds_of(request, program, inputs, rows, (0, 1)), upstream=arriving)
    found = {path: gradients[path] for path in _asked(gradients, paths)}
    values = gradients.computed
    outputs = {path: values[path] for path in program.outputs if path in values}
    shown = [graph.index[path] for path in outputs] + [gradients.indices[path] for path in found]
    request.note(first_nonfinite(values.graph, values.slots, shown))
    request.say(value_lines({gradients.of: values[gradients.of], **outputs}, full=full))
    request.say(value_lines({f"d({gradients.of})/d({path})": value for path, value in found.items()}, full=full))
    return {
        "of": gradients.of,
        "outputs": {path: json_value(value) for path, value in outputs.items()},
        "gradients": {path: json_value(value) for path, value in found.items()},
    }


def _asked(gradients: Gradients, paths: tuple[str, ...]) -> list[str]:
    """The paths whose gradients are wanted: all that the text names, unless others are asked for."""
    for path in paths:
        if path not in gradients.indices:
            raise click.BadParameter(f"{gradients.of!r} has no gradient by {path!r}.", param_hint="'--by'")
    return list(paths) or list(gradients)
