"""`export`: a spec or a trained model as a file that others run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json

TARGETS = ("python", "graph", "onnx")


@click.command(
    epilog=example(
        "chainrule export runs/iris --to python --out iris.py",
        "chainrule export specs/mnist.graph --to graph",
        "chainrule export specs/iris.graph --train-step --out iris.onnx",
    )
)
@click.argument("model", metavar="SPEC_OR_MODEL_OR_RUN")
@click.option(
    "--to",
    "target",
    type=click.Choice(TARGETS),
    help="`python`: a file that needs numpy alone; `graph`: a spec without blocks; `onnx`: a model that others run. "
    "Default: by the ending of --out.",
)
@click.option("--train-step", is_flag=True, help="Of ONNX: a step of the training in place of the outputs.")
@click.option("--out", metavar="FILE", help="Where it goes, .py, .graph or .onnx; default: the terminal.")
@verb
def export(request: Request, model: str, target: str | None, train_step: bool, out: str | None) -> dict[str, Json]:
    """Write a spec or a trained model as a file that needs no chainrule.

    A file of Python has the net's outputs, its loss, the gradients, a step of its training and the training itself,
    written out a line a node. One of ONNX has the outputs, or with --train-step the loss, the gradients and all that
    changes in a step.
    """
    from ..program.exports import target_of

    if target is None and out is None:
        raise click.UsageError("say what it is to become, `--to python`, or where it goes, `--out net.py`.")
    path = Path(out) if out is not None else None
    target = target or target_of(Path(out or ""))
    if target == "onnx" and path is None:
        raise click.UsageError("a model of ONNX is no text: say where it goes, `--out net.onnx`.")
    if train_step and target != "onnx":
        raise click.UsageError(f"`--train-step` goes with `--to onnx`, not with `--to {target}`.")
    program = request.load(model)
    made = program.exported(target, path, train_step=train_step)
    if path is None:
        request.say(made.text.rstrip("\n"))
        return {"text": made.text}
    written = [str(each) for each in made.write(path)]
    request.say(f"{' and '.join(map(shown, written))} written")
    return {"out": list(written)}
