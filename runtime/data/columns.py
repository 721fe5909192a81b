"""The columns of a data section: what readers give, and arithmetic on it, done once, in float64."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ...compiler.graph.signatures import LARGEST
from ...compiler.graph.spec import Apply, Column, Cut, DataSection, Fit, Push, Read, Use, Windows
from ...compiler.shape import shape_text
from ...grammar.diagnostic import Diagnostic, Note, shown
from ...grammar.spec_error import SpecError
from .arithmetic import applied, complete, literal
from .coding import unknown_class, with_classes
from .column import NO_AXES, Origin, Reading, Rows
from .cutting import cut, windows
from .elements import first_wrong
from .faults import NO_ROWS, ROWS_DIFFER
from .fitted.faults import NO_SIZE
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
    used: frozenset[str] = frozenset()
    """Columns that others use: no input need be called so, and they may be single numbers."""
    missing: Mapping[str, Diagnostic] = field(default_factory=dict)
    """Of those among them that lack values, what to say where an input is called so."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Of dims that have theirs from the data."""
    vocabularies: frozenset[str] = frozenset()
    """Columns whose classes are the characters or words of a text."""


UNCOUNTED = "no row that is trained on has it, so nothing can be learnt of it; `stratify` keeps classes in all parts"


class _Asked(NamedTuple):
    """What the columns of a section are computed from."""

    readings: Readings
    classes: Mapping[str, tuple[str, ...]]
    fits: Fits


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
    sized = {name for name, column in section.columns.items() if column.size}
    readings, used = Readings(section, folder), section.used | sized
    asked = _Asked(readings, classes or {}, Fits() if fits is None else fits)
    faulty: dict[Diagnostic, None] = {}
    done: dict[str, Reading] = {}
    for name, column in section.among(section.columns).columns.items():
        if not all(each in done for each in column.uses):  # what is wrong with those is told
            continue
        try:
            value = _fitted_value(asked, column, done)
            done[name] = value if name in section.used else _checked(column, value)
        except SpecError as error:
            faulty |= dict.fromkeys(error.diagnostics)
    done = {name: done[name] for name in section.columns if name in done}
    rows = {name: len(reading.array) for name, reading in done.items() if reading.array.ndim and name not in sized}
    alike = {name: count for name, count in rows.items() if name not in used}
    faulty |= dict.fromkeys(_rows_that_differ(section, alike))
    faulty |= dict.fromkeys(_uncounted(section, done, asked.fits) if not faulty else ())
    if faulty:
        raise SpecError(faulty)
    return Table(
        {name: reading.array for name, reading in done.items()},
        {name: reading.classes for name, reading in done.items() if reading.classes is not None},
        {name: reading.origin for name, reading in done.items()},
        rows=max((alike or rows).values(), default=0),
        numbered=frozenset(
            name for name, reading in done.items() if reading.classes is not None and not _makes_rows(section, name)
        ),
        warnings=tuple(readings.warnings),
        used=used,
        sizes={name: _size(section.columns[name], done[name]) for name in section.columns if name in sized},
        vocabularies=frozenset(name for name, reading in done.items() if reading.vocabulary),
        missing={name: reading.missing for name, reading in done.items() if reading.missing is not None},
    )


def _uncounted(section: DataSection, done: Mapping[str, Reading], fits: Fits) -> Iterator[Diagnostic]:
    """Class numbers of a column whose classes a dim counts, where rows trained on lack one: numbers are beyond it."""
    for counting in section.columns.values():
        last = counting.steps[-1]
        if not (counting.size and isinstance(last, Fit) and last.call.name == "classes" and counting.name in done):
            continue
        held = (fits.taken if fits.kept is None else fits.kept())[counting.name][-1].classes or ()
        source = _sources(section, counting.name)
        for name, reading in sorted(done.items(), key=lambda each: each[0] in section.used):  # inputs by their names
            lacking = [number for number, text in enumerate(reading.classes or ()) if text not in held]
            if not lacking or reading.vocabulary or _sources(section, name) != source:
                continue
            index = first_wrong(reading.array, lambda chunk, lacking=lacking: np.isin(chunk, lacking))  # type: ignore[misc]
            if index is not None:
                yield unknown_class(name, reading, index, held, UNCOUNTED)
                return


