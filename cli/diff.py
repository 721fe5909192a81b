"""`diff`: what differs between two specs, or two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.faults import DIFFERENT
from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..compiler.graph.diff import Difference
    from ..program.program import Program
    from ..views.text.json_values import Json


@click.command(
    epilog=example("chainrule diff specs/mnist.graph specs/mnist-long.graph", "chainrule diff runs/first runs/second")
)
@click.argument("before")
@click.argument("after", required=False)
@click.option("--backends", nargs=2, type=click.Choice(["numpy", "jax"]), metavar="ONE OTHER",
              help="Compare what two backends, numpy and jax, make of each node of one spec.")  # fmt: skip
@click.option("--inputs", metavar="FILE", help="With --backends, values of inputs: JSON or .npz; for specs that do not "
              "train.")  # fmt: skip
@verb
def diff(
    request: Request, before: str, after: str | None, backends: tuple[str, str] | None, inputs: str | None
) -> dict[str, Json]:
    """Compare two specs node by node: what is changed, gone, new, or called otherwise; or the folders of two runs.

    Nodes are matched by path, then by their place in the graph. Exit code 0 where both compute and train the same,
    under whatever names; 1 where they do not. Files, comments, titles, doc lines and claims don't count. Of runs: the
    specs, settings, replaced values, data, versions, and the results. Of models also what their fitted columns hold.
    With --backends numpy jax and one spec: each node of a training step (else of the outputs' gradients) by both.
    """
    from pathlib import Path

    from ..runtime.runs.run_difference import is_run, run_difference
    from ..views.text.difference_text import difference_document, difference_text
    from ..views.text.run_difference_text import run_difference_document, run_difference_text

    if backends is not None:
        if after is not None or len(set(backends)) < 2:
            raise click.UsageError("--backends compares numpy and jax on one spec.")
        return _backends(request, before, inputs)
    if after is None:
        raise click.UsageError("Missing argument 'AFTER'.")
    if inputs is not None:
        raise click.UsageError("--inputs goes with --backends.")
    if is_run(Path(before)) or is_run(Path(after)):
        runs = run_difference(Path(before), Path(after), _specs(before, after))
        request.say(run_difference_text(runs, before, after))
        if not runs.alike:
            request.note([DIFFERENT.at(None, before=before, after=after)])
        return run_difference_document(runs)
    found = _difference(request.load(before), request.load(after))
    request.say(difference_text(found))
    if not found.alike:
        request.note([DIFFERENT.at(None, before=before, after=after)])
    return difference_document(found)


def _backends(request: Request, spec: str, inputs: str | None) -> dict[str, Json]:
    """The answer of `--backends`."""
    from ..runtime.checking_faults import BACKENDS_DIFFER
    from ..views.text.backends_text import backends_document, backends_text
    from .shared.values import read_inputs

    program = request.load(spec)
    found = program.compare_backends(**(read_inputs(inputs) if inputs else {}))
    request.say(backends_text(found))
    if (first := found.first) is not None:
        numpy, jax = (f"{value:.17g}" for value in first.values)
        element = f"[{', '.join(map(str, first.place))}]" if first.place else ""
        name, span = f"`{found.name(first.node)}`", found.graph.nodes[first.node].span
        request.note([BACKENDS_DIFFER.at(span, node=name, element=element, numpy=numpy, jax=jax)])
    return backends_document(found)


def _difference(before: Program, after: Program) -> Difference:
    """How two specs differ, and what the fitted columns of two models hold."""
    from dataclasses import replace

    from ..compiler.graph.diff import difference
    from ..views.text.fitted_text import fitted_changes

    found = difference(before.written, after.written)
    return replace(found, settings=(*found.settings, *fitted_changes(before.fitted, after.fitted)))


def _specs(before: str, after: str) -> Difference | None:
    """How the specs of two runs differ; None where one of them can't be had any more."""
    from ..grammar.spec_error import SpecError
    from ..program.front_door import load

    try:
        return _difference(load(before), load(after))
    except SpecError:
        return None
