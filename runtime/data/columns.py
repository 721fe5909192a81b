"""The columns of a data section: what readers give, and arithmetic on it, done once, in float64."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...compiler.faults import INDEX_RANGE
from ...compiler.graph.spec import Apply, Column, DataSection, Push, Read
from ...compiler.ops.arrangement.taking import OutOfRange
from ...compiler.ops.attribute import AttributeValue
from ...compiler.ops.operation import Operation
from ...compiler.shape import Clash, Type
from ...grammar.diagnostic import Diagnostic, Note, Place, shown
from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from . import budget
from .column import Array, Origin, Reading, Rows
from .elements import fault_at, first_wrong, no_class_of
from .faults import (
    COLUMN_CLASH,
    COMPUTED_TEXTS,
    LABEL_RANGE,
    NO_ROWS,
    OTHER_KIND,
    ROWS_DIFFER,
    UNKNOWN_CLASS,
)
from .looks import look_hint
from .readers.data_file import DataFile
from .readers.open_source import Readings
from .stored import PIECE_BYTES, StoredArray, mapped


@dataclass(frozen=True, eq=False)
class Table:
    """Columns with the same number of rows: booleans, integers or reals, as wide as they were read.

    `classes` has the names behind the class numbers of a column of texts; `numbered` are the columns whose values are
    such numbers themselves, not rows made of them. `warnings` are about the files that were read.
    """

    columns: Mapping[str, Rows]
    classes: Mapping[str, tuple[str, ...]]
    origins: Mapping[str, Origin]
    rows: int
    numbered: frozenset[str] = frozenset()
    warnings: tuple[Diagnostic, ...] = ()


def evaluate(section: DataSection, folder: str, classes: Mapping[str, tuple[str, ...]] | None = None) -> Table:
    """The columns of a section; paths are relative to `folder` where a column names none of its own.

    Texts become numbers by `classes`, where the column has some there (those of the rows that were trained on, none
    where these hold numbers), else by the texts that occur, sorted by code point. Raises SpecError with the faults of
    all columns.
    """
    readings = Readings(section, folder)
    faulty: dict[Diagnostic, None] = {}
    done: dict[str, Reading] = {}
    for name, column in section.columns.items():
        try:
            done[name] = _value(column, readings, (classes or {}).get(name))
        except SpecError as error:
            faulty |= dict.fromkeys(error.diagnostics)
    faulty |= dict.fromkeys(_rows_that_differ(section, done))
    if faulty:
        raise SpecError(faulty)
    return Table(
        {name: reading.array for name, reading in done.items()},
        {name: reading.classes for name, reading in done.items() if reading.classes is not None},
        {name: reading.origin for name, reading in done.items()},
        rows=max((len(reading.array) for reading in done.values()), default=0),
        numbered=frozenset(
            name
            for name, reading in done.items()
            if reading.classes is not None and not _makes_rows(section.columns[name])
        ),
        warnings=tuple(readings.warnings),
    )


def _makes_rows(column: Column) -> bool:
    """Whether class numbers become rows of their own."""
    return any(isinstance(step, Apply) and step.operation.spreads_classes for step in column.steps)


def _rows_that_differ(section: DataSection, done: Mapping[str, Reading]) -> list[Diagnostic]:
    first = next(iter(done), None)
    if first is None:
        return []
    rows = len(done[first].array)
    note = Note(f"`{shown(first)}` has {rows}", section.columns[first].span)
    return [
        ROWS_DIFFER.at(section.columns[name].span, name=name, rows=count, other=first, other_rows=rows, notes=[note])
        for name, count in ((name, len(reading.array)) for name, reading in done.items())
        if count != rows
    ]


def with_classes(name: str, reading: Reading, wanted: tuple[str, ...] | None) -> Reading:
    """Class numbers by the classes that are wanted. Raises SpecError at the first row with another."""
    if wanted is None or reading.classes == (wanted or None):
        return reading
    if not wanted or reading.classes is None:
        raise SpecError([_other_kind(name, reading, wanted)])
    numbers = {text: number for number, text in enumerate(wanted)}
    unknown = [number for number, text in enumerate(reading.classes) if text not in numbers]
    if unknown:
        row = first_wrong(reading.array, lambda chunk: np.isin(chunk, unknown)) or 0
        text = reading.classes[int(np.asarray(reading.array[row : row + 1])[0])]
        hint = f"the classes are: {', '.join(shown(each) for each in wanted[:40])}"
        raise SpecError([UNKNOWN_CLASS.at(reading.origin.place(row), name=name, value=text, hint=hint)])
    recoded = np.array([numbers[text] for text in reading.classes])
    return Reading(mapped(reading.array, lambda part: recoded[part]), reading.origin, wanted)


def _other_kind(name: str, reading: Reading, wanted: tuple[str, ...]) -> Diagnostic:
    """The fault of numbers where the rows that were read before hold names of classes, and of the reverse."""
    first = np.ravel(np.asarray(reading.array[:1]))[0].item()
    named = reading.classes is not None
    value, found, other = (_first_text(reading), "texts", "numbers") if named else (first, "numbers", "texts")
    hint = f"the classes are: {', '.join(shown(each) for each in wanted[:40])}" if wanted else None
    place, span = reading.origin.place(0), reading.origin.span
    notes = [Note("the column is read here", span)] if isinstance(place, Place) and span else []
    return OTHER_KIND.at(place, name=name, value=value, found=found, other=other, hint=hint, notes=notes)


def _first_text(reading: Reading) -> str:
    """The text of the first row of a column with classes."""
    return (reading.classes or ("",))[int(np.ravel(np.asarray(reading.array[:1]))[0])]


# --- arithmetic -------------------------------------------------------------------------------------------------


def _value(column: Column, readings: Readings, classes: tuple[str, ...] | None) -> Reading:
    """The value of a column, its texts numbered by `classes` where these are given. Raises SpecError."""
    stack: list[Reading] = []
    for step in column.steps:
        match step:
            case Read():
                stack.append(with_classes(column.name, _complete(readings.read(step, column)), classes))
            case Push():
                stack.append(Reading(_literal(step.value), Origin(step.span)))
            case Apply():
                operands = stack[len(stack) - step.operands :]
                del stack[len(stack) - step.operands :]
                stack.append(_applied(column.name, step, operands))
    (result,) = stack
    if not result.array.ndim or not len(result.array):
        what = "a single number" if not result.array.ndim else "empty"
        raise SpecError([NO_ROWS.at(column.span, name=column.name, what=what)])
    return result


def _complete(reading: Reading) -> Reading:
    """A reading all of whose values are there. Raises SpecError."""
    if reading.missing is not None:
        raise SpecError([reading.missing])
    return reading


def _literal(value: object) -> Array:
    array = np.array(value)  # int64 where all numbers are whole, else float64
    return array if array.dtype.kind in "if" else np.array(value, np.float64)  # beyond 64 bits


def _applied(name: str, step: Apply, operands: list[Reading]) -> Reading:
    """The result of an operation on columns. Raises SpecError where shapes clash or memory would run out."""
    operation = step.operation
    named = next((operand for operand in operands if operand.classes is not None), None)
    if named is not None and operation.values.passes_on != "elements" and not operation.spreads_classes:
        raise SpecError([_computed_texts(name, step, named)])
    attributes, shape = _inferred(step, operands)
    if operation.spreads_classes:
        _check_classes(name, operands[0], shape[-1], step.span)
    size = 8 * math.prod(shape)
    if size > budget.limit():
        raise DataFile("", step.span).oversize(f"column `{name}`", size)
    try:
        array = _computed(operation, operands, attributes)
    except OutOfRange as found:
        raise _out_of_range(step, name, found) from None
    return Reading(array, _origin(step, operands, array), named.classes if named else None)


def _computed_texts(name: str, step: Apply, operand: Reading) -> Diagnostic:
    text, place = _first_text(operand), operand.origin.place(0)
    notes = [Note("here it stands", place)] if isinstance(place, Place) else []
    hint = look_hint(text, operand.classes or (), csv=operand.origin.in_csv)
    return COMPUTED_TEXTS.at(step.span, name=name, value=text, notes=notes, hint=hint)


def _computed(operation: Operation, operands: list[Reading], attributes: tuple[AttributeValue, ...]) -> Rows:
    """The result of an operation; some rows at a time where that gives the same numbers and operands lie in files."""
    stored = [operand.array for operand in operands if isinstance(operand.array, StoredArray)]
    rank = max((array.ndim for array in stored), default=0)
    others = [operand.array for operand in operands if not isinstance(operand.array, StoredArray)]
    apart = operation.rows.same_bits and stored and all(array.ndim == rank for array in stored)
    if not apart or any(array.ndim >= rank for array in others):
        return _forward(operation, [np.asarray(operand.array) for operand in operands], attributes)
    at_once = max(1, PIECE_BYTES // max(1, stored[0].nbytes // len(stored[0])))
    parts = (slice(start, start + at_once) for start in range(0, len(stored[0]), at_once))
    return StoredArray.of(_forward(operation, [_part(each, part) for each in operands], attributes) for part in parts)


def _part(operand: Reading, part: slice) -> Array:
    array = operand.array
    return array[part] if isinstance(array, StoredArray) else array


def _forward(operation: Operation, arrays: list[Array], attributes: tuple[AttributeValue, ...]) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(operation.forward(np, *_converted(operation, arrays), *attributes))


def _out_of_range(step: Apply, name: str, found: OutOfRange) -> SpecError:
    """A number in a column that counts no element of another."""
    row = found.place[0] + 1 if found.place else 1
    return SpecError([INDEX_RANGE.at(step.span, row=row, name=name, value=found.number, limit=found.count - 1)])


def _check_classes(name: str, numbers: Reading, count: int, span: Span) -> None:
    """Raises SpecError at a number that is no class: its row would be all zeros."""
    index = first_wrong(numbers.array, no_class_of(count))
    if index is not None:
        origin, note = numbers.origin, Note("the classes are counted here", span)
        raise SpecError([fault_at(LABEL_RANGE, name, _rows(numbers.array), index, origin, note, str(count - 1))])


def _rows(array: Rows) -> Rows:
    return array if array.ndim else np.atleast_1d(array)


def _inferred(step: Apply, operands: list[Reading]) -> tuple[tuple[AttributeValue, ...], tuple[int, ...]]:
    """Attributes, completed, and the shape of the result."""
    operation, attributes = step.operation, step.attributes
    given = _types([operand.array for operand in operands])
    real = operation.converted(given)
    types = tuple(Type("real", type.shape) if each else type for type, each in zip(given, real, strict=True))
    try:
        if operation.complete is not None:
            attributes = operation.complete(types, attributes)
        shape = operation.infer(types, *attributes).shape
    except Clash as clash:
        raise SpecError([COLUMN_CLASH.at(step.span, message=clash.message, hint=clash.hint)]) from None
    return attributes, tuple(size for size in shape if isinstance(size, int))  # sizes of arrays are numbers


def _converted(operation: Operation, arrays: list[Array]) -> list[Array]:
    """Operands in float64, apart from integers that the operation takes as they are, or that numpy brings there itself.

    It does so piece by piece, which takes less memory.
    """
    widest = max(range(len(arrays)), key=lambda position: arrays[position].size)
    spared = widest if operation.promotes and len(arrays) > 1 and arrays[widest].dtype.kind in "iu" else None
    types = _types(arrays)
    real = [each or type.kind == "real" for type, each in zip(types, operation.converted(types), strict=True)]
    return [
        array.astype(np.float64, copy=False) if real[position] and position != spared else array
        for position, array in enumerate(arrays)
    ]


def _types(arrays: Sequence[Rows]) -> tuple[Type, ...]:
    return tuple(Type("int" if array.dtype.kind in "biu" else "real", array.shape) for array in arrays)


def _origin(step: Apply, operands: list[Reading], result: Rows) -> Origin:
    """Where the rows of a result come from: the first operand with lines whose rows it keeps."""
    for position, operand in enumerate(operands):
        if operand.origin.lines is not None and _keeps_rows(step, position, operands, result):
            same = operand.array.size == result.size
            return operand.origin if same else replace(operand.origin, columns=(0,))
    return Origin(step.span)


def _keeps_rows(step: Apply, position: int, operands: list[Reading], result: Rows) -> bool:
    """Whether the rows of an operand are those of the result."""
    if (axes := step.operation.rows.axes) is None:
        return False
    types = tuple(Type("real", each.array.shape) for each in operands)
    over = [frozenset({-len(each.shape)}) if slot == position else frozenset[int]() for slot, each in enumerate(types)]
    return axes(over, types, Type("real", result.shape), step.attributes)[0] == frozenset({-result.ndim})
