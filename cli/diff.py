"""`diff`: what differs between two specs, or two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.faults import DIFFERENT
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..compiler.graph.diff import Difference
    from ..views.text.json_values import Json


@click.command(
    epilog=example("chainrule diff specs/mnist.graph specs/mnist-long.graph", "chainrule diff runs/first runs/second")
)
@click.argument("before")
@click.argument("after")
@verb
def diff(request: Request, before: str, after: str) -> dict[str, Json]:
    """Compare two specs node by node: what is changed, gone, new, or called otherwise; or the folders of two runs.

    Nodes are matched by path, then by their place in the graph. Exit code 0 where both compute and train the same,
    under whatever names; 1 where they do not. Files, comments, titles, doc lines and claims don't count. Of runs: the
    specs, settings, replaced values, data, versions, and the results.
    """
    from pathlib import Path

    from ..compiler.graph.diff import difference
    from ..runtime.runs.run_difference import is_run, run_difference
    from ..views.text.difference_text import difference_document, difference_text
    from ..views.text.run_difference_text import run_difference_document, run_difference_text

    if is_run(Path(before)) or is_run(Path(after)):
        runs = run_difference(Path(before), Path(after), _specs(before, after))
        request.say(run_difference_text(runs, before, after))
        if not runs.alike:
            request.note([DIFFERENT.at(None, before=before, after=after)])
        return run_difference_document(runs)
    found = difference(request.load(before).written, request.load(after).written)
    request.say(difference_text(found))
    if not found.alike:
        request.note([DIFFERENT.at(None, before=before, after=after)])
    return difference_document(found)


def _specs(before: str, after: str) -> Difference | None:
    """How the specs of two runs differ; None where one of them can't be had any more."""
    from ..compiler.graph.diff import difference
    from ..grammar.spec_error import SpecError
    from ..program.front_door import load

    try:
        return difference(load(before).written, load(after).written)
    except SpecError:
        return None
