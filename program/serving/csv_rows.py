"""Rows of a CSV file as the inputs that outputs need, through the arithmetic of the spec's columns."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from ...compiler.graph.signatures import READERS
from ...compiler.graph.spec import Column, DataSection, Precision, Read, Spec
from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...runtime.arrays import Array
from ...runtime.data.binding import bind_table
from ...runtime.data.fitted.fits import Fits
from ...runtime.data.new_rows import NewFile, csv_steps
from ...runtime.data.readers.csv_reader import columns_of, line_of_header
from ...runtime.data.readers.data_file import DataFile
from ...runtime.data.sparing import evaluate_sparing
from ...runtime.data.stored import Rows
from .faults import WRONG_COLUMNS
from .lacking_columns import complete_inputs


class Predicts(Protocol):
    """What is asked of a program."""

    @property
    def coding(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def kept_fits(self) -> Fits: ...

    @property
    def classes(self) -> dict[str, tuple[str, ...]]: ...

    spec: Spec
    precision: Precision | None

    def predict(self, feeds: Mapping[str, object] | None = None, /, **inputs: object) -> dict[str, Array]: ...


class Given(NamedTuple):
    """The values of inputs, and warnings about them."""

    inputs: Mapping[str, Rows]
    warnings: tuple[Diagnostic, ...] = ()


def csv_rows(program: Predicts, path: str, spec: Spec | None = None, *, records: bool = False) -> Given:
    """The inputs in a CSV file that the outputs of a spec need, of the program's unless another is given.

    The columns that the spec's own data section asks for, through its arithmetic; where the spec reads something else,
    columns called like the inputs, or all columns for the only input. `records`: the file is plain CSV with a header,
    whatever the spec says of its own. Raises SpecError.
    """
    spec = program.spec if spec is None else spec
    section = _section(spec, path, records=records)
    table = evaluate_sparing(section, ".", program.coding, spec.graph, program.kept_fits)
    dataset, warnings = bind_table(table, spec.graph, program.precision or "float32", spec.known_dims)
    return Given(dataset.inputs, warnings)


def header_line(spec: Spec, path: str) -> int:
    """The line of a file's header, read as the spec reads its own; 0 where it has none. Raises SpecError."""
    section = own_section(spec)
    if section is None:
        return line_of_header(DataFile(path))
    file = NewFile(path, section, section.columns)
    steps = (step for name in section.columns for step in csv_steps(section, name))
    return line_of_header(DataFile(path), file.settings(next(steps)))


def own_section(spec: Spec) -> DataSection | None:
    """The spec's columns for inputs that outputs depend on, with those that they use, all of which are read from CSV.

    None where there are no such columns, or where one is read from something else.
    """
    section = section_read(spec)
    wanted = wanted_inputs(spec)
    own = [name for name in section.columns if name in wanted] if section else []
    if section is None or not own or not all(csv_steps(section, name) for name in own):
        return None
    return section.among(own)


def wanted_inputs(spec: Spec) -> list[str]:
    """The inputs that outputs depend on."""
    needed = spec.graph.ancestors(spec.graph.outputs)
    return [name for name, declaration in spec.graph.inputs.items() if needed[declaration.index]]


def _section(spec: Spec, path: str, *, records: bool) -> DataSection:
    """Each wanted input's column as the spec reads it, from this file; inputs that the file lacks are left out."""
    section, wanted = own_section(spec), wanted_inputs(spec)
    if section is not None:
        file = NewFile(path, section, [name for name in section.columns if name in wanted], records=records)
        return file.redirected(complete_inputs(spec.graph, file))
    header = columns_of(DataFile(path)).listed
    named = [name for name in wanted if name in header]
    read = [_read(name, path, name) for name in named] or [_read(only_input(spec, path), path, tuple(header))]
    return DataSection(path, {column.name: column for column in read}, read[0].span)


def section_read(spec: Spec) -> DataSection | None:
    """The section whose rows are trained on: without a training the first."""
    name = spec.train.data if spec.train else next(iter(spec.data), None)
    return spec.data[name] if name is not None else None


def _read(name: str, path: str, columns: str | tuple[str, ...]) -> Column:
    reader = READERS["csv"].call(path=path, column=columns)
    return Column(name, (Read(reader, None),), None, ".")  # type: ignore[arg-type]  # no text asks for it


def only_input(spec: Spec, path: str) -> str:
    """The only real input that outputs depend on. Raises SpecError where there are several, or none."""
    graph = spec.graph
    wanted = [graph.inputs[name] for name in wanted_inputs(spec)]
    nodes = [graph.nodes[each.index] for each in wanted if each.default is None]
    names = [node.path for node in nodes if node.type.kind == "real"]
    if len(names) == 1:
        return names[0]
    raise _wrong(path, "none of its columns is called like an input", names[0] if names else "", list(graph.inputs))


def _wrong(path: str, reason: str, name: str, known: list[str]) -> SpecError:
    hint = suggestion(name, known, what="inputs")
    return SpecError([WRONG_COLUMNS.at(Place(path), path=path, reason=reason, hint=hint)])
