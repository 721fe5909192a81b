"""Rows to predict on, from a file: arrays by the name of an input, or the columns that the spec reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ...compiler.graph.signatures import READERS
from ...compiler.graph.spec import Column, DataSection, Read, Spec
from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...program.program import Program
from ...runtime.data.binding import bind_table
from ...runtime.data.new_rows import NewFile, csv_steps
from ...runtime.data.readers.csv_reader import columns_of
from ...runtime.data.readers.data_file import DataFile
from ...runtime.data.readers.numpy_reader import numbers, read_npy
from ...runtime.data.sparing import evaluate_sparing
from ...runtime.data.stored import Rows
from .faults import WRONG_COLUMNS
from .lacking_columns import complete_inputs
from .values import read_inputs


class Given(NamedTuple):
    """The values of inputs, and warnings about them."""

    inputs: Mapping[str, Rows]
    warnings: tuple[Diagnostic, ...] = ()


def rows_of(program: Program, path: str) -> Given:
    """The values of inputs in a .csv, .json, .npz or .npy file.

    Of a CSV file the columns that the spec's own data section asks for, through its arithmetic; where the spec reads
    something else, columns called like the inputs, or all columns for the only input. Columns that no output depends
    on are not looked at. Raises SpecError.
    """
    match Path(path).suffix.lower():
        case ".csv":
            return _csv_rows(program, path)
        case ".npy":
            file = DataFile(path)
            return Given({_only_input(program.spec, path): numbers(file, read_npy(file))})
    return Given(read_inputs(path))


def _csv_rows(program: Program, path: str) -> Given:
    spec = program.spec
    section = _section(spec, path)
    table = evaluate_sparing(section, ".", program.coding, spec.graph, program.kept_fits)
    known = spec.known_dims
    dataset, warnings = bind_table(table, spec.graph, program.precision or "float32", known)
    return Given(dataset.inputs, warnings)


def _wanted(spec: Spec) -> list[str]:
    """The inputs that outputs depend on."""
    needed = spec.graph.ancestors(spec.graph.outputs)
    return [name for name, declaration in spec.graph.inputs.items() if needed[declaration.index]]


def _section(spec: Spec, path: str) -> DataSection:
    """Each wanted input's column as the spec reads it, from this file; inputs that the file lacks are left out."""
    section, wanted = _own_section(spec), _wanted(spec)
    own = [name for name in section.columns if name in wanted] if section else []
    if section and own and all(csv_steps(section, name) for name in own):
        file = NewFile(path, section, own)
        return file.redirected(complete_inputs(spec.graph, file))
    header = columns_of(DataFile(path)).listed
    named = [name for name in wanted if name in header]
    read = [_read(name, path, name) for name in named] or [_read(_only_input(spec, path), path, tuple(header))]
    return DataSection(path, {column.name: column for column in read}, read[0].span)


def _own_section(spec: Spec) -> DataSection | None:
    name = spec.train.data if spec.train else next(iter(spec.data), None)
    return spec.data[name] if name is not None else None


def _read(name: str, path: str, columns: str | tuple[str, ...]) -> Column:
    reader = READERS["csv"].call(path=path, column=columns)
    return Column(name, (Read(reader, None),), None, ".")  # type: ignore[arg-type]  # no text asks for it


def _only_input(spec: Spec, path: str) -> str:
    graph = spec.graph
    wanted = [graph.inputs[name] for name in _wanted(spec)]
    nodes = [graph.nodes[each.index] for each in wanted if each.default is None]
    names = [node.path for node in nodes if node.type.kind == "real"]
    if len(names) == 1:
        return names[0]
    raise _wrong(path, "none of its columns is called like an input", names[0] if names else "", list(graph.inputs))


def _wrong(path: str, reason: str, name: str, known: list[str]) -> SpecError:
    hint = suggestion(name, known, what="inputs")
    return SpecError([WRONG_COLUMNS.at(Place(path), path=path, reason=reason, hint=hint)])
