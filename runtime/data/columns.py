"""The columns of a data section: what readers give, and arithmetic on it, done once, in float64."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.graph.spec import Apply, Column, DataSection, Fit, Push, Read
from ...grammar.diagnostic import Diagnostic, Note, shown
from ...grammar.spec_error import SpecError
from .arithmetic import applied, complete, literal
from .coding import with_classes
from .column import NO_AXES, Origin, Reading, Rows
from .faults import NO_ROWS, ROWS_DIFFER
from .fitted.calls import fitted
from .fitted.fits import ColumnFits, Fits
from .readers.open_source import Readings


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


def evaluate(
    section: DataSection,
    folder: str,
    classes: Mapping[str, tuple[str, ...]] | None = None,
    fits: Fits | None = None,
) -> Table:
    """The columns of a section; paths are relative to `folder` where a column names none of its own.

    Texts become numbers by `classes`, where the column has some there (those of the rows that were trained on, none
    where these hold numbers), else by the texts that occur, sorted by code point. Fitted columns hold what
    `fits` says, else what all rows give. Raises SpecError with the faults of all columns.
    """
    fits = Fits() if fits is None else fits
    readings = Readings(section, folder)
    faulty: dict[Diagnostic, None] = {}
    done: dict[str, Reading] = {}
    for name, column in section.columns.items():
        try:
            done[name] = _fitted_value(column, readings, (classes or {}).get(name), fits.of(name))
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


def _fitted_value(column: Column, readings: Readings, classes: tuple[str, ...] | None, fits: ColumnFits) -> Reading:
    """The value of a column, fitted to those of its own rows that are trained on. Raises SpecError."""
    value = _value(column, readings, classes, fits)
    return _value(column, readings, classes, fits) if fits.again(len(value.array)) else value


def _value(column: Column, readings: Readings, classes: tuple[str, ...] | None, fits: ColumnFits) -> Reading:
    """The value of a column, its texts numbered by `classes` where these are given. Raises SpecError."""
    stack: list[Reading] = []
    for step, following in zip(column.steps, (*column.steps[1:], None), strict=True):
        match step:
            case Read():
                reading = readings.read(step, column)
                reading = reading._replace(rows=frozenset({-reading.array.ndim}))
                stack.append(reading if isinstance(following, Fit) else _coded(column.name, reading, classes))
            case Push():
                stack.append(Reading(literal(step.value), Origin(step.span)))
            case Apply():
                operands = stack[len(stack) - step.operands :]
                del stack[len(stack) - step.operands :]
                stack.append(applied(step, operands, fits))
            case Fit():
                reading = fitted(step, stack.pop(), fits)
                reading = reading._replace(rows=frozenset({-reading.array.ndim}) if reading.array.ndim else NO_AXES)
                named = reading.classes is not None and not isinstance(following, Fit)
                stack.append(_coded(column.name, reading, classes) if named else reading)
    (result,) = map(complete, stack)
    if not result.array.ndim or not len(result.array):
        what = "a single number" if not result.array.ndim else "empty"
        raise SpecError([NO_ROWS.at(column.span, name=column.name, what=what)])
    return result


def _coded(name: str, reading: Reading, classes: tuple[str, ...] | None) -> Reading:
    """A reading whose texts are numbered by the classes that are wanted; missing numbers are looked at later."""
    coded = reading.classes is not None or classes
    return with_classes(name, complete(reading) if coded else reading, classes)
