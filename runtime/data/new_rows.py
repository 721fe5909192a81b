"""The same columns of another file: what `predict` does with the rows that a user brings."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ...compiler.graph.signatures import READERS, Invocation
from ...compiler.graph.spec import Column, ColumnStep, DataSection, Read
from ...grammar.spec_error import SpecError
from .readers.csv_header import ColumnNames
from .readers.csv_reader import DEFAULTS, columns_of
from .readers.csv_settings import CsvSettings
from .readers.data_file import DataFile


def csv_steps(section: DataSection, name: str) -> list[Read]:
    """The calls of `csv` by which a column is read, and those that it uses."""
    return [step for step in section.steps_of(name) if isinstance(step, Read) and step.reader.name == "csv"]


def read_from(section: DataSection, names: Iterable[str], readers: Collection[str], path: str) -> DataSection:
    """The named columns, and those that they use, with what such readers give read from another path."""

    def redirected(step: ColumnStep) -> ColumnStep:
        if not isinstance(step, Read) or step.reader.name not in readers:
            return step
        return step._replace(reader=step.reader._replace(arguments={**step.reader.arguments, "path": path}))

    section = section.among(names)
    columns = section.columns.items()
    moved = {name: each._replace(steps=tuple(map(redirected, each.steps)), folder=".") for name, each in columns}
    return section._replace(columns=moved)


class NewFile:
    """A CSV file of new rows for columns of a section that a spec reads from one of its own, each with its settings.

    Where it has none of their names when it is read so, and some when it is read as plain CSV, it is plain CSV. Of
    `records` it is plain CSV with a header, in which the spec's own marks stand for what is missing.
    The path is relative to the working folder. Raises SpecError where it can't be read.
    """

    def __init__(self, path: str, section: DataSection, names: Iterable[str], *, records: bool = False) -> None:
        self.path = path
        self.section = section
        self.names = list(names)
        self._names = cache(lambda settings: columns_of(DataFile(path), settings))
        steps = [step for name in self.names for step in csv_steps(section, name)]
        self._records = records
        self._plain = False
        if not (records or self._has_some(steps)):
            self._plain = True
            self._plain = self._has_some(steps)

    def header(self, step: Read) -> ColumnNames:
        """What its columns are called, as a call of `csv` reads it."""
        return self._names(self.settings(step))

    def settings(self, step: Read) -> CsvSettings:
        """How it is written, for a call of `csv`."""
        if self._plain:
            return DEFAULTS
        return CsvSettings.of(self._call(step) if self._records else step.reader, step.span)

    def asked(self, step: Read) -> list[str]:
        """The columns that a call of `csv` asks for: of a range its first and its last."""
        return list(_asked(step.reader, self.header(step)))

    def lacking(self, step: Read) -> list[str]:
        """Those of them that the file does not have."""
        header = self.header(step)
        return [name for name in self.asked(step) if header.position(name) is None]

    def redirected(self, names: Iterable[str]) -> DataSection:
        """The section with those of the named columns that read CSV, from this file; arithmetic stays as it is."""
        section = self.section.among(name for name in names if csv_steps(self.section, name))
        return section._replace(columns={name: self._redirected(each) for name, each in section.columns.items()})

    def _has_some(self, steps: Sequence[Read]) -> bool:
        try:
            return any(len(self.lacking(step)) < len(self.asked(step)) for step in steps)
        except SpecError:
            return False

    def _redirected(self, column: Column) -> Column:
        return column._replace(steps=tuple(map(self._step, column.steps)), folder=".")

    def _step(self, step: ColumnStep) -> ColumnStep:
        if not isinstance(step, Read) or step.reader.name != "csv":
            return step
        return step._replace(reader=self._call(step))

    def _call(self, step: Read) -> Invocation:
        arguments: Mapping[str, Any] = step.reader.arguments
        if self._plain or self._records:
            arguments = {name: arguments[name] for name in ("column", *(("missing",) if self._records else ()))}
        header = {"header": True} if self._records else {}
        return READERS["csv"].call(step.reader.span, **{**arguments, **header, "path": self.path})


def _asked(reader: Invocation, header: ColumnNames) -> Iterator[str]:
    for name in reader.texts("column"):
        first, colon, last = name.partition(":")
        yield from (first, last) if colon and header.position(name) is None else (name,)
