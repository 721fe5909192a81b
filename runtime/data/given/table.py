"""Rows that a script gives, as a table of columns like those of a data section."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ....compiler.graph.graph import Graph
from ....grammar.diagnostic import Diagnostic, Note
from ....grammar.spec_error import SpecError
from ....grammar.suggestion import suggestion
from ..coding import with_classes
from ..column import Origin, Reading, Rows
from ..columns import Table
from ..faults import NO_ROWS, ROWS_DIFFER, UNUSED_COLUMN
from ..foreign import plain
from ..stored import StoredArray
from .gathered import parts_of
from .texts import Numbered, holds_texts, numbered


def given_table(given: Mapping[str, object], graph: Graph) -> Table:
    """Columns by name: arrays, what NumPy reads as arrays, or iterators of rows; texts where the input is `int`.

    What is an array of numbers already may still be the caller's memory; what no input takes is not looked at. Raises
    SpecError with the faults of all.
    """
    readings: dict[str, Reading] = {}
    faulty: list[Diagnostic] = []
    unused = [
        UNUSED_COLUMN.at(None, name=name, hint=suggestion(str(name), graph.inputs, what="the inputs"))
        for name in given
        if name not in graph.inputs
    ]
    for name, value in given.items():
        if name not in graph.inputs:
            continue
        try:
            readings[name] = _reading(name, value, graph)
        except SpecError as error:
            faulty += error.diagnostics
    first = next(iter(readings), "")
    for name, reading in readings.items():
        rows, others = len(reading.array), len(readings[first].array)
        if rows != others:
            note = Note(f"`{first}` has {others}", readings[first].origin.span) if readings[first].origin.span else None
            notes = [note] if note else []
            span = reading.origin.span
            faulty.append(ROWS_DIFFER.at(span, name=name, rows=rows, other=first, other_rows=others, notes=notes))
    if faulty:
        raise SpecError(faulty)
    classes = {name: reading.classes for name, reading in readings.items() if reading.classes is not None}
    return Table(
        {name: reading.array for name, reading in readings.items()},
        classes,
        {name: reading.origin for name, reading in readings.items()},
        rows=max((len(reading.array) for reading in readings.values()), default=0),
        numbered=frozenset(classes),
        warnings=tuple(unused),
    )


def recoded(table: Table, classes: Mapping[str, tuple[str, ...]]) -> Table:
    """The table with its texts numbered by the classes that are known. Raises SpecError where it has others."""
    readings = {
        name: with_classes(name, Reading(array, table.origins[name], table.classes.get(name)), classes.get(name))
        for name, array in table.columns.items()
    }
    named = {name: reading.classes for name, reading in readings.items() if reading.classes is not None}
    return replace(table, columns={name: reading.array for name, reading in readings.items()}, classes=named)


def _reading(name: str, value: object, graph: Graph) -> Reading:
    node = graph.nodes[graph.inputs[name].index]
    span = node.span
    if isinstance(value, Iterator):
        value = parts_of(value, name, graph)
    elif node.type.kind == "int" and not isinstance(value, Numbered | StoredArray):
        value = numbered(name, value, span) if holds_texts(name, value, span) else value
    classes: tuple[str, ...] | None = None
    array: Rows
    if isinstance(value, Numbered):
        array, classes = value.in_order()
    else:
        array = value if isinstance(value, StoredArray) else plain(name, value, span)
    if not array.ndim or not len(array):
        what = "a single number" if not array.ndim else "empty"
        raise SpecError([NO_ROWS.at(span, name=name, what=what)])
    return Reading(array if isinstance(array, StoredArray) else np.asarray(array), Origin(span), classes)
