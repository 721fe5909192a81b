"""Arithmetic on columns, done once, in float64; what goes over the rows alone is taken from those trained on."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...compiler.faults import INDEX_RANGE
from ...compiler.graph.spec import Apply
from ...compiler.ops.arrangement.joining import CONCAT
from ...compiler.ops.arrangement.taking import OutOfRange
from ...compiler.ops.attribute import AttributeValue, attribute_text
from ...compiler.ops.operation import Operation
from ...compiler.shape import Clash, Type
from ...grammar.diagnostic import Note
from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from . import budget
from .coding import computed_texts
from .column import NO_AXES, Array, Origin, Reading, Rows
from .elements import fault_at, first_wrong, no_class_of
from .faults import COLUMN_CLASH, LABEL_RANGE
from .fitted.faults import NOT_FINITE_FIT
from .fitted.fits import ColumnFits
from .fitted.held import Fitted
from .readers.data_file import DataFile
from .stored import PIECE_BYTES, StoredArray

JOIN_HINT = "columns stand side by side by `concat(a, b, axis = 1)`"


class _Form(NamedTuple):
    """Attributes of an operation, completed, the shape of its result, and which of its axes run over rows."""

    attributes: tuple[AttributeValue, ...]
    shape: tuple[int, ...]
    rows: frozenset[int]


def literal(value: object) -> Array:
    """A literal as an array."""
    array = np.array(value)  # int64 where all numbers are whole, else float64
    return array if array.dtype.kind in "if" else np.array(value, np.float64)  # beyond 64 bits


def complete(reading: Reading) -> Reading:
    """A reading all of whose values are there. Raises SpecError."""
    if reading.missing is not None:
        raise SpecError([reading.missing])
    return reading


def applied(step: Apply, operands: list[Reading], fits: ColumnFits) -> Reading:
    """The result of an operation on columns.

    What no longer has rows is a number of the rows that are trained on. Raises SpecError where shapes clash, memory
    would run out, or a missing value would be lost.
    """
    name, operation = fits.column, step.operation
    operands = _side_by_side(step, operands)
    if not (operation.rows.each or operation is CONCAT):
        operands = list(map(complete, operands))
    named = next((operand for operand in operands if operand.classes is not None), None)
    if named is not None and operation.values.passes_on != "elements" and not operation.spreads_classes:
        raise SpecError([computed_texts(name, step.span, named)])
    form = _form(step, operands)
    if not form.rows and any(operand.rows for operand in operands):
        held = fits.next(how_applied(step), step.span, lambda fits: _reduced(step, operands, fits))
        return Reading(held.numbers["value"], Origin(step.span))
    if operation.spreads_classes:
        _check_classes(name, operands[0], form.shape[-1], step.span)
    _check_size(name, form, step.span)
    array = _carried_out(name, step, operands, form.attributes)
    missing = next((operand.missing for operand in operands if operand.missing is not None), None)
    if missing is not None and not all(_keeps_gaps(step, operand, array) for operand in operands):
        raise SpecError([missing])
    classes = named.classes if named else None
    vocabulary = named is not None and named.vocabulary
    return Reading(array, _origin(step, operands, array), classes, missing, form.rows, vocabulary)


def _side_by_side(step: Apply, operands: list[Reading]) -> list[Reading]:
    """The operands of `concat` along the second axis, those with one number a row as [rows, 1]."""
    if step.operation is not CONCAT or {operand.array.ndim for operand in operands} - {1, 2}:
        return operands
    (axis,) = step.attributes
    mixed = len({operand.array.ndim for operand in operands}) > 1
    if axis != 1 and not (axis == -1 and mixed):
        return operands
    return [_as_column(operand) if operand.array.ndim == 1 and operand.rows else operand for operand in operands]


def _as_column(operand: Reading) -> Reading:
    array = operand.array
    column = array.reshaped((1,)) if isinstance(array, StoredArray) else array[:, None]
    return operand._replace(array=column, rows=frozenset({-2}))


def _check_size(name: str, form: _Form, span: Span) -> None:
    size = 8 * math.prod(form.shape)
    if size > budget.limit():
        raise DataFile("", span).oversize(f"column `{name}`", size)


def _carried_out(name: str, step: Apply, operands: list[Reading], attributes: tuple[AttributeValue, ...]) -> Rows:
    try:
        return _computed(step.operation, operands, attributes)
    except OutOfRange as found:
        raise _out_of_range(step, name, found) from None


def _keeps_gaps(step: Apply, operand: Reading, result: Rows) -> bool:
    """Whether the result has no value where an operand has none."""
    if operand.missing is None or step.operation is CONCAT:
        return True
    array = operand.array
    if array.shape != result.shape or result.dtype.kind != "f":
        return False
    at_once = max(1, PIECE_BYTES // max(1, 8 * (array.size // len(array))))
    parts = (slice(start, start + at_once) for start in range(0, len(array), at_once))
    return all(bool((np.isnan(result[part]) | ~np.isnan(array[part])).all()) for part in parts)


# --- over the rows that are trained on ----------------------------------------------------------------------------


def how_applied(step: Apply) -> str:
    """How an operation is written: `mean(axis = 0)`."""
    named = zip(step.operation.attributes, step.attributes, strict=True)
    given = [
        f"{each.name} = {attribute_text(value)}" for each, value in named if each.written and value != each.default
    ]
    return f"{step.operation.called}({', '.join(given)})" if given else step.operation.called


def _reduced(step: Apply, operands: list[Reading], fits: ColumnFits) -> Fitted:
    """What an operation gives over the rows that are trained on. Raises SpecError where that is not finite."""
    trained = [_trained_on(operand, fits) for operand in operands]
    form = _form(step, trained)
    _check_size(fits.column, form, step.span)
    value = np.asarray(_carried_out(fits.column, step, trained, form.attributes))
    value = value.astype(np.int64 if value.dtype.kind in "biu" else np.float64)
    how = how_applied(step)
    if not np.isfinite(value).all():
        raise SpecError([NOT_FINITE_FIT.at(step.span, how=how, name=fits.column)])
    return Fitted(how, {"value": value})


def _trained_on(operand: Reading, fits: ColumnFits) -> Reading:
    """An operand with those of its rows that are trained on."""
    array = operand.array
    for axis in operand.rows:
        mask = fits.mask(array.shape[axis])
        if mask is not None:
            taken = np.flatnonzero(mask)
            array = array.take(taken) if isinstance(array, StoredArray) else np.take(array, taken, axis)
    return operand._replace(array=array)


# --- one operation ------------------------------------------------------------------------------------------------


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


def _form(step: Apply, operands: list[Reading]) -> _Form:
    """What is known of a result before it is computed. Raises SpecError where shapes clash."""
    operation, attributes = step.operation, step.attributes
    given = _types([operand.array for operand in operands])
    real = operation.converted(given)
    types = tuple(Type("real", type.shape) if each else type for type, each in zip(given, real, strict=True))
    try:
        if operation.complete is not None:
            attributes = operation.complete(types, attributes)
        result = operation.infer(types, *attributes)
    except Clash as clash:
        hint = clash.hint or (JOIN_HINT if operation is CONCAT else None)
        raise SpecError([COLUMN_CLASH.at(step.span, message=clash.message, hint=hint)]) from None
    shape = tuple(size for size in result.shape if isinstance(size, int))  # sizes of arrays are numbers
    return _Form(attributes, shape, _row_axes(operation, operands, types, result, attributes))


def _row_axes(
    operation: Operation,
    operands: list[Reading],
    types: tuple[Type, ...],
    result: Type,
    attributes: tuple[AttributeValue, ...],
) -> frozenset[int]:
    """The axes of a result that run over rows; where they cannot be seen, the first if it has as many elements."""
    over = [operand.rows for operand in operands]
    if not any(over):
        return NO_AXES
    found = operation.rows.axes(over, types, result, attributes)[0] if operation.rows.axes is not None else None
    if found is not None or not result.shape:
        return found or NO_AXES
    counted = {type.shape[axis] for type, axes in zip(types, over, strict=True) for axis in axes}
    return frozenset({-len(result.shape)}) if result.shape[0] in counted else NO_AXES


def _converted(operation: Operation, arrays: list[Array]) -> list[Array]:
    """Operands in float64, apart from integers that the operation takes as they are, or that numpy brings there itself.

    It does so piece by piece, which takes less memory.
    """
    widest = max(range(len(arrays)), key=lambda position: arrays[position].size, default=0)
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
        if operand.origin.by_row and _keeps_rows(step, position, operands, result):
            same = operand.array.size == result.size
            return operand.origin if same else operand.origin.of_rows
    return Origin(step.span)


def _keeps_rows(step: Apply, position: int, operands: list[Reading], result: Rows) -> bool:
    """Whether the rows of an operand are those of the result."""
    if (axes := step.operation.rows.axes) is None:
        return False
    types = tuple(Type("real", each.array.shape) for each in operands)
    over = [frozenset({-len(each.shape)}) if slot == position else frozenset[int]() for slot, each in enumerate(types)]
    return axes(over, types, Type("real", result.shape), step.attributes)[0] == frozenset({-result.ndim})
