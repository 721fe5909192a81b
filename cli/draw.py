"""`draw`: the graph as a picture, values above and gradients below each edge."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared import output
from .shared.verb import IN_TRAINING, Request, example, verb

if TYPE_CHECKING:
    from ..views.figure.formats import Engine, Form
    from ..views.picture.heat import Overlay, OverlayKind
    from ..views.picture.picture import Picture
    from ..views.text.json_values import Json
    from .shared.passes import Passes

PRINTED = ("text", "dot", "mermaid")
"""Forms that are printed where no file is named."""


@click.command(
    epilog=example(
        "chainrule draw specs/apple.graph",
        "chainrule draw specs/apple.graph --out apple.svg --set price=150",
        "chainrule draw specs/iris.graph --to png --depth 0",
        "chainrule draw specs/sigmoid-by-hand.graph --html",
        "chainrule draw runs/mnist --out mnist.svg --overlay time",
    )
)
@click.argument("file")
@click.option("--out", metavar="PATH", help="The file to write: .svg .png .html .dot .mmd .txt; - is standard output.")
@click.option("--to", "form", type=click.Choice(["text", "svg", "png", "html", "dot", "mermaid"]), help="The form.")
@click.option("--html", "as_page", is_flag=True, help="A page that steps forward and back: the same as --to html.")
@click.option(
    "--of", metavar="NAME", help="The node to differentiate; default: what `train` minimises, else the output."
)
@click.option("--upstream", metavar="VALUE", help="The gradient that arrives: a number, lists, a .npy or .json file.")
@click.option("--inputs", metavar="FILE", help="Values of inputs by name: a JSON object or an .npz file.")
@click.option("--rows", metavar="START:STOP", help="Rows of the spec's data, from 0; default: the first.")
@click.option("--depth", type=click.IntRange(0), help="Frames nested deeper are folded; default: what stays readable.")
@click.option("--full", is_flag=True, help="Small tensors in full.")
@click.option("--reverse", is_flag=True, help="Draw the reverse pass as a graph of its own.")
@click.option(
    "--overlay",
    type=click.Choice(["time", "memory", "gradient"]),
    help="Paint each node by its share; of a run or a model: with what it learnt, on a minibatch.",
)
@click.option("--dark", is_flag=True, help="A PNG on dark paper; an SVG and a page follow the reader's.")
@click.option(
    "--layout", "engine", type=click.Choice(["own", "graphviz"]), default="own", help="What places the nodes."
)
@IN_TRAINING
@verb
def draw(
    request: Request,
    file: str,
    out: str | None,
    form: Form | None,
    as_page: bool,
    of: str | None,
    upstream: str | None,
    inputs: str | None,
    rows: str | None,
    depth: int | None,
    full: bool,
    reverse: bool,
    overlay: OverlayKind | None,
    dark: bool,
    engine: Engine,
    of_training: bool,
) -> dict[str, Json]:
    """Draw a spec with all its numbers: the value above each edge, the gradient below it.

    Without --out, text is printed and any other picture is written into the current folder. A spec with errors is
    drawn too, as far as it can be read.
    """
    from .shared.passes import faulty_picture, passes

    if as_page and form not in (None, "html"):
        raise click.BadParameter(f"{form!r} and --html exclude each other.", param_hint="'--to'")
    if overlay and reverse:
        raise click.BadParameter("it can't be painted over the reverse pass.", param_hint="'--overlay'")
    chosen = "html" if as_page else form or _form_of(out)
    if chosen == "png" and out == "-" and output.on_terminal():
        raise click.BadParameter("a PNG is no text for a terminal: name a file, or a pipe.", param_hint="'--out'")
    measured = overlay is not None
    made = passes(request, file, of, upstream, inputs, rows, training=measured, of_training=of_training)
    if made is not None and made.walk.of is None and made.walk.values and overlay == "gradient":
        raise click.BadParameter(
            "there is no gradient: say of what with --of, and --upstream.", param_hint="'--overlay'"
        )
    painted = made.overlay(overlay) if made and overlay and made.walk.values else None
    if made is not None:
        picture = made.picture(depth, full=full, reverse=reverse, overlay=painted)
    else:
        picture = faulty_picture(request, file)
    colour = chosen == "text" and out is None and not request.as_json and output.coloured()
    if chosen == "html":
        data = _page(made, picture, depth, full=full, overlay=painted).encode()
    else:
        data = _drawn(picture, chosen, engine, colour=colour, dark=dark)
    target = out or (None if chosen in PRINTED else f"{Path(file).stem}.{chosen}")
    document: dict[str, Json] = {"form": chosen, "nodes": len(picture.boxes), "edges": len(picture.wires)}
    return document | _deliver(request, data, None if target == "-" else target, coloured=colour)


def _form_of(out: str | None) -> Form:
    """The form that a file's name asks for."""
    from ..views.figure.formats import FORMS

    if out is None or out == "-":
        return "text"
    suffix = Path(out).suffix.lower()
    if suffix not in FORMS:
        raise click.BadParameter(f"{out!r} ends with no form of a picture: {', '.join(FORMS)}.", param_hint="'--out'")
    return FORMS[suffix]


def _page(made: Passes | None, picture: Picture, depth: int | None, *, full: bool, overlay: Overlay | None) -> str:
    """The page that steps; of a spec with errors, one with its picture."""
    from ..views.page.player import page, still_page

    return page(made.spec, made.walk, depth, full=full, overlay=overlay) if made else still_page(picture)


def _drawn(picture: Picture, form: Form, engine: Engine, *, colour: bool, dark: bool) -> bytes:
    """The picture as the bytes of a file. Raises SpecError."""
    from ..grammar.spec_error import SpecError
    from ..views.figure.formats import drawn
    from ..views.layout.graphviz import GraphvizFailed
    from .shared.faults import NEEDS_EXTRA, NO_LAYOUT

    width = shutil.get_terminal_size((120, 40)).columns
    try:
        return drawn(picture, form, engine, width=width, colour=colour, dark=dark)
    except ImportError:
        raise SpecError([NEEDS_EXTRA.at(None, what="a PNG", package="matplotlib")]) from None
    except GraphvizFailed as failed:
        raise SpecError([NO_LAYOUT.at(None, reason=failed)]) from None


def _deliver(request: Request, data: bytes, target: str | None, *, coloured: bool) -> dict[str, Json]:
    """Writes a picture, or prints it; says where it is."""
    if target is not None:
        from ..runtime.runs.atomic import write_atomically

        write_atomically(Path(target), data)
        request.say(f"wrote {shown(target)}")
        return {"file": target}
    try:
        text = data.decode()
    except UnicodeDecodeError:  # a PNG
        if not request.as_json:
            output.say_bytes(data)
        return {"file": None}
    request.say(text.rstrip("\n"), coloured=coloured)
    return {"file": None, "text": text}
