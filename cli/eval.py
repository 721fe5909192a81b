"""`eval`: metrics of a trained model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json


@click.command(
    "eval",
    epilog=example(
        "chainrule eval runs/iris",
        """chainrule eval runs/mnist --set digits.x='flatten(idx("x.gz")) / 255' --set digits.t='idx("t.gz")'""",
    ),
)
@click.argument("model", metavar="MODEL_OR_RUN")
@verb
def evaluate(request: Request, model: str) -> dict[str, Json]:
    """Compute the metrics of a trained model on the spec's train and test rows.

    Where `--set` gives other columns: on all their rows.
    """
    from ..views.text.json_values import json_value
    from ..views.text.terminal import value_lines

    metrics = request.load(model).evaluate()
    request.say(value_lines(metrics))
    return {"metrics": {name: json_value(value) for name, value in metrics.items()}}
