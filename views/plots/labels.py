"""What a row is called, and the places along an axis of a value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...compiler.graph.graph import Graph
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...runtime.arrays import Array
from ...runtime.plot_faults import NOTHING_TO_PLOT
from ...runtime.studies.row_values import Row, values_of
from ...runtime.training.job import Job
from .sheet import plain
from .subject import Subject

LONGEST = 16
"""Letters of a place's name."""


def row_said(job: Job, subject: Subject, row: Row) -> str:
    """`test row 3 (t = 7)`: which row it is, with its class numbers by name."""
    if row.side is None:
        return "the spec's own values"
    told = []
    for path, values in row.inputs.items():
        declared = job.graph.nodes[job.graph.inputs[path].index].type
        if declared.kind == "int" and values.shape == (1,):
            told.append(f"{plain(path, LONGEST)} = {_name(float(values[0]), subject.classes.get(path))}")
    known = f" ({', '.join(told)})" if told else ""
    return f"{row.side} row {row.number}{known}"


def places(job: Job, subject: Subject, row: Row, name: str | None, count: int) -> tuple[str, ...]:
    """What `count` places are called: by the elements that a node has for this row, or by the classes of an input; by
    numbers from 0 where none is named. Raises SpecError where what is named has another count."""
    if name is None:
        return tuple(map(str, range(count)))
    number = node_of(job.graph, name)
    classes = _classes(job.graph, number, subject.classes)
    (values,) = values_of(job, row, [number], subject.parameters)
    if values.shape == (count,):
        return tuple(_name(float(value), classes) for value in values)
    if classes is not None and len(classes) == count:
        return tuple(plain(each, LONGEST) for each in classes)
    reason = f"`{name}` is {_sized(values)} for a row, but there are {count} places to be named by it"
    raise SpecError([NOTHING_TO_PLOT.at(job.graph.nodes[number].span, kind="matrix", reason=reason)])


def node_of(graph: Graph, name: str) -> int:
    """The node of a path. Raises SpecError where there is none."""
    if name not in graph.index:
        hint = suggestion(name, graph.index, what="nodes")
        raise SpecError([NOTHING_TO_PLOT.at(None, kind="matrix", reason=f"there is no node `{name}`", hint=hint)])
    return graph.index[name]


def _classes(graph: Graph, number: int, classes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The names of the numbers that a node holds: those of the one input with names that it is made of, and of numbers
    that stand in the spec the only names that there are."""
    if graph.nodes[number].type.kind != "int":
        return None
    before = graph.ancestors([number])
    inputs = {path: before[declared.index] for path, declared in graph.inputs.items()}
    found = {names for path, names in classes.items() if inputs.get(path, False) or not any(inputs.values())}
    return found.pop() if len(found) == 1 else None


def _name(value: float, classes: tuple[str, ...] | None) -> str:
    if classes is not None and value.is_integer() and 0 <= value < len(classes):
        return plain(classes[int(value)], LONGEST)
    return f"{value:.4g}"


def _sized(values: Array) -> str:
    return f"[{', '.join(map(str, np.shape(values)))}]" if values.ndim else "one number"
