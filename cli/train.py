"""`train`: carries out the train section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .verb import Request, example, verb

if TYPE_CHECKING:
    from ..views.json_values import Json


@click.command(
    epilog=example(
        "chainrule train specs/iris.graph --run runs/iris", "chainrule train specs/iris.graph --resume runs/iris"
    )
)
@click.argument("file")
@click.option("--run", "folder", metavar="DIR", help="Keep the run there: metrics, checkpoints, the model.")
@click.option("--resume", metavar="DIR", help="Go on with the run there, or begin it.")
@click.option("--force", is_flag=True, help="Go on although the spec or the data have changed.")
@click.option("--quiet", is_flag=True, help="No reports while it trains.")
@click.option("--no-optimise", "plain", is_flag=True, help="Take every step node by node, as the graph stands.")
@verb
def train(
    request: Request, file: str, folder: str | None, resume: str | None, force: bool, quiet: bool, plain: bool
) -> dict[str, Json]:
    """Train as the train section of a spec says."""
    from pathlib import Path

    from ..runtime.run_folder import METRICS
    from ..views.json_values import json_value
    from ..views.progress import reports
    from ..views.terminal import value_lines

    if folder and resume:
        raise click.UsageError("--run begins a run and --resume goes on with one: give one of the two.")
    program = request.load(file)
    watching = [] if quiet or request.as_json else [reports(request.say, request.note)]
    history = program.train(
        run=folder,
        resume=resume,
        force=force,
        callbacks=watching,
        precision=request.precision,
        optimise=not plain,
    )
    where = folder or resume
    if quiet:
        request.say(value_lines(history.last))
    kept = f"the run is in {where}" if where else "`--run DIR` keeps the model"
    request.say(f"{history.steps} steps; {kept}")
    return {
        "run": where,
        "steps": history.steps,
        "metrics": {name: json_value(value) for name, value in history.last.items()},
        "best": {name: json_value(value) for name, value in history.best.items()},
        "history": str(Path(where) / METRICS) if where else None,
    }
