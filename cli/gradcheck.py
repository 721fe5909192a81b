"""`gradcheck`: the reverse pass held against differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.verb import IN_TRAINING, Request, example, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..grammar.diagnostic import Diagnostic
    from ..program.program import Program
    from ..runtime.checks.gradcheck import GradientCheck
    from ..views.text.json_values import Json

ROWS = (0, 32)
MOST_SHOWN = 5


@click.command(
    epilog=example("chainrule gradcheck specs/iris.graph", "chainrule gradcheck specs/xor.graph --of loss --all")
)
@click.argument("file")
@click.option("--of", metavar="NAME", help="What to differentiate; default: what `train` minimises, else each output.")
@click.option("--all", "every", is_flag=True, help="Every element, not 200 of each tensor.")
@click.option("--inputs", metavar="FILE", help="Values of inputs by name: a JSON object or an .npz file.")
@click.option("--rows", metavar="START:STOP", help="Rows of the spec's data, from 0; default: the first 32.")
@IN_TRAINING
@verb
def gradcheck(
    request: Request, file: str, of: str | None, every: bool, inputs: str | None, rows: str | None, of_training: bool
) -> dict[str, Json]:
    """Hold the gradient of every real input and param against differences, in float64.

    Steps go by the size of each element, to one side at the border of where the spec has a value. The worst element
    of each tensor is named, and the time that both ways take.
    """
    from ..runtime.checks.gradcheck import SAMPLE, check_gradients
    from ..views.text.gradcheck_text import gradcheck_document, gradcheck_text
    from .shared.feeds import feeds_of

    program = request.load(file, training=of_training)
    targets = _targets(program, of)
    feeds = feeds_of(request, program, inputs, rows, ROWS)
    spec = program.spec
    dims = spec.known_dims
    checks = [
        check_gradients(
            spec.full, target, feeds, program.held, dims=dims, seed=spec.seed, sample=None if every else SAMPLE
        )
        for target in targets
    ]
    request.note(each for check in checks for each in _diagnostics(program, check))
    request.say(gradcheck_text(checks))
    return {"checks": [gradcheck_document(check) for check in checks]}


def _targets(program: Program, of: str | None) -> list[int]:
    """The nodes to differentiate. Raises click.BadParameter for a name that leads nowhere."""
    from .shared.values import unknown_path

    spec = program.spec
    if of is not None:
        if of not in spec.full.index:
            raise unknown_path(of, list(spec.graph.index), "'--of'")
        return [spec.full.index[of]]
    if spec.train is not None:
        return [spec.train.minimize]
    return [number for number in spec.graph.outputs if spec.graph.nodes[number].type.kind == "real"]


def _diagnostics(program: Program, check: GradientCheck) -> Iterator[Diagnostic]:
    """Wrong gradients as errors, elements that are left out as hints, each at its input or param."""
    from ..runtime.checking_faults import CANNOT_TELL, KINK, NO_VALUE_TO_CHECK, NOTHING_TO_CHECK, WRONG_GRADIENT
    from ..views.text.gradcheck_text import element_text, index_text

    graph = program.spec.full
    if not check.tensors:
        index = graph.index.get(check.of)
        nothing = NOTHING_TO_CHECK if check.finite else NO_VALUE_TO_CHECK
        yield nothing.at(None if index is None else graph.nodes[index].span, of=check.of)
    yield from check.culprit
    for tensor in check.tensors:
        span = graph.nodes[graph.index[tensor.path]].span
        for fault, elements in ((KINK, tensor.kinks), (CANNOT_TELL, tensor.untold)):
            if elements:
                listed = "".join(f" {index_text(each)}" for each in elements[:MOST_SHOWN] if each)
                more = f" and {len(elements) - MOST_SHOWN} more" if len(elements) > MOST_SHOWN else ""
                yield fault.at(span, path=tensor.path, elements=listed + more)
        worst = tensor.worst
        if worst is not None and not tensor.holds:
            yield WRONG_GRADIENT.at(
                span,
                of=check.of,
                path=tensor.path,
                element=index_text(worst.index),
                analytic=element_text(worst.analytic),
                numerical=element_text(worst.numerical),
            )
