"""`plot`: what a trained net has learnt, and how, as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..program.program import Program
    from ..views.text.json_values import Json

KINDS = (
    "curves", "health", "confusion", "weights", "maps", "matrix", "activations", "histogram", "decision", "landscape",
)  # fmt: skip

FORMATS = (".svg", ".png", ".pdf")

SIDES = ("train", "validate", "test")


@click.command(
    epilog=example(
        "chainrule plot runs/mnist confusion --out confusion.svg",
        "chainrule plot runs/mnist weights --out weights.png",
        "chainrule plot runs/lenet maps --row 3 --out maps.png",
        "chainrule plot specs/attention.graph matrix --down said --across heard --out looks.svg",
        "chainrule plot specs/starting-width.graph histogram --of wide,narrow,right --out widths.png",
        "chainrule plot specs/xor.graph decision --out xor.svg",
        "chainrule plot specs/valley.graph landscape --beside rolling,careful,bold --out valley.png",
        "chainrule plot runs/iris landscape --directions random --seed 3 --out iris.png",
    )
)
@click.argument("model", metavar="RUN_OR_MODEL")
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.option("--out", metavar="FILE", help="The picture: .svg, .png or .pdf. Without it, the numbers as text.")
@click.option("--dark", is_flag=True, help="On dark paper.")
@click.option("--rows", type=click.Choice(SIDES), help="Of which rows; default: test, if any.")
@click.option(
    "--of",
    metavar="NAME",
    help="weights: of which parameter; default: the first layer's. matrix: which node. histogram: which nodes, such as "
    "h1,h2; default: every relu, sigmoid and tanh.",
)
@click.option("--shape", metavar="HxW", help="weights: the image that a unit's weights are, such as 28x28.")
@click.option("--row", type=click.IntRange(0), help="maps, matrix: of which row, from 0; default: the first.")
@click.option("--down", metavar="NODE", help="matrix: the node whose elements are the names of its rows.")
@click.option("--across", metavar="NODE", help="matrix: the same for its columns.")
@click.option("--directions", type=click.Choice(["path", "random"]), help="landscape: along which; default: path.")
@click.option("--seed", type=click.IntRange(0), help="landscape: of random directions; default: 0.")
@click.option("--beside", metavar="NAMES", help="landscape: states of two numbers whose paths are drawn as well.")
@verb
def plot(
    request: Request,
    model: str,
    kind: str,
    out: str | None,
    dark: bool,
    rows: str | None,
    of: str | None,
    shape: str | None,
    row: int | None,
    down: str | None,
    across: str | None,
    directions: str | None,
    seed: int | None,
    beside: str | None,
) -> dict[str, Json]:
    """Show what a trained net has learnt, and how. KIND is one of:

    \b
    curves       metrics by step: train and test rows, the gap, the best report
    health       norms of gradients, updates and values by layer, dead relus
    confusion    which classes are taken for which
    weights      the weights of the first layer, as images where they belong to pixels; filters before and after
    maps         what each convolution and pooling makes of the picture of one row
    matrix       what a node is for one row, as a heat map: the weights of attention, or of any node
    activations  values and gradients of hidden layers through the training
    histogram    values of layers side by side: of a spec those that it begins with
    decision     the class of each point of the plane: classifiers with two inputs
    landscape    the loss along two directions, and the path that the training took

    Of a spec, in place of a run or a model, it trains first, and keeps nothing; histogram does not. activations and
    landscape train once more in any case: what happens on the way is not kept, but the same to the bit.
    """
    given = {
        "rows": rows, "of": of, "shape": _shape(shape), "row": row, "down": down, "across": across,
        "directions": directions, "seed": seed, "beside": beside,
    }  # fmt: skip
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    _check(kind, out, options)
    program = request.load(model)
    if _is_spec(model):
        _train(program, kind)
    try:
        made = program.plot(kind, **options)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--shape'") from None
    request.say(made.text)
    if out is not None:
        made.save(out, dark=dark)
        request.say(f"wrote {shown(out)}")
    return {"kind": kind, "file": out, **made.document}


def _check(kind: str, out: str | None, options: dict[str, object]) -> None:
    """Raises what is wrong with the command line, before anything is computed; SpecError without matplotlib."""
    from importlib.util import find_spec

    from ..grammar.spec_error import SpecError
    from ..views.plots.kinds import KINDS as MADE
    from .shared.faults import NEEDS_EXTRA

    for name in options:
        if name not in MADE[kind].options:
            kinds = " and ".join(each for each in MADE if name in MADE[each].options)
            raise click.UsageError(f"--{name} is about {kinds}, not {kind}.")
    if out is None:
        return
    if Path(out).suffix.lower() not in FORMATS:
        raise click.BadParameter(f"{out!r} must end with one of: {', '.join(FORMATS)}.", param_hint="'--out'")
    if find_spec("matplotlib") is None:
        hint = "pip install 'chainrule[plot]'"
        raise SpecError([NEEDS_EXTRA.at(None, what="a plot", package="matplotlib", hint=hint)])


def _shape(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    height, times, width = text.lower().partition("x")
    if not (times and height.isdecimal() and width.isdecimal() and len(text) < 20):
        raise click.BadParameter(f"{text!r} is not HEIGHTxWIDTH, such as 28x28.", param_hint="'--shape'")
    return int(height), int(width)


def _is_spec(path: str) -> bool:
    return not (Path(path).is_dir() or Path(path).suffix == ".safetensors")


def _train(program: Program, kind: str) -> None:
    """Trains a spec whose parameters are as they start, for kinds that do not train by themselves."""
    from ..views.plots.kinds import KINDS as MADE

    if MADE[kind].trained:
        program.train()
