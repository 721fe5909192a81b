"""A table of columns becomes the inputs of a graph: matched by name, reshaped, converted, checked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...compiler.graph import Graph
from ...compiler.labels import label_limits
from ...compiler.shape import Clash, Shape, Type, bind_shape, bind_size, product, shape_text, solve_size
from ...compiler.spec import Precision
from ...grammar.diagnostic import Diagnostic, Note, SpecError, suggestion
from . import budget
from .columns import Table
from .elements import fault_at, first_wrong, no_class_of
from .faults import (
    FIXED_ROWS,
    LABEL_RANGE,
    NOT_FINITE,
    NOT_WHOLE,
    ONE_CLASS,
    OUT_OF_RANGE,
    ROW_SHAPE,
    SCALAR_INPUT,
    UNUSED_COLUMN,
)
from .names import check_names
from .reading import Array, Origin, Rows
from .stored import StoredArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs of a graph for many rows: C-ordered arrays, the rows along the first axis.

    Real inputs are of the precision, rounded once; `int` inputs are int64. Everything is finite. Inputs that are too
    large for memory lie in files.
    """

    inputs: Mapping[str, Rows]
    rows: int
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def take(self, rows: Array) -> "Dataset":
        """The dataset of some rows, by their indices, in that order. Places of faults are no longer known."""
        taken = {
            name: array.take(rows) if isinstance(array, StoredArray) else array[rows]
            for name, array in self.inputs.items()
        }
        return Dataset(taken, len(rows), self.classes)


def bind_table(
    table: Table, graph: Graph, precision: Precision, known: Mapping[str, int], *, batch: int | None = None
) -> tuple[Dataset, tuple[Diagnostic, ...]]:
    """The dataset of a table, and warnings: of its files, of columns that no input takes, of doubtful class names.

    `known` are dims that have a size already; the others are read off the dataset's shapes by `bind_dims`. `batch` is
    how many rows go in at once, None for all. Raises SpecError with the faults of all columns; rows are counted
    from 1 in them.
    """
    warnings = list(table.warnings)
    faulty: list[Diagnostic] = []
    inputs: dict[str, Rows] = {}
    for name, array in table.columns.items():
        origin = table.origins[name]
        if name not in graph.inputs:
            hint = suggestion(name, graph.inputs, what="the inputs")
            warnings.append(UNUSED_COLUMN.at(origin.span, name=name, hint=hint))
            continue
        node = graph.nodes[graph.inputs[name].index]
        note = Note(f"input `{name}` is declared here", node.span)
        try:
            warnings += check_names(name, table, node.type, note)
            shaped = _shaped(name, array, origin, node.type, known, batch, note)
            whole = node.type.kind == "int"
            bound = _whole(name, shaped, origin, note) if whole else _real(name, shaped, origin, precision, note)
            inputs[name] = np.asarray(bound) if bound.nbytes <= budget.memory() // 2 else bound
        except SpecError as error:
            faulty += error.diagnostics
    if faulty:
        raise SpecError(faulty)
    classes = {name: names for name, names in table.classes.items() if name in inputs}
    return Dataset(inputs, table.rows, classes, {name: table.origins[name] for name in inputs}), tuple(warnings)


# --- shapes -----------------------------------------------------------------------------------------------------


def _shaped(
    name: str, array: Rows, origin: Origin, wanted: Type, known: Mapping[str, int], batch: int | None, note: Note
) -> Rows:
    """The column with its rows in the shape of the input's row. Raises SpecError where they have other elements."""
    if not wanted.shape:
        hint = f"write: dim N; input {name}: {'int' if wanted.kind == 'int' else ''}[N]"
        raise SpecError([SCALAR_INPUT.at(origin.span, name=name, hint=hint, notes=[note])])
    rows, first = len(array), bind_size(wanted.shape[0], known)
    at_once = rows if batch is None else min(batch, rows)
    if isinstance(first, int) and first != at_once:
        raise SpecError([FIXED_ROWS.at(origin.span, name=name, size=first, rows=at_once, notes=[note])])
    row = _row_shape(bind_shape(wanted.shape[1:], known), array.shape[1:])
    if row is None:
        found, declared = shape_text(array.shape[1:]), shape_text(wanted.shape[1:])
        advice = _row_hint(name, array, wanted)
        raise SpecError([ROW_SHAPE.at(origin.span, name=name, found=found, wanted=declared, hint=advice, notes=[note])])
    if row == array.shape[1:]:
        return array
    return array.reshaped(row) if isinstance(array, StoredArray) else array.reshape(rows, *row)


