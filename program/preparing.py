"""The columns of a spec's data, with the numbers that they were fitted with, as a graph from raw rows to inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..compiler.graph.graph import Graph, GraphBuilder, InputDeclaration
from ..compiler.graph.signatures import Invocation
from ..compiler.graph.spec import Apply, Column, Cut, DataSection, Fit, Push, Read, Spec, Use
from ..compiler.ops.arrangement.joining import CONCAT
from ..compiler.ops.arrangement.shaping import ONE_HOT
from ..compiler.shape import Clash, Type, bind_shape, dimension
from ..compiler.targets import preparation
from ..compiler.targets.preparation import Preparation, RawColumn
from ..grammar.spec_error import SpecError
from ..runtime.arrays import Array
from ..runtime.data.arithmetic import how_applied
from ..runtime.data.column import UNKNOWN
from ..runtime.data.fitted.calls import how_written
from ..runtime.data.fitted.held import Fitted, Held
from ..runtime.data.readers.csv_reader import columns_of
from ..runtime.data.readers.csv_settings import CsvSettings
from ..runtime.data.readers.data_file import DataFile
from .exported import Given

ROWS = dimension(preparation.ROWS)


class Unsaid(NamedTuple):
    """The column of a CSV file that no graph makes of raw rows, and why."""

    column: Column
    reason: str


class _Unsaid(Exception):
    """A column is made of what is no row of a CSV file, or in a way that no graph says; the message says which."""


class _Raw(NamedTuple):
    """A column as it is read, not yet used: names, one or several, and what stands where a text is missing."""

    names: tuple[str, ...]
    several: bool
    missing: str | None = None


_Value: TypeAlias = "_Raw | int"
"""What stands on the stack: raw columns, or a node."""


def prepared(given: Given, paths: Sequence[str]) -> Preparation | Unsaid | None:
    """How raw rows become the inputs of these paths; None where they are not made of the columns of CSV files, and
    else the first one that no graph says."""
    return preparation_of(given.spec, given.folder, given.fitted, given.classes, paths)


def preparation_of(
    spec: Spec, folder: str, held: Held, classes: Mapping[str, Sequence[str]], wanted: Sequence[str]
) -> Preparation | Unsaid | None:
    """How raw rows become the inputs of these paths; None where one of them is not made of the columns of CSV files,
    and else the first one that no graph says.

    `held` is what fitted columns hold, `classes` are the names of class numbers by input.
    """
    section = _section(spec)
    if section is None or not wanted or not all(path in section.columns for path in wanted):
        return None
    if not all(_of_table(section, path) for path in wanted):
        return None
    making = _Making(section, folder, held)
    inputs: dict[str, int] = {}
    for path in wanted:
        try:
            inputs[path] = making.input(path, spec, tuple(classes.get(path, ())))
        except (_Unsaid, Clash) as problem:
            return Unsaid(section.columns[path], str(problem))
        except SpecError as error:
            return Unsaid(section.columns[path], error.diagnostics[0].message)
    builder = making.builder
    declared = {path: InputDeclaration(number, None) for path, number in making.leaves.items()}
    graph = Graph(
        tuple(builder.nodes), declared, {}, tuple(inputs.values()), frozenset(declared), {}, {}, (), tuple(inputs)
    )
    return Preparation(making.columns, graph, inputs)


def _section(spec: Spec) -> DataSection | None:
    """The data of the training, or the first."""
    return spec.data.get((spec.train.data or "") if spec.train else next(iter(spec.data), ""))


def _of_table(section: DataSection, name: str) -> bool:
    """Whether a column, or one that it uses, is read from a CSV file."""
    pending, seen = [name], {name}
    while pending:
        column = section.columns[pending.pop()]
        if any(isinstance(step, Read) and step.reader.name == "csv" for step in column.steps):
            return True
        pending += [each for each in column.uses if each not in seen]
        seen |= {*column.uses}
    return False


class _Making:
    """Nodes for the columns of a section, in the order of their steps, as reading them takes these."""

    def __init__(self, section: DataSection, folder: str, held: Held) -> None:
        self.section = section
        self.folder = folder
        self.held = held
        self.builder = GraphBuilder()
        self.columns: dict[str, RawColumn] = {}
        self.leaves: dict[str, int] = {}

    def input(self, path: str, spec: Spec, names: tuple[str, ...]) -> int:
        """The node of an input, in its own shape. Raises _Unsaid, Clash, SpecError."""
        wanted = spec.graph.nodes[spec.graph.inputs[path].index].type
        value = self.column(path)
        node = self._coded(value, names) if isinstance(value, _Raw) and names else self._number(value)
        made = self.builder.type(node)
        if not made.shape or made.shape[0] != ROWS:
            raise _Unsaid("its values are not one for each row")
        row = bind_shape(wanted.shape[1:], spec.known_dims)
        if made.shape[1:] != row and all(isinstance(size, int) for size in row):
            node = self.builder.reshape(node, shape=(ROWS, *row))
        if wanted.kind == "int" and made.kind == "real":
            node = self.builder.floor(node)
        return node

    def column(self, name: str) -> _Value:
        """What a column comes to. Raises _Unsaid, Clash, SpecError."""
        column, fits = self.section.columns[name], iter(self.held.get(name, ()))

        def next_fit(how: str) -> Fitted:
            found = next(fits, None)
            if found is None or found.how != how:
                raise _Unsaid("what it was fitted with is not known")
            return found

        stack: list[_Value] = []
        for step in column.steps:
            match step:
                case Read(reader):
                    stack.append(self._read(reader, column))
                case Push(value):
                    stack.append(self._constant(np.array(value)))
                case Use(other):
                    stack.append(self.column(other))
                case Fit(call):
                    stack.append(self._fitted(call, stack.pop(), next_fit))
                case Cut(places):
                    if len(places) != 1 or not isinstance(places[0], tuple):
                        raise _Unsaid("it takes some of the rows or columns")
                case Apply():
                    operands = stack[len(stack) - step.operands :]
                    del stack[len(stack) - step.operands :]
                    stack.append(self._applied(step, operands, next_fit))
                case _:
                    raise _Unsaid("it is made in a way that has no operators")
        (result,) = stack
        return result

    # --- steps --------------------------------------------------------------------------------------------------

    def _read(self, call: Invocation, column: Column) -> _Raw:
        if call.name != "csv":
            raise _Unsaid("a part of it is not read from a CSV file")
        several = isinstance(call.arguments["column"], tuple)
        names: list[str] = []
        for name in call.texts("column"):
            if ":" not in name:
                names.append(name)
                continue
            file = DataFile.of(call.text("path"), self.folder if column.folder is None else column.folder, call.span)
            header = columns_of(file, CsvSettings.of(call, call.span))
            between = header.between(name)
            names += [name] if between is None else [header.listed[number] for number in between]
            several = several or between is not None
        return _Raw(tuple(names), several)

    def _number(self, value: _Value) -> int:
        """A node of numbers."""
        if not isinstance(value, _Raw):
            return value
        if value.missing is not None:
            raise _Unsaid("it makes numbers of texts")
        leaves = [self._leaf(RawColumn(name)) for name in value.names]
        if not value.several:
            return leaves[0]
        columns = [self.builder.reshape(each, shape=(ROWS, 1)) for each in leaves]
        return self.builder.concat(*columns, axis=1) if len(columns) > 1 else columns[0]

    def _leaf(self, column: RawColumn) -> int:
        for path, known in self.columns.items():
            if known == column:
                return self.leaves[path]
            if known.source == column.source and known.is_text != column.is_text:
                raise _Unsaid("it is read as texts and as numbers")
        path = column.source
        while path in self.columns:
            path += " "
        kind = "real" if column.classes is None else "int"
        self.columns[path] = column
        self.leaves[path] = self.builder.input(path, Type(kind, (ROWS,)), None)  # type: ignore[arg-type]  # one of two
        return self.leaves[path]

    def _coded(self, value: _Raw, classes: tuple[str, ...] | tuple[int, ...], other: int | None = None) -> int:
        if value.several:
            raise _Unsaid("it makes one class of several columns")
        if UNKNOWN in classes:
            raise _Unsaid("one of its classes is a text for those that are not known")
        return self._leaf(RawColumn(value.names[0], classes, value.missing, other))

    def _fitted(self, call: Invocation, value: _Value, next_fit: Callable[[str], Fitted]) -> _Value:
        match call.name:
            case "fill" if isinstance(text := call.arguments["value"], tuple):
                if not isinstance(value, _Raw):
                    raise _Unsaid("it has classes of what was computed")
                return value._replace(missing=str(text[0]))
            case "fill":
                filling = call.arguments["value"]
                number = next_fit(how_written(call)).numbers["value"] if isinstance(filling, str) else np.array(filling)
                node = self._number(value)
                there = self.builder.equal(self.builder.sub(node, node), self.builder.constant(0.0))  # not of NaN
                return self.builder.where(there, node, self._constant(np.asarray(number, np.float64)))
            case "one_hot":
                classes = next_fit(how_written(call)).classes or ()
                if not isinstance(value, _Raw):
                    raise _Unsaid("it has classes of what was computed")
                unknown = bool(call.arguments["unknown"])
                coded = self._coded(value, classes, len(classes) if unknown else None)
                return self.builder.one_hot(coded, classes=len(classes) + unknown)
            case "standardize":
                return self._standardized(self._number(value), next_fit(how_written(call)).numbers)
            case "scale":
                return self._scaled(self._number(value), call, next_fit(how_written(call)).numbers)
        raise _Unsaid("it is made in a way that has no operators")

    def _standardized(self, node: int, numbers: Mapping[str, Array]) -> int:
        mean, std = numbers["mean"], numbers["std"]
        less = self.builder.sub(node, self._constant(mean))
        made = self.builder.div(less, self._constant(np.where(std > 0, std, 1.0)))
        return made if (std > 0).all() else self._where(std > 0, made)

    def _scaled(self, node: int, call: Invocation, numbers: Mapping[str, Array]) -> int:
        low, high = call.number("low"), call.number("high")
        with np.errstate(over="ignore"):
            halves = np.where(np.isfinite(numbers["max"] - numbers["min"]), 1.0, 2.0)
        least, spread = numbers["min"] / halves, numbers["max"] / halves - numbers["min"] / halves
        build = self.builder
        share = build.sub(build.div(node, self._constant(halves)), self._constant(least))
        share = build.div(share, self._constant(np.where(spread > 0, spread, 1.0)))
        share = share if (spread > 0).all() else self._where(spread > 0, share)
        below = build.mul(build.constant(low), build.sub(build.constant(1.0), share))
        return build.add(below, build.mul(build.constant(high), share))

    def _where(self, kept: Array, node: int) -> int:
        zero = self._constant(np.array(0.0))
        return self.builder.where(self._constant(kept.astype(np.int64)), node, zero)

    def _applied(self, step: Apply, operands: list[_Value], next_fit: Callable[[str], Fitted]) -> int:
        nodes = [self._number(each) for each in operands]
        if step.operation is CONCAT and len({len(self.builder.type(each).shape) for each in nodes} | {1, 2}) == 2:
            flat = [len(self.builder.type(each).shape) == 1 for each in nodes]
            if step.attributes[0] in (1, -1) and not (step.attributes[0] == -1 and all(flat)):
                pairs = zip(nodes, flat, strict=True)
                nodes = [self.builder.reshape(each, shape=(ROWS, 1)) if alone else each for each, alone in pairs]
        made = self.builder.make(step.operation.name, tuple(nodes), step.attributes)
        if step.operation is ONE_HOT and len(self.builder.type(made).shape) == 2:  # a class that isn't there: 0 / 0
            made = self.builder.div(made, self.builder.reshape(self.builder.sum(made, axis=1), shape=(ROWS, 1)))
        if any(self._over_rows(each) for each in nodes) and not self._over_rows(made):
            return self._constant(next_fit(how_applied(step)).numbers["value"])
        return made

    def _over_rows(self, node: int) -> bool:
        return ROWS in self.builder.type(node).shape

    # --- nodes --------------------------------------------------------------------------------------------------

    def _constant(self, value: Array) -> int:
        kind = "int" if value.dtype.kind in "iub" else "real"
        if not value.ndim and kind == "real":
            return self.builder.constant(float(value))
        return self.builder.literal(_nested(value.tolist()), Type(kind, value.shape))  # type: ignore[arg-type]  # one of two


def _nested(value: Any) -> Any:
    return tuple(map(_nested, value)) if isinstance(value, list) else value
