"""Whether the files and sets that a spec reads are there, which `check` tells without reading them."""

from collections.abc import Iterator

from ....compiler.graph.spec import ColumnStep, Read, Spec
from ....grammar.diagnostic import Diagnostic
from ....grammar.spec_error import SpecError
from .csv_settings import CsvSettings, encoding_called
from .data_file import DataFile
from .datasets import check_packaged, located
from .pictures import Pictures


def check_presence(spec: Spec, folder: str) -> tuple[Diagnostic, ...]:
    """Files that are not there or can't be opened, and sets that are not known or not installed; each told once.

    Paths are relative to the folder where a column names none of its own.
    """
    found: dict[tuple[str, str], Diagnostic] = {}
    for section in spec.data.values():
        for column in section.columns.values():
            for step in column.steps:
                for each in _absent(step, folder if column.folder is None else column.folder):
                    found.setdefault((each.code, each.message), each)
    return tuple(found.values())


def _absent(step: ColumnStep, folder: str) -> Iterator[Diagnostic]:
    if not isinstance(step, Read):
        return
    try:
        call = located(step.reader, step.span)
        if call.name == "dataset":
            check_packaged(call.text("name"), call.text("column"), step.span)
        elif call.name in ("images", "folders"):
            Pictures(call.text("path"), folder, step.span).check_presence(call.name)
        elif "path" in call.arguments:
            if call.name == "csv":
                CsvSettings.of(call, step.span)
            if call.name == "text":
                encoding_called(call.text("encoding"), step.span, "text")
            with DataFile.of(call.text("path"), folder, step.span).open():
                pass
    except SpecError as error:
        yield from error.diagnostics