def _row_shape(wanted: Shape, found: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that a row of the column takes; None where it does not hold as many elements as the input's row.

    Sizes that are not known yet follow from the column: axis by axis where the ranks are equal, else one of them
    from the number of elements.
    """
    if len(wanted) == len(found) and all(
        not isinstance(size, int) or size == length for size, length in zip(wanted, found, strict=True)
    ):
        return found
    try:
        elements = product(wanted)
    except Clash:  # two unknown sizes
        return None
    if not isinstance(elements, int) and len(elements.terms) > 1:
        return None
    solved = solve_size(elements, math.prod(found))
    if solved is None:
        return None
    sizes = {dim: size for dim, size in solved.items() if isinstance(size, int)}
    shape = tuple(size for size in bind_shape(wanted, sizes) if isinstance(size, int) and size > 0)
    return shape if len(shape) == len(wanted) else None


def _row_hint(name: str, array: Rows, wanted: Type) -> str | None:
    if wanted.kind == "real" and len(wanted.shape) == 2 and array.ndim == 1 and array.dtype.kind in "biu":
        return f"if these are class numbers, declare `input {name}: int[{wanted.shape[0]}]`"
    return None


# --- kinds ------------------------------------------------------------------------------------------------------


def _whole(name: str, array: Rows, origin: Origin, note: Note) -> Rows:
    """Class numbers and other integers: int64. Raises SpecError at the first row with another number."""
    if array.dtype.kind == "f" or array.dtype == np.uint64:
        index = first_wrong(array, lambda chunk: ~((np.floor(chunk) == chunk) & (np.abs(chunk) < 2.0**63)))
        if index is not None:
            raise SpecError([fault_at(NOT_WHOLE, name, array, index, origin, note)])
    if isinstance(array, StoredArray):
        return array.converted(np.dtype(np.int64))
    return np.ascontiguousarray(array, np.int64)


def _real(name: str, array: Rows, origin: Origin, precision: Precision, note: Note) -> Rows:
    """Reals of a precision, rounded once. Raises SpecError at the first that is not finite."""
    with np.errstate(over="ignore"):
        if isinstance(array, StoredArray):
            result: Rows = array.converted(np.dtype(precision))
        else:
            result = np.require(array, precision, ["C", "A"])
    index = first_wrong(result, lambda chunk: ~np.isfinite(chunk))
    if index is None:
        return result
    row, element = divmod(index, array.size // len(array))
    value = float(np.ravel(array[row : row + 1])[element])
    fault = OUT_OF_RANGE if math.isfinite(value) else NOT_FINITE
    raise SpecError([fault_at(fault, name, array, index, origin, note, precision)])


# --- class numbers ----------------------------------------------------------------------------------------------


def check_labels(
    graph: Graph, inputs: Mapping[str, Rows], dims: Mapping[str, int], origins: Mapping[str, Origin] | None = None
) -> tuple[Diagnostic, ...]:
    """Warnings about class numbers, of a dataset or of any fed inputs. Raises SpecError where one is out of range.

    `graph` holds the metrics too (`Spec.full`); classes whose number `dims` does not settle are not checked.
    """
    warnings: list[Diagnostic] = []
    faulty: list[Diagnostic] = []
    for path, (size, judge) in label_limits(graph).items():
        count = bind_size(size, dims)
        if path not in inputs or not isinstance(count, int):
            continue
        array = np.atleast_1d(inputs[path])
        origin = (origins or {}).get(path) or Origin(graph.nodes[graph.inputs[path].index].span)
        node = graph.nodes[judge]
        note = Note(f"`{node.path or node.operation.name}` is given scores for {count} classes", node.span)
        index = first_wrong(array, no_class_of(count))
        if index is not None:
            faulty.append(fault_at(LABEL_RANGE, path, array, index, origin, note, str(count - 1)))
        elif array.size >= 2 * count > 2 and array.min() == array.max():
            warnings.append(ONE_CLASS.at(origin.span, name=path, value=array.flat[0], notes=[note]))
    if faulty:
        raise SpecError(faulty)
    return tuple(warnings)
