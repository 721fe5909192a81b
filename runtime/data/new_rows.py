"""The same columns of another file: what `predict` does with the rows that a user brings."""

from collections.abc import Collection
from dataclasses import replace

from ...compiler.graph.spec import Column, ColumnStep, DataSection, Read


def redirected(section: DataSection, names: Collection[str], path: str) -> DataSection:
    """A section with those of the named columns that read CSV, from another CSV file of the same header.

    The path is relative to the working folder; arithmetic stays as the section has it.
    """
    columns = {name: _redirected(column, path) for name, column in section.columns.items() if name in names}
    return section._replace(columns={name: column for name, column in columns.items() if column is not None})


def _redirected(column: Column, path: str) -> Column | None:
    if not any(isinstance(step, Read) and step.reader.name == "csv" for step in column.steps):
        return None
    return column._replace(steps=tuple(_step(step, path) for step in column.steps), folder=".")


def _step(step: ColumnStep, path: str) -> ColumnStep:
    if not isinstance(step, Read) or step.reader.name != "csv":
        return step
    reader = step.reader
    return step._replace(reader=replace(reader, arguments={**reader.arguments, "path": path}))
