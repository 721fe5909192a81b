"""The readers of a data section carried out, each file once however many columns it feeds.

A reader is imported when a section asks for it: most sections ask for one, and literal columns for none.
"""

from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TypeAlias

from ....compiler.graph.signatures import Invocation
from ....compiler.graph.spec import Column, DataSection, Read
from ....grammar.diagnostic import Diagnostic
from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from ..column import Reading, Request
from .csv_settings import CsvSettings
from .data_file import DataFile
from .datasets import column_of, located, packaged
from .pictures import Pictures

Found: TypeAlias = Mapping[Request, Reading]
Readers: TypeAlias = Mapping[str, Callable[["Readings", Invocation, Span, Column], Reading]]


class Readings:
    """What the readers of a section give; paths are relative to `folder` where a column names none of its own."""

    def __init__(self, section: DataSection, folder: str) -> None:
        self.folder = folder
        self.warnings: dict[Diagnostic, None] = {}
        """What is said of the files that were read."""
        self._done: dict[tuple[Hashable, ...], Found | SpecError] = {}
        self._requests: dict[tuple[str, CsvSettings], dict[Request, Span | None]] = {}
        """What is asked of each CSV file that is written in one way, so that one pass over it answers all."""
        for column in section.columns.values():
            for step in column.steps:
                if isinstance(step, Read) and step.reader.name == "csv":
                    with suppress(SpecError):  # it is told when the column is read
                        self._ask(step.reader, step.span, column)

    def read(self, step: Read, column: Column) -> Reading:
        """What a reader or a generator gives. Raises SpecError."""
        call = located(step.reader, step.span)
        reader = READERS.get(call.name)
        if reader is not None:
            return reader(self, call, step.span, column)
        from .generators import generate

        return generate(call, step.span)

    def once(self, key: tuple[Hashable, ...], read: Callable[[], Found]) -> Found:
        """What `read` gives, kept under a key; a fault is kept as well. Raises SpecError."""
        if key not in self._done:
            try:
                self._done[key] = read()
            except SpecError as error:
                self._done[key] = error
        found = self._done[key]
        if isinstance(found, SpecError):
            raise found
        return found

    def file(self, call: Invocation, span: Span, column: Column) -> DataFile:
        return DataFile.of(call.text("path"), self.folder if column.folder is None else column.folder, span)

    def csv(self, call: Invocation, span: Span, column: Column) -> Reading:
        from .csv_reader import read_csv

        file, settings, request = self._ask(call, span, column)
        requests = self._requests[file.path, settings]

        def read() -> Found:
            found = read_csv(file, requests, settings)
            self.warnings |= dict.fromkeys(found.warnings)
            return found.readings

        return self.once(("csv", file.path, settings, len(requests)), read)[request]

    def npz(self, call: Invocation, span: Span, column: Column) -> Reading:
        from .numpy_reader import read_npz

        file, key = self.file(call, span, column), call.text("key")
        return self.once(("npz", file.path, key), lambda: {key: read_npz(file, key)})[key]

    def npy(self, call: Invocation, span: Span, column: Column) -> Reading:
        from .numpy_reader import read_npy

        file = self.file(call, span, column)
        return self.once(("npy", file.path), lambda: {"": read_npy(file)})[""]

    def idx(self, call: Invocation, span: Span, column: Column) -> Reading:
        from .idx_reader import read_idx

        file = self.file(call, span, column)
        return self.once(("idx", file.path), lambda: {"": read_idx(file)})[""]

    def images(self, call: Invocation, span: Span, column: Column) -> Reading:
        pictures = self._pictures(call, span, column)
        return self.once(("images", *pictures.key), lambda: {"": pictures.images()})[""]

    def folders(self, call: Invocation, span: Span, column: Column) -> Reading:
        pictures = self._pictures(call, span, column)
        return self.once(("folders", *pictures.key), lambda: {"": pictures.folders()})[""]

    def _pictures(self, call: Invocation, span: Span, column: Column) -> Pictures:
        return Pictures(call.text("path"), self.folder if column.folder is None else column.folder, span)

    def text(self, call: Invocation, span: Span, column: Column) -> Reading:
        from .text_reader import read_text

        file, given = self.file(call, span, column), call.arguments
        key = ("text", file.path, *(value for name, value in given.items() if name != "path"))
        return self.once(key, lambda: {"": read_text(file, call)})[""]

    def dataset(self, call: Invocation, span: Span, column: Column) -> Reading:
        name = call.text("name")
        return column_of(self.once(("dataset", name), lambda: packaged(name, span)), name, call.text("column"), span)

    def _ask(self, call: Invocation, span: Span, column: Column) -> tuple[DataFile, CsvSettings, Request]:
        file, settings = self.file(call, span, column), CsvSettings.of(call, span)
        several = isinstance(call.arguments["column"], tuple)
        request: Request = call.texts("column") if several else call.text("column")
        self._requests.setdefault((file.path, settings), {}).setdefault(request, span)
        return file, settings, request


READERS: Readers = MappingProxyType(
    {
        "csv": Readings.csv,
        "npz": Readings.npz,
        "npy": Readings.npy,
        "idx": Readings.idx,
        "dataset": Readings.dataset,
        "images": Readings.images,
        "folders": Readings.folders,
        "text": Readings.text,
    }
)
