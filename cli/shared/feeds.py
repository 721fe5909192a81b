"""What goes into a spec: rows of its data, values from a file."""

from collections.abc import Mapping

import click

from ...program.program import Program
from ...runtime.arrays import Array
from .verb import Request


def feeds_of(
    request: Request,
    program: Program,
    inputs: str | None,
    rows: str | None,
    otherwise: tuple[int, int],
    *,
    evenly: int | None = None,
) -> dict[str, object]:
    """Values by input.

    A file with values stands for itself; else, or where rows are asked for, rows of the data (`otherwise` says which,
    where none are, and how many `evenly` out of those) fill what neither the file nor a setting gives. Raises
    SpecError and click.BadParameter.
    """
    if not (inputs or rows or program.spec.data):
        return {}
    from .values import read_inputs, row_range  # readers are for those who have data

    given: Mapping[str, Array] = read_inputs(inputs) if inputs else {}
    start, stop = row_range(rows) if rows else otherwise
    if rows and not program.spec.data:
        raise click.BadParameter("the spec has no data.", param_hint="'--rows'")
    if not program.spec.data or (inputs and not rows):
        return dict(given)
    wanted = [column for column in _columns(program) if column not in given and column not in request.settings]
    if not wanted:
        return dict(given)
    found = program.rows(start, stop)
    if not rows and evenly is not None:
        found = {column: array[:: max(1, len(array) // evenly)][:evenly] for column, array in found.items()}
    if rows and not all(len(found[column]) for column in wanted):
        raise click.BadParameter(f"{rows!r} lies behind the last row of the data.", param_hint="'--rows'")
    return {**{column: found[column] for column in wanted}, **given}


def _columns(program: Program) -> list[str]:
    """Inputs that the data fill."""
    spec = program.spec
    named = spec.train.data if spec.train else None
    section = spec.data[named] if named else next(iter(spec.data.values()))
    return [column for column in section.columns if column in spec.graph.inputs]
