"""Rows that are records, such as JSON objects: columns of the spec's data by name, or values of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

import numpy as np

from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Spec
from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.spec_error import SpecError
from ...runtime.data.binding import bind_table
from ...runtime.data.foreign import described
from ...runtime.data.given.by_column import columns_of
from ...runtime.data.given.table import given_table, recoded
from ...views.text.json_values import Json
from .answers import Answering, Answers, in_order
from .csv_rows import Given, Predicts, csv_rows, own_section
from .faults import BAD_LINE
from .records import as_file, csv_text, told_places

Record: TypeAlias = Mapping[str, object]

Numbered: TypeAlias = tuple[int, Record]
"""A record with its line."""

ROWS = "rows"
"""What rows that a script gives are called."""


def said_of(
    program: Predicts, rows: object, tell: Callable[[Diagnostic], object], *, probabilities: bool
) -> list[dict[str, Json]]:
    """What a program says of rows that a script has; warnings are told, each once.

    Raises SpecError at the first row that is wrong.
    """
    answering = Answering(program, probabilities=probabilities)
    parts = alike(records_of(rows))

    told: set[tuple[str, str]] = set()

    def answer(part: Sequence[Numbered]) -> Answers:
        answers, warnings = answered(program, answering, part, ROWS)
        for each in warnings:
            if (each.code, each.message) not in told:
                told.add((each.code, each.message))
                tell(each)
        return answers

    return [document for part in parts for each in in_order(part, answer) for document in each.documents()]


def records_of(rows: object) -> list[Numbered]:
    """Records out of what a script has: one, several, or a table of any library; counted from 1. Raises SpecError."""
    if isinstance(rows, Mapping):
        return [(1, rows)]
    columns = columns_of(rows)
    if columns is not None:
        listed = [np.asarray(column).tolist() for column in columns.values()]
        if not any(isinstance(column, list) for column in listed):  # a row of a table has names, too
            return [(1, dict(zip(columns, listed, strict=True)))]
        each = (dict(zip(columns, row, strict=True)) for row in zip(*listed, strict=True))
        return list(enumerate(each, 1))
    records: list[Numbered] = []
    for number, row in enumerate(rows if isinstance(rows, Iterable) else [rows], 1):
        named = row if isinstance(row, Mapping) else columns_of(row)
        if not named:
            raise SpecError([BAD_LINE.at(Place(ROWS, number), reason=f"it is {described(row)}")])
        records.append((number, named))
    return records


def alike(records: Sequence[Numbered]) -> list[list[Numbered]]:
    """Records in parts that have the same names with values, in their order."""
    return [list(part) for _, part in groupby(records, key=lambda each: (tuple(each[1]), _blank_inputs(each[1])))]


def answered(
    program: Predicts, answering: Answering, records: Sequence[Numbered], called: str
) -> tuple[Answers, list[Diagnostic]]:
    """What is said of records that are alike, each with its line, and warnings. Raises SpecError.

    A list is the value of an input; numbers and texts are columns of the spec's data, through its arithmetic.
    """
    lines, rows = zip(*records, strict=True)

    def where(line: int) -> Place:
        """Behind a header each line of our own file is a record."""
        return Place(called, lines[max(0, min(line - 2, len(lines) - 1))])

    names = list(rows[0])
    if not any(isinstance(value, list) for value in rows[0].values()) and own_section(answering.spec):
        try:
            text = csv_text(names, rows)
        except ValueError as error:
            raise SpecError([BAD_LINE.at(where(2), reason=str(error))]) from None
        with as_file(text, where, called) as path:
            given = csv_rows(program, path, answering.spec, records=True)
            return answering.answer(given.inputs), told_places(given.warnings, path, where, called)
    try:
        given = _inputs(program, answering.spec, rows, names)
        return answering.answer(given.inputs), list(given.warnings)
    except SpecError as error:
        found = error.diagnostics[0]
        raise SpecError([BAD_LINE.at(where(2), reason=found.message, hint=found.hint)]) from None


def _inputs(program: Predicts, spec: Spec, rows: Sequence[Record], names: Sequence[str]) -> Given:
    graph: Graph = spec.graph
    known = [name for name in names if name in graph.inputs and rows[0][name] is not None]
    feeds = {name: [row[name] for row in rows] for name in known}
    table = recoded(given_table(feeds, graph), program.coding)
    dataset, warnings = bind_table(table, graph, program.precision or "float32", spec.known_dims)
    return Given(dataset.inputs, warnings)


def _blank_inputs(record: Record) -> frozenset[str]:
    """Inputs without a value: those of columns may lack one here and there."""
    if not any(isinstance(value, list) for value in record.values()):
        return frozenset()
    return frozenset(name for name, value in record.items() if value is None)
