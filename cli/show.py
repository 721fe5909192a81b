"""`show`: what the compiler makes of a spec, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..compiler.graph.spec import Precision
    from ..program.program import Program
    from ..views.text.json_values import Json

OPERATIONS = "ops"
DATA = "data"
"""What `show` takes in the place of a file; a folder of such a name is `./data`."""


@click.command(
    epilog=example(
        "chainrule show specs/iris.graph",
        "chainrule show specs/apple.graph --after reverse",
        "chainrule show specs/mnist.graph --after plan --devices 256",
        "chainrule show ops",
        "chainrule show data",
    )
)
@click.argument("file")
@click.option(
    "--after",
    "stage",
    type=click.Choice(["syntax", "graph", "shapes", "reverse", "optimised", "plan", "python"]),
    help="Stop after a stage and print what stands there.",
)
@click.option("--devices", type=click.IntRange(1), metavar="N", help="With --after plan: what a training step costs "
              "where N devices share its rows.")  # fmt: skip
@click.option("--rates", metavar="NAME=NUMBER,...", help="With --devices: flops, memory, network (each a second), "
              "latency, collective; else those of an accelerator.")  # fmt: skip
@click.option("--all", "unfolded", is_flag=True, help="A line for each node, copies of a repeat that are alike too.")
@click.option("--defaults", is_flag=True, help="The spec itself, with every default and setting written out.")
@verb
def show(
    request: Request,
    file: str,
    stage: str | None,
    devices: int | None,
    rates: str | None,
    unfolded: bool,
    defaults: bool,
) -> dict[str, Json]:
    """Show a spec at a glance: a line a node, with kinds, shapes, parameters, FLOPs and bytes.

    Copies of a repeat that are alike take one line. Of a model it says what its fitted columns hold. `show ops` is the
    reference of operations; `show data` lists the sets that `dataset` finds, with their columns, and says where your
    own are looked for.
    """
    from ..views.stages.defaults import defaults_text
    from ..views.text.operations_text import operations_document, operations_text
    from ..views.text.summary import summary_of

    if (devices is not None and stage != "plan") or (rates is not None and devices is None):
        raise click.UsageError("--devices N goes with --after plan, and --rates with --devices.")
    if file == OPERATIONS:
        request.say(operations_text())
        return {"operations": operations_document()}
    if file == DATA:
        return _data_sets(request)
    if stage == "syntax":
        text = _syntax(file)
    else:
        program = request.load(file)
        if defaults:
            text = defaults_text(program.written, program.settings)
            request.say(text.rstrip("\n"))
            return {"text": text}
        if stage is None:
            precision = request.precision or (program.spec.train.precision if program.spec.train else "float64")
            summary = summary_of(program.written, 4 if precision == "float32" else 8, program.dims)
            request.say(summary.text(unfolded=unfolded))
            return {**summary.document(), **_fitted(request, program)}
        if devices is not None:
            return _on_devices(request, program, devices, rates)
        text = _after(stage, program, request.precision)
    request.say(text.rstrip("\n"))
    return {"stage": stage, "text": text}


def _on_devices(request: Request, program: Program, devices: int, text: str | None) -> dict[str, Json]:
    """The answer of `--devices`."""
    from ..compiler.faults import NO_TRAIN_SECTION
    from ..grammar.source import Span
    from ..grammar.spec_error import SpecError
    from ..views.stages.devices_plan import Rates, devices_plan

    try:
        rates = Rates() if text is None else Rates.of(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--rates'") from None
    try:
        found = devices_plan(program.written, devices, rates, program.dims, request.precision)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="'--devices'") from None
    if found is None:
        raise SpecError([NO_TRAIN_SECTION.at(Span(program.spec.source, 0, 0))])
    request.say(found.text())
    return found.document()


def _fitted(request: Request, program: Program) -> dict[str, Json]:
    """What the fitted columns of a model hold."""
    from ..views.text.fitted_text import fitted_document, fitted_text

    if not program.fitted:
        return {}
    request.say(f"\n{fitted_text(program.fitted)}")
    return {"fitted": fitted_document(program.fitted)}


def _data_sets(request: Request) -> dict[str, Json]:
    from os import environ

    from ..runtime.data.readers.datasets import FOLDER_VARIABLE
    from ..views.text.datasets_text import datasets_document, datasets_text

    folder = environ.get(FOLDER_VARIABLE, "")
    request.say(datasets_text(folder))
    return datasets_document(folder)


def _syntax(file: str) -> str:
    from ..compiler.chosen_limits import limits_from
    from ..grammar.parse import parse
    from ..grammar.read import read_source
    from ..grammar.spec_error import SpecError
    from ..views.stages.stages import syntax_text

    limits = limits_from().text
    module, found = parse(read_source(file, limits), limits)
    if any(diagnostic.severity == "error" for diagnostic in found):
        raise SpecError(found)
    return syntax_text(module)


def _after(stage: str, program: Program, precision: Precision | None) -> str:
    from ..compiler.derive.gradients import gradient_graph, paths_with_gradients
    from ..views.stages.graph_text import graph_text
    from ..views.stages.stages import reverse_text, shapes_text

    graph = program.written.graph
    if stage == "graph":
        return graph_text(graph)
    if stage == "shapes":
        return shapes_text(graph)
    if stage == "reverse":
        graph = program.spec.differentiable
        of = program.node(program.default_of)
        paths = paths_with_gradients(graph, of)
        return reverse_text(gradient_graph(graph, of, paths, upstream=bool(graph.nodes[of].type.shape)))
    return _compiled(stage, program, precision)


def _compiled(stage: str, program: Program, precision: Precision | None) -> str:
    """The stages after the reverse pass: of the step where the spec is trained, else of a node and its gradients."""
    from ..views.stages.generated import gradient_subject, optimised_text, plan_text, python_text, training_subject
    from ..views.text.costs import batch_dims

    spec = program.spec
    subject = training_subject(program.written, precision) or gradient_subject(spec, program.node(program.default_of))
    if stage == "optimised":
        return optimised_text(subject)
    dims = batch_dims(spec, program.dims)
    return plan_text(subject, dims) if stage == "plan" else python_text(subject, dims)
