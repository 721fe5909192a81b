"""`export`: a spec or a trained model as a file that others run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json

TARGETS = ("python", "torch", "jax", "c", "onnx", "graph")


@click.command(
    epilog=example(
        "chainrule export runs/iris --to python --out iris.py",
        "chainrule export runs/iris --train-step --out iris.c",
        "chainrule export specs/mnist.graph --to graph",
        "chainrule export specs/iris.graph --train-step --out iris.onnx",
    )
)
@click.argument("model", metavar="SPEC_OR_MODEL_OR_RUN")
@click.option(
    "--to",
    "target",
    type=click.Choice(TARGETS),
    help="`python`: a file that needs numpy alone; `torch`: a module of PyTorch; `jax`: functions of JAX; "
    "`c`: C99 that needs math.h alone; `onnx`: a model that others run; `graph`: a spec without blocks. Default: by "
    "the ending of --out.",
)
@click.option("--out", metavar="FILE", help="Where it goes, .py, .c, .onnx or .graph; default: the terminal.")
@click.option(
    "--train-step",
    is_flag=True,
    help="C: with the loss, its gradients and a step of the training; ONNX: a step in place of the outputs.",
)
@click.option("--batch", type=click.IntRange(1), help="C: rows that are taken at once. Default: 1.")
@click.option("--prefix", default="", help="C: what names begin with. Default: the name of the file.")
@click.option("--main", is_flag=True, help="C: with a program beside it that tests the answers.")
@click.option("--raw", is_flag=True, help="ONNX: takes the columns of a table, and makes the inputs of them.")
@click.option(
    "--state-apart",
    is_flag=True,
    help="ONNX, with --train-step: weights and memory must be given; a model beside it has their first values.",
)
@verb
def export(
    request: Request,
    model: str,
    target: str | None,
    out: str | None,
    train_step: bool,
    batch: int | None,
    prefix: str,
    main: bool,
    raw: bool,
    state_apart: bool,
) -> dict[str, Json]:
    """Write a spec or a trained model as a file that needs no chainrule.

    A file of Python has the net's outputs, its loss, the gradients, a step of its training and the training itself,
    written out a line a node. One of C has functions over static memory, for programs and small devices.
    One of ONNX has the outputs, or with --train-step the loss, the gradients and all that changes in a step.
    """
    from ..program.exported import Options
    from ..program.exports import target_of

    if target is None and out is None:
        raise click.UsageError("say what it is to become, `--to python`, or where it goes, `--out net.py`.")
    path = Path(out) if out is not None else None
    target = target or target_of(Path(out or ""))
    if target == "onnx" and path is None:
        raise click.UsageError("a model of ONNX is no text: say where it goes, `--out net.onnx`.")
    program = request.load(model)
    made = program.exported(target, path, Options(batch or 0, prefix, train_step, main, raw, state_apart))
    if path is None:
        request.say(made.text.rstrip("\n"))
        return {"text": made.text}
    written = [str(each) for each in made.write(path)]
    request.say(f"{' and '.join(map(shown, written))} written")
    return {"out": list(written)}
