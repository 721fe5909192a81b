"""`predict`: what a model says of rows that the page has."""

from __future__ import annotations

from typing import Any

from ..compiler.graph.class_scores import squashing
from ..program.program import Program
from ..program.serving.answers import Answering
from ..program.serving.csv_rows import csv_rows
from .data_files import DataFiles
from .request import Request

MOST_ROWS = 10_000
"""Rows that one answer has."""


def predicted(program: Program, request: Request, files: DataFiles) -> dict[str, Any]:
    """Outputs for each row: a table. Raises SpecError where rows do not fit."""
    probable = bool(squashing(program.spec.full, program.spec.graph.outputs))
    if request.fields.get("csv") is not None:
        path = files.scratch("rows.csv")
        path.write_text(request.text("csv"), encoding="utf-8", newline="")
        try:
            given = csv_rows(program, str(path))
            answers = Answering(program, probabilities=probable).answer(given.inputs)
            lines = [line for line, _ in zip(answers.lines(), range(MOST_ROWS), strict=False)]
        finally:
            path.unlink(missing_ok=True)
        return {"columns": answers.header(), "rows": lines}
    rows = request.fields.get("rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(each, dict) for each in rows):
        request.refuse("`rows` is no list of records")
    said = program.answer(rows[:MOST_ROWS], probabilities=probable)
    columns = list(dict.fromkeys(name for record in said for name in record))
    return {"columns": columns, "rows": [[record.get(name) for name in columns] for record in said]}
