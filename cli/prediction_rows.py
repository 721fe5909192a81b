"""Rows to predict on, from a file: arrays by the name of an input, or the columns that the spec reads."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..compiler.signatures import Invocation
from ..compiler.spec import Column, DataSection, Read, Spec
from ..grammar.diagnostic import Place, SpecError, suggestion
from ..program import Program
from ..runtime.data.binding import bind_table
from ..runtime.data.columns import evaluate
from ..runtime.data.data_file import DataFile, composed
from ..runtime.data.numpy_reader import read_npy
from ..runtime.data.redirect import redirected
from ..runtime.data.stored import Rows
from .faults import WRONG_COLUMNS
from .values import read_inputs


def rows_of(program: Program, path: str) -> Mapping[str, Rows]:
    """The values of inputs in a .csv, .json, .npz or .npy file.

    Of a CSV file the columns that the spec's own data section asks for, through its arithmetic; where the spec reads
    something else, columns called like the inputs, or all columns for the only input. Raises SpecError.
    """
    match Path(path).suffix.lower():
        case ".csv":
            return _csv_rows(program, path)
        case ".npy":
            return {_only_input(program.spec, path): read_npy(DataFile(path)).array}
    return read_inputs(path)


def _csv_rows(program: Program, path: str) -> Mapping[str, Rows]:
    spec = program.spec
    header = _header(path)
    columns = {column.name: column for column in _columns(spec, path, header)}
    section = DataSection(path, columns, spec.graph.nodes[0].span)  # type: ignore[arg-type]  # nobody looks at its place
    table = evaluate(section, ".", program.classes)
    known = {name: size for name, size in spec.dims.items() if size is not None}
    dataset, _ = bind_table(table, spec.graph, program.precision or "float32", known)
    return dataset.inputs


def _columns(spec: Spec, path: str, header: list[str]) -> list[Column]:
    """Each input's column as the spec reads it, from this file; inputs that the file lacks are left out."""
    section = _own_section(spec)
    own = [column for column in section.columns.values() if column.name in spec.graph.inputs] if section else []
    if section and own and all(_csv_steps(column) for column in own):
        found = [column.name for column in own if all(_asks(step.reader, header) for step in _csv_steps(column))]
        if found:
            return list(redirected(section, found, path).columns.values())
        raise _wrong(path, "it has none of the columns that the spec reads", next(_asked(own[0])), header)
    named = [name for name in spec.graph.inputs if name in header]
    if named:
        return [_read(name, path, name) for name in named]
    return [_read(_only_input(spec, path), path, tuple(header))]


def _own_section(spec: Spec) -> DataSection | None:
    name = spec.train.data if spec.train else next(iter(spec.data), None)
    return spec.data[name] if name is not None else None


def _csv_steps(column: Column) -> list[Read]:
    return [step for step in column.steps if isinstance(step, Read) and step.reader.name == "csv"]


def _asked(column: Column) -> Iterator[str]:
    for step in _csv_steps(column):
        names = step.reader.arguments["column"]
        yield from names if isinstance(names, tuple) else (str(names),)


def _asks(reader: Invocation, header: list[str]) -> bool:
    """Whether a file has what the reader asks for."""
    names = reader.arguments["column"]
    listed = names if isinstance(names, tuple) else (str(names),)
    return all(name in header or all(part in header for part in name.split(":")) for name in listed)


def _read(name: str, path: str, columns: str | tuple[str, ...]) -> Column:
    reader = Invocation("csv", {"path": path, "column": columns})
    return Column(name, (Read(reader, None),), None, ".")  # type: ignore[arg-type]  # no text asks for it


def _header(path: str) -> list[str]:
    """The fields of the first line; their numbers where it holds a number."""
    with DataFile(path).open() as stream:
        line = stream.readline(1 << 20).decode("utf-8-sig", "replace")
    fields = [composed(field.strip()) for field in next(csv.reader([line]), [])]
    return fields if not any(_number(field) for field in fields) else [str(n + 1) for n in range(len(fields))]


def _number(text: str) -> bool:
    try:
        return not np.isnan(float(text))
    except ValueError:
        return False


def _only_input(spec: Spec, path: str) -> str:
    graph = spec.graph
    wanted = {name: graph.nodes[each.index] for name, each in graph.inputs.items() if each.default is None}
    names = [name for name, node in wanted.items() if node.type.kind == "real"]
    if len(names) == 1:
        return names[0]
    raise _wrong(path, "none of its columns is called like an input", names[0] if names else "", list(graph.inputs))


def _wrong(path: str, reason: str, name: str, known: list[str]) -> SpecError:
    hint = suggestion(name, known, what="names")
    return SpecError([WRONG_COLUMNS.at(Place(path), path=path, reason=reason, hint=hint)])
