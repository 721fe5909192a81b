"""`explain`: what a diagnostic means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared.verb import Request, example, verb

if TYPE_CHECKING:
    from ..grammar.diagnostic import Fault
    from ..views.text.json_values import Json


@click.command(epilog=example("chainrule explain G104"))
@click.argument("code", required=False)
@verb
def explain(request: Request, code: str | None) -> dict[str, Json]:
    """Explain a diagnostic by its code: cause, example, fix.

    Without a code: the list of all.
    """
    faults = known_faults()
    if code is None:
        listed = [faults[each] for each in sorted(faults)]
        request.say("\n".join(f"{fault.code}  {fault.severity:<7}  {fault.headline}" for fault in listed))
        return {"faults": [_document(fault) for fault in listed]}
    fault = faults.get(code.strip().upper())
    if fault is None:
        problem = f"no diagnostic has the code {code!r}; `chainrule explain` lists them."
        raise click.BadParameter(problem, param_hint="'CODE'")
    request.say(text_of(fault))
    return _document(fault)


def known_faults() -> dict[str, Fault]:
    """Every fault by its code."""
    from ..compiler import faults as compiler
    from ..compiler.advice import faults as advice_faults
    from ..compiler.elaborate import state_faults
    from ..compiler.sections import column_faults, share_faults
    from ..compiler.targets.c import faults as c_faults
    from ..compiler.targets.onnx import faults as onnx_faults
    from ..grammar import faults as grammar
    from ..play import faults as playing
    from ..program import export_faults
    from ..program.serving import faults as serving
    from ..program.starting import faults as starting
    from ..runtime import checking_faults, plot_faults, training_faults
    from ..runtime.data import faults as data
    from ..runtime.data import split_faults
    from ..runtime.data.fitted import faults as fitted
    from ..runtime.data.given import faults as given
    from ..runtime.data.readers import picture_faults
    from ..runtime.exchange import faults as exchange
    from ..runtime.runs import selection_faults
    from ..runtime.steps import sharing_faults
    from ..runtime.training import health_faults
    from .shared import faults as command

    running = (training_faults, health_faults, selection_faults, sharing_faults, checking_faults, plot_faults)
    reading = (data, split_faults, fitted, given, picture_faults)
    asking = (serving, export_faults, c_faults, onnx_faults, exchange, command, starting, playing)
    checked = (compiler, state_faults, column_faults, share_faults, advice_faults)
    rooms = (grammar, *checked, *reading, *running, *asking)
    return {fault.code: fault for room in rooms for fault in room.FAULTS}


def text_of(fault: Fault) -> str:
    """What there is to say about a fault, in paragraphs."""
    parts = [f"{fault.code} ({fault.severity}): {fault.headline}", fault.cause]
    if fault.example:
        parts.append("Example:\n\n" + "\n".join(f"    {line}".rstrip() for line in fault.example.splitlines()))
    return "\n\n".join([*parts, f"What to do: {fault.fix}"])


def _document(fault: Fault) -> dict[str, Json]:
    return {
        "code": fault.code,
        "severity": fault.severity,
        "message": fault.headline,
        "cause": fault.cause,
        "example": fault.example,
        "fix": fault.fix,
    }
