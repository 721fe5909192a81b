"""`import`: a model that another tool wrote as a spec, with its weights beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json


@click.command(
    "import",
    epilog=example("chainrule import model.onnx --out model.graph", "chainrule predict model.safetensors rows.csv"),
)
@click.argument("model", metavar="MODEL.onnx")
@click.option("--out", metavar="FILE", help="Where the spec goes, its weights beside it; default: the terminal.")
@click.option("--flat", is_flag=True, help="One statement a node, also where the model repeats itself.")
@verb
def import_model(request: Request, model: str, out: str | None, *, flat: bool) -> dict[str, Json]:
    """Read a model of ONNX as a spec.

    The spec has the model's names; layers that are alike become copies of a block, unless --flat says not to. With
    --out its weights go beside it, net.safetensors for net.graph: a model file, which `predict`, `run` and `eval`
    take. Needs the extra `onnx`.
    """
    from ..program.imports import import_onnx
    from ..runtime.runs.whole_file import whole_file

    if out is not None and Path(out).suffix != ".graph":
        raise click.UsageError("--out names the spec, with the ending .graph.")
    program = import_onnx(model, flat=flat)
    text = program.spec.source.text
    if out is None:
        request.say(text.rstrip("\n"))
        return {"text": text}
    path = Path(out)
    weights = path.with_suffix(".safetensors")
    program.save(weights)
    with whole_file(path) as stream:
        stream.write(text.encode("utf-8"))
    request.say(f"{shown(str(path))} and {shown(str(weights))} written")
    return {"out": [str(path), str(weights)]}
