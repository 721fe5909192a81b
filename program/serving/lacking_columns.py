"""Which columns of a CSV file a spec's inputs are read from, and which of them it lacks."""

from collections.abc import Mapping, Sequence

from ...compiler.graph.graph import Graph
from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...runtime.data.new_rows import NewFile, csv_steps
from .faults import WRONG_COLUMNS

MOST_NAMED = 8
"""Columns that a message names."""


def complete_inputs(graph: Graph, file: NewFile) -> list[str]:
    """The inputs all of whose columns a file has.

    Raises SpecError, which names what lacks, where no output can be computed from these, and where the file has some
    columns of an input, and not all, that an output depends on.
    """
    steps = {name: csv_steps(file.section, name) for name in file.names}
    asked = {name: {each for step in calls for each in file.asked(step)} for name, calls in steps.items()}
    lacking = {name: [each for step in calls for each in file.lacking(step)] for name, calls in steps.items()}
    needed = graph.ancestors(graph.outputs)
    begun = [
        name
        for name, names in lacking.items()
        if needed[graph.inputs[name].index] and 0 < len(set(names)) < len(asked[name])
    ]
    missing = [name for name, names in lacking.items() if names]
    if begun or not _some_output(graph, missing):
        header = file.header(steps[(begun or missing)[0]][0]).listed
        raise _lacks(file.path, {name: lacking[name] for name in begun or _stopping(graph, missing)}, header)
    return [name for name in lacking if name not in missing]


def _some_output(graph: Graph, missing: Sequence[str]) -> bool:
    """Whether an output can be computed without these inputs."""
    blocked = graph.dependents([graph.inputs[name].index for name in _required(graph, missing)])
    return any(not blocked[output] for output in graph.outputs)


def _stopping(graph: Graph, missing: Sequence[str]) -> list[str]:
    """Of some inputs, those that outputs depend on."""
    needed = graph.ancestors(graph.outputs)
    return [name for name in _required(graph, missing) if needed[graph.inputs[name].index]]


def _required(graph: Graph, names: Sequence[str]) -> list[str]:
    return [name for name in names if graph.inputs[name].default is None]


def _lacks(path: str, lacking: Mapping[str, Sequence[str]], header: Sequence[str]) -> SpecError:
    columns = list(dict.fromkeys(name for names in lacking.values() for name in names))
    more = [f"{len(columns) - MOST_NAMED} more"] if len(columns) > MOST_NAMED else []
    wanted = _listed([*(f"`{name}`" for name in columns[:MOST_NAMED]), *more])
    reason = f"it lacks {wanted}, from which the spec reads {_listed([f'`{name}`' for name in lacking])}"
    return SpecError([WRONG_COLUMNS.at(Place(path), path=path, reason=reason, hint=_hint(columns, header))])


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _hint(columns: Sequence[str], header: Sequence[str]) -> str:
    if len(columns) == 1:
        return suggestion(columns[0], header, what="its columns")
    return f"its columns are: {', '.join(header[:MOST_NAMED])}{', ...' if len(header) > MOST_NAMED else ''}"