def _sources(section: DataSection, name: str) -> list[tuple[object, ...]]:
    """What a column is read from."""
    return [
        (step.reader.name, *step.reader.arguments.values()) for step in section.steps_of(name) if isinstance(step, Read)
    ]


def _makes_rows(section: DataSection, name: str) -> bool:
    """Whether class numbers become rows of their own."""
    return any(isinstance(step, Apply) and step.operation.spreads_classes for step in section.steps_of(name))


def _rows_that_differ(section: DataSection, rows: Mapping[str, int]) -> list[Diagnostic]:
    first = next(iter(rows), None)
    if first is None:
        return []
    note = Note(f"`{shown(first)}` has {rows[first]}", section.columns[first].span)
    return [
        ROWS_DIFFER.at(
            section.columns[name].span, name=name, rows=count, other=first, other_rows=rows[first], notes=[note]
        )
        for name, count in rows.items()
        if count != rows[first]
    ]


def _fitted_value(asked: _Asked, column: Column, others: Mapping[str, Reading]) -> Reading:
    """The value of a column, fitted to those of its own rows that are trained on. Raises SpecError."""
    fits = asked.fits.of(column.name)
    value = _value(asked, column, fits, others)
    return _value(asked, column, fits, others) if value.array.ndim and fits.again(len(value.array)) else value


def _value(asked: _Asked, column: Column, fits: ColumnFits, others: Mapping[str, Reading]) -> Reading:
    """The value of a column, by those of `others` that it uses. Raises SpecError."""
    readings, classes = asked.readings, asked.classes.get(column.name)
    stack: list[Reading] = []
    for step, following in zip(column.steps, (*column.steps[1:], None), strict=True):
        match step:
            case Read():
                reading = readings.read(step, column)
                stack.append(reading._replace(rows=frozenset({-reading.array.ndim})))
            case Push():
                stack.append(Reading(literal(step.value), Origin(step.span)))
            case Apply():
                operands = stack[len(stack) - step.operands :]
                del stack[len(stack) - step.operands :]
                stack.append(applied(step, operands, fits))
            case Fit():
                from .fitted.calls import fitted

                reading = fitted(step, stack.pop(), fits)
                stack.append(reading._replace(rows=frozenset({-reading.array.ndim}) if reading.array.ndim else NO_AXES))
            case Cut():
                stack.append(cut(step, stack.pop(), fits))
            case Windows():
                stack.append(windows(step, stack.pop(), fits))
            case Use():
                stack.append(others[step.name])
        named = isinstance(step, Read | Cut | Use) or (isinstance(step, Fit) and stack[-1].classes is not None)
        if named and not isinstance(following, Fit | Cut):  # which take texts as they are, and missing ones
            stack.append(_coded(column.name, stack.pop(), classes))
    (result,) = stack
    return result


def _checked(column: Column, reading: Reading) -> Reading:
    """A reading that has rows, and all of its values. Raises SpecError."""
    complete(reading)
    if column.size:
        return reading
    if not reading.array.ndim or not len(reading.array):
        what = "a single number" if not reading.array.ndim else "empty"
        raise SpecError([NO_ROWS.at(column.span, name=column.name, what=what)])
    return reading


def _size(column: Column, reading: Reading) -> int:
    """The size of a dim. Raises SpecError where a column gives none."""
    array = np.asarray(reading.array)
    if array.ndim or not 1 <= array < LARGEST or array != np.floor(array):
        value = f"of shape {shape_text(array.shape)}" if array.ndim else array.item()
        raise SpecError([NO_SIZE.at(column.span, name=column.name, value=value)])
    return int(array)


def _coded(name: str, reading: Reading, classes: tuple[str, ...] | None) -> Reading:
    """A reading whose texts are numbered by the classes that are wanted; missing numbers are looked at later."""
    coded = reading.classes is not None or classes
    return with_classes(name, complete(reading) if coded else reading, classes)
