"""A table of columns becomes the inputs of a graph: matched by name, reshaped, converted, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision
from ...compiler.shape import Clash, Shape, Type, bind_shape, bind_size, product, shape_text, solve_size
from ...grammar.diagnostic import Diagnostic, Note
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from . import budget
from .column import Array, Origin, Rows
from .faults import FIXED_ROWS, NO_ROWS, ROW_SHAPE, ROWS_DIFFER, SCALAR_INPUT, UNUSED_COLUMN
from .kinds import real, whole
from .names import check_names
from .stored import StoredArray

if TYPE_CHECKING:
    from .columns import Table


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

    def take(self, rows: Array) -> Dataset:
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
        if name not in graph.inputs and name in table.used:
            continue
        if name not in graph.inputs:
            hint = suggestion(name, graph.inputs, what="the inputs")
            warnings.append(UNUSED_COLUMN.at(origin.span, name=name, hint=hint))
            continue
        node = graph.nodes[graph.inputs[name].index]
        note = Note(f"input `{name}` is declared here", node.span)
        try:
            if name in table.used:
                _check_used(name, table)
            warnings += check_names(name, table, node.type, note)
            shaped = _shaped(name, array, origin, node.type, known, batch, note)
            is_int = node.type.kind == "int"
            bound = whole(name, shaped, origin, note) if is_int else real(name, shaped, origin, precision, note)
            inputs[name] = np.asarray(bound) if bound.nbytes <= budget.memory() // 2 else bound
        except SpecError as error:
            faulty += error.diagnostics
    if faulty:
        raise SpecError(faulty)
    classes = {name: names for name, names in table.classes.items() if name in inputs}
    return Dataset(inputs, table.rows, classes, {name: table.origins[name] for name in inputs}), tuple(warnings)


def _check_used(name: str, table: Table) -> None:
    """Raises SpecError where a column that others use is none that an input could take."""
    span = table.origins[name].span
    if name in table.missing:
        raise SpecError([table.missing[name]])
    array = table.columns[name]
    if not array.ndim or not len(array):
        what = "a single number" if not array.ndim else "empty"
        raise SpecError([NO_ROWS.at(span, name=name, what=what)])
    if len(array) != table.rows:
        other = next((each for each in table.columns if each not in table.used), name)
        raise SpecError([ROWS_DIFFER.at(span, name=name, rows=len(array), other=other, other_rows=table.rows)])


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
