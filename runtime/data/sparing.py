"""Columns of rows to predict on: one with a blank field is left out where outputs do without it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import DataSection
from ...grammar.diagnostic import Diagnostic
from ...grammar.spec_error import SpecError
from .columns import Table, evaluate
from .faults import BLANK_COLUMN, MISSING
from .fitted.fits import Fits


def evaluate_sparing(
    section: DataSection,
    folder: str,
    classes: Mapping[str, tuple[str, ...]] | None,
    graph: Graph,
    fits: Fits | None = None,
) -> Table:
    """The columns of a section as `evaluate` gives them, and warnings about those that are left out.

    A column that every output needs is not left out. Raises SpecError.
    """
    try:
        return evaluate(section, folder, classes, fits)
    except SpecError as error:
        if all(each.code != MISSING.code for each in error.diagnostics):
            raise
    left_out = {
        name: BLANK_COLUMN.at(blank.where, name=name, outputs=", ".join(outputs))
        for name, outputs in _spared(graph, section.columns).items()
        if (blank := _blank(section, name, folder, classes, fits)) is not None
    }
    kept = section.among(name for name in section.columns if name in graph.inputs and name not in left_out)
    table = evaluate(kept, folder, classes, fits)
    return replace(table, warnings=(*left_out.values(), *table.warnings))


def _blank(
    section: DataSection,
    name: str,
    folder: str,
    classes: Mapping[str, tuple[str, ...]] | None,
    fits: Fits | None,
) -> Diagnostic | None:
    """The blank field that keeps a column from being read; None where nothing does, or something else."""
    try:
        evaluate(section.among([name]), folder, classes, fits)
    except SpecError as error:
        return next((each for each in error.diagnostics if each.code == MISSING.code), None)
    return None


def _spared(graph: Graph, names: Iterable[str]) -> dict[str, list[str]]:
    """Inputs that some output does without, each with the outputs that need it."""
    spared = {}
    for name in filter(graph.inputs.__contains__, names):
        reached = graph.dependents([graph.inputs[name].index])
        needing = [path for path, index in zip(graph.output_names, graph.outputs, strict=True) if reached[index]]
        if len(needing) < len(graph.outputs):
            spared[name] = needing
    return spared
