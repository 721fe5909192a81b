"""`step`: both passes of a spec, told node by node with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.verb import IN_TRAINING, Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json
    from .shared.passes import Passes


@click.command(
    epilog=example(
        "chainrule step specs/apple.graph",
        "chainrule step specs/sigmoid-by-hand.graph --by x --latex > sigmoid.tex",
    )
)
@click.argument("file")
@click.option(
    "--of", metavar="NAME", help="The node to differentiate; default: what `train` minimises, else the output."
)
@click.option("--by", metavar="NAME", help="Only what the gradient by this node needs.")
@click.option("--upstream", metavar="VALUE", help="The gradient that arrives: a number, lists, a .npy or .json file.")
@click.option("--inputs", metavar="FILE", help="Values of inputs by name: a JSON object or an .npz file.")
@click.option("--rows", metavar="START:STOP", help="Rows of the spec's data, from 0; default: the first.")
@click.option("--full", is_flag=True, help="Tensors with all of their elements.")
@click.option("--latex", "form", flag_value="latex", help="The derivation as a LaTeX document.")
@click.option("--markdown", "form", flag_value="markdown", help="The derivation as Markdown with formulas.")
@IN_TRAINING
@verb
def step(
    request: Request,
    file: str,
    of: str | None,
    by: str | None,
    upstream: str | None,
    inputs: str | None,
    rows: str | None,
    full: bool,
    form: str | None,
    of_training: bool,
) -> dict[str, Json]:
    """Tell the forward and the reverse pass step by step: what arrives, the local derivative, their product, sums."""
    from ..views.walk.derivation_document import latex, markdown
    from ..views.walk.narrate import narrate
    from .shared.passes import passes
    from .shared.values import unknown_path

    made = passes(request, file, of, upstream, inputs, rows, of_training=of_training)
    if made is None:
        return {}
    graph = made.walk.graph
    if by is not None and by not in graph.index:
        raise unknown_path(by, list(graph.index), "'--by'")
    node = graph.index[by] if by is not None else None
    if form is None:
        text = narrate(made.walk, made.spec.title, node, made.spec.source, full=full)
    else:
        write = latex if form == "latex" else markdown
        text = write(made.walk, made.spec.title or made.spec.source.name, node, full=full)
    request.say(text.rstrip("\n"))
    return {**_told(made, node), **({"text": text} if form else {})}


def _told(made: Passes, by: int | None) -> dict[str, Json]:
    """The steps as data."""
    from ..views.text.json_values import json_value
    from ..views.walk.sentences import sentences

    walk = made.walk
    nodes = walk.graph.nodes
    steps: list[Json] = []
    for each in sentences(walk, by):
        kind, node, user, slot = each.step
        told: dict[str, Json] = {"kind": kind, "node": nodes[node].path or node, "line": each.line, "text": each.text}
        if each.span is not None and each.span.source is not made.spec.source:
            told["file"] = each.span.source.name
        if kind == "value":
            told["value"] = json_value(walk.values[node])
        elif kind == "product":
            told |= {
                "user": nodes[user].path or user,
                "operand": nodes[user].slots[slot],
                "arriving": json_value(walk.gradients[user]),
                "local": json_value(walk.locals[user, slot]) if (user, slot) in walk.locals else None,
                "gradient": json_value(walk.products[user, slot]),
            }
        else:
            told["gradient"] = json_value(walk.gradients[node])
        steps.append(told)
    return {"of": nodes[walk.of].path if walk.of is not None else None, "steps": steps}
