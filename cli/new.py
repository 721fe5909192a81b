"""`new`: a spec to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.diagnostic import shown
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json

KINDS = ("regression", "classifier", "mlp", "cnn")
"""Starting points, each a file of `starting/`."""


@click.command(
    epilog=example("chainrule new mlp --out net.graph", "chainrule new --from rows.csv --target kind --out kind.graph")
)
@click.argument("kind", required=False, type=click.Choice(KINDS))
@click.option("--from", "source", metavar="CSV", help="Look at this table, and write a spec for it.")
@click.option("--target", metavar="COLUMN", help="The column that is to be predicted.")
@click.option("--out", metavar="FILE", help="Where the spec goes; default: the terminal.")
@verb
def new(request: Request, kind: str | None, source: str | None, target: str | None, out: str | None) -> dict[str, Json]:
    """Write a spec to begin with: a commented starting point, or one for a table, which trains as it is."""
    from ..runtime.runs.whole_file import whole_file

    if (kind is None) == (source is None):
        raise click.UsageError(f"Give one of {', '.join(KINDS)}, or a table with --from.")
    if (source is None) != (target is None):
        raise click.UsageError("--from FILE and --target COLUMN go together.")
    if out is not None and Path(out).suffix != ".graph":
        raise click.BadParameter(f"{out!r} must end with .graph.", param_hint="'--out'")
    if out is not None and Path(out).exists():
        raise click.BadParameter(f"{out!r} is there already; nothing is written over.", param_hint="'--out'")
    left_out: dict[str, str] = {}
    if source is not None and target is not None:
        from ..program.starting.columns import table_of
        from ..program.starting.table_spec import spec_of

        start = spec_of(table_of(source), source, target, Path(out) if out is not None else None)
        text, left_out = start.text, start.left_out
    else:
        text = (Path(__file__).parent.parent / "program" / "starting" / f"{kind}.graph").read_text(encoding="utf-8")
    if out is None:
        request.say(text.removesuffix("\n"))
        return {"text": text, "left_out": dict(left_out)}
    with whole_file(Path(out)) as stream:
        stream.write(text.encode("utf-8"))
    for name, reason in left_out.items():
        request.say(f"left out: `{shown(name)}` {shown(reason)}")
    request.say(f"{shown(out)} written; `chainrule train {shown(out)} --run runs/{shown(Path(out).stem)}` trains it")
    return {"out": out, "left_out": dict(left_out)}
