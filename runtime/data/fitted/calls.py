"""Fitted calls carried out: what each takes from the rows that are trained on, and what it makes of any rows."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ....compiler.graph.signatures import FITTED, ArgumentValue, Invocation
from ....compiler.graph.spec import Fit
from ....compiler.ops.attribute import attribute_text
from ....compiler.shape import shape_text
from ....grammar.diagnostic import Diagnostic, shown
from ....grammar.spec_error import SpecError
from ...arrays import Array
from .. import budget
from ..coding import VOCABULARY_HINT, computed_texts, other_kind, unknown_class
from ..column import UNKNOWN, Reading, Rows
from ..elements import fault_at, first_wrong
from ..faults import NO_ROWS, NOT_FINITE, TOO_LARGE
from ..readers.data_file import DataFile
from ..stored import PIECE_BYTES, StoredArray
from .faults import NO_CLASSES, NOT_FINITE_FIT, NOTHING_TO_FIT, OTHER_FILLING, OTHER_WIDTH
from .fits import ColumnFits
from .held import Fitted
from .statistics import different, extent, mean_and_deviation, mean_of, median_of

MISSING_CLASS = -1
"""The class number of a text that is missing."""


def fitted(step: Fit, reading: Reading, fits: ColumnFits) -> Reading:
    """What a fitted call makes of a column; only `fill` takes one with missing values. Raises SpecError."""
    if not reading.array.ndim or not len(reading.array):
        what = "a single number" if not reading.array.ndim else "empty"
        raise SpecError([NO_ROWS.at(step.span, name=fits.column, what=what)])
    if step.call.name != "fill" and reading.missing is not None:
        raise SpecError([reading.missing])
    return CALLS[step.call.name](step, reading, fits)


def how_written(call: Invocation) -> str:
    """A fitted call with all of its arguments but the column: `scale(low = 0, high = 1)`, `fill(mean)`."""
    required = {each.name for each in FITTED[call.name].parameters if each.required}
    arguments = ((f"{name} = " * (name not in required), value) for name, value in call.arguments.items())
    given = ", ".join(f"{name}{_argument(value)}" for name, value in arguments)
    return f"{call.name}({given})" if given else call.name


def _argument(value: ArgumentValue) -> str:
    if isinstance(value, tuple):
        return f'"{value[0]}"'
    return value if isinstance(value, str) else attribute_text(value, lambda number: f"{number:.17g}")


# --- numbers ----------------------------------------------------------------------------------------------------


def _standardize(step: Fit, reading: Reading, fits: ColumnFits) -> Reading:
    def take(fits: ColumnFits) -> Fitted:
        mean, std = mean_and_deviation(reading.array, fits.mask(len(reading.array)))
        return Fitted(how, {"mean": mean, "std": std})

    def standardized(part: Array) -> Array:
        result: Array = part - mean
        np.divide(result, np.where(std > 0, std, 1), out=result)
        return np.where(std > 0, result, 0.0) if constant else result

    how = _of_numbers(step, reading, fits)
    held = _sound(fits.next(how, step.span, take), reading, step, fits)
    mean, std = held.numbers["mean"], held.numbers["std"]
    constant = not (std > 0).all()
    return _made(reading, standardized)


def _scale(step: Fit, reading: Reading, fits: ColumnFits) -> Reading:
    def take(fits: ColumnFits) -> Fitted:
        least, most = extent(reading.array, fits.mask(len(reading.array)))
        return Fitted(how, {"min": least, "max": most})

    def scaled(part: Array) -> Array:
        share: Array = (part / halves - least) / spread
        share = np.where(spread > 0, share, 0.0)
        return low * (1 - share) + high * share

    how = _of_numbers(step, reading, fits)
    held = _sound(fits.next(how, step.span, take), reading, step, fits)
    low, high = step.call.number("low"), step.call.number("high")
    with np.errstate(over="ignore"):
        halves = np.where(np.isfinite(held.numbers["max"] - held.numbers["min"]), 1.0, 2.0)
    least, spread = held.numbers["min"] / halves, held.numbers["max"] / halves - held.numbers["min"] / halves
    return _made(reading, scaled)


def _of_numbers(step: Fit, reading: Reading, fits: ColumnFits) -> str:
    """How a call is written. Raises SpecError where its column holds texts, or what is not finite."""
    if reading.classes is not None:
        raise SpecError([computed_texts(fits.column, step.span, reading)])
    if reading.array.dtype.kind == "f":
        index = first_wrong(reading.array, lambda chunk: ~np.isfinite(chunk))
        if index is not None:
            raise SpecError([fault_at(NOT_FINITE, fits.column, reading.array, index, reading.origin, None)])
    return how_written(step.call)


def _sound(held: Fitted, reading: Reading, step: Fit, fits: ColumnFits) -> Fitted:
    """What a step holds, if it is finite and of the shape of a row. Raises SpecError."""
    row = reading.array.shape[1:]
    for array in held.numbers.values():
        if array.shape != row:
            one, other = shape_text(array.shape), shape_text(row)
            raise SpecError([OTHER_WIDTH.at(step.span, how=held.how, name=fits.column, held=one, found=other)])
        if not np.isfinite(array).all():
            raise SpecError([NOT_FINITE_FIT.at(step.span, how=held.how, name=fits.column)])
    return held


def _made(reading: Reading, function: Callable[[Array], Array], row: tuple[int, ...] | None = None) -> Reading:
    """The reading of what a function makes of its rows, which then have another shape where one is given."""
    origin = reading.origin if row is None else reading.origin.of_rows
    return Reading(_rows_made(reading.array, function, 8 * math.prod(row or reading.array.shape[1:])), origin)


def _rows_made(array: Rows, function: Callable[[Array], Array], row_bytes: int) -> Rows:
    """What a function makes of rows: in memory where that has room for it, else in a file."""
    if not isinstance(array, StoredArray) and len(array) * row_bytes <= budget.memory():
        with np.errstate(all="ignore"):
            return function(array)
    at_once = max(1, PIECE_BYTES // max(1, row_bytes))
    with np.errstate(all="ignore"):
        return StoredArray.of(function(array[start : start + at_once]) for start in range(0, len(array), at_once))


# --- missing values ---------------------------------------------------------------------------------------------


def _fill(step: Fit, reading: Reading, fits: ColumnFits) -> Reading:
    value = step.call.arguments["value"]
    if isinstance(value, tuple):
        return _filled_with_text(str(value[0]), step, reading, fits)
    if reading.classes is not None:
        what = "a number" if not isinstance(value, str) else f"the {value}"
        raise SpecError([_other_filling(what, "texts", reading, step, fits)])
    if not isinstance(value, str):
        return _filled(reading, np.array(step.call.number("value")))

    def take(fits: ColumnFits) -> Fitted:
        statistic = mean_of if value == "mean" else median_of
        found = statistic(reading.array, fits.mask(len(reading.array)))
        if np.isnan(found).any():
            raise SpecError([NOTHING_TO_FIT.at(step.span, how=how, name=fits.column)])
        return Fitted(how, {"value": found})

    how = how_written(step.call)
    held = _sound(fits.next(how, step.span, take), reading, step, fits)
    return _filled(reading, held.numbers["value"])


def _filled(reading: Reading, value: Array) -> Reading:
    if reading.array.dtype.kind != "f":
        return reading
    return _made(reading, lambda part: np.where(np.isnan(part), value, part))


def _filled_with_text(text: str, step: Fit, reading: Reading, fits: ColumnFits) -> Reading:
    if reading.classes is None and not _all_missing(reading):
        raise SpecError([_other_filling(f"`{shown(text)}`", "numbers", reading, step, fits)])
    before = reading.classes or ()
    classes = tuple(sorted({*before, text}))
    numbers = {name: number for number, name in enumerate(classes)}
    coded = np.array([*(numbers[name] for name in before), numbers[text]])  # -1, a missing one, is the last
    array = _rows_made(reading.array, lambda part: coded[_whole(part)], 8)
    return Reading(array, reading.origin, classes)


def _whole(part: Array) -> Array:
    """Class numbers; where all are missing, they were read as numbers."""
    return part if part.dtype.kind == "i" else np.full(part.shape, MISSING_CLASS)


def _all_missing(reading: Reading) -> bool:
    return reading.array.dtype.kind == "f" and first_wrong(reading.array, lambda chunk: ~np.isnan(chunk)) is None


def _other_filling(what: str, kind: str, reading: Reading, step: Fit, fits: ColumnFits) -> Diagnostic:
    index = first_wrong(reading.array, lambda chunk: ~_lacking(chunk)) or 0
    value = np.ravel(reading.array[index // (reading.array.size // len(reading.array)) :][:1])[0].item()
    value = reading.classes[value] if reading.classes else value
    return OTHER_FILLING.at(step.span, name=fits.column, what=what, kind=kind, value=value)


def _lacking(chunk: Array) -> Array:
    return np.isnan(chunk) if chunk.dtype.kind == "f" else chunk == MISSING_CLASS


# --- classes ----------------------------------------------------------------------------------------------------


def _one_hot(step: Fit, reading: Reading, fits: ColumnFits) -> Reading:
    held = _classes_held(step, reading, fits)
    classes, unknown = held.classes or (), bool(step.call.arguments["unknown"])
    width = len(classes) + unknown
    size = 4 * reading.array.size * width
    if size > budget.limit():
        raise DataFile("", step.span).oversize(f"`one_hot` of `{fits.column}`", size)
    if (reading.classes is None) == isinstance(classes[0], str):
        named = tuple(map(str, classes)) if isinstance(classes[0], str) else ()
        raise SpecError([other_kind(fits.column, reading, named)])
    place = _places(reading, classes)
    if not unknown:
        wrong = first_wrong(reading.array, lambda chunk: place(chunk) == len(classes))
        if wrong is not None:
            hint = VOCABULARY_HINT if reading.vocabulary else UNKNOWN_HINT
            raise SpecError([unknown_class(fits.column, reading, wrong, classes, hint)])

    def spread(part: Array) -> Array:
        spread = np.zeros((part.size, width), np.float32)
        spread[np.arange(part.size), place(part).ravel()] = 1
        return spread.reshape(*part.shape, width)

    return _made(reading, spread, (*reading.array.shape[1:], width))


UNKNOWN_HINT = "`one_hot(..., unknown = true)` has a column for all others"


def _places(reading: Reading, classes: tuple[str, ...] | tuple[int, ...]) -> Callable[[Array], Array]:
    """The place of each value among the classes; their number for one that is none of them."""
    others = len(classes)
    if reading.classes is not None:
        numbers = {name: number for number, name in enumerate(classes)}
        others = numbers.get(UNKNOWN, others) if reading.vocabulary else others
        coded = np.array([numbers.get(name, others) for name in reading.classes], np.int64)
        return lambda part: coded[part]
    known = np.array(classes)

    def placed(part: Array) -> Array:
        found = np.minimum(np.searchsorted(known, part), others - 1)
        return np.where(known[found] == part, found, others)

    return placed


def _classes(step: Fit, reading: Reading, fits: ColumnFits) -> Reading:
    held = _classes_held(step, reading, fits)
    return Reading(np.array(len(held.classes or ())), reading.origin)


def _classes_held(step: Fit, reading: Reading, fits: ColumnFits) -> Fitted:
    """The classes that a step holds, of a vocabulary all of it.

    Raises SpecError where a value is neither a text nor a whole number.
    """

    def take(fits: ColumnFits) -> Fitted:
        if reading.vocabulary:
            return Fitted(how, classes=reading.classes)
        found = different(reading.array, fits.mask(len(reading.array))).tolist()
        if len(found) > budget.MOST_CLASSES:
            what, size = f"the classes of column `{fits.column}`", f"more than {budget.MOST_CLASSES} numbers"
            raise SpecError([TOO_LARGE.at(step.span, what=what, size=size, limit=budget.MOST_CLASSES)])
        if reading.classes is not None:
            return Fitted(how, classes=tuple([reading.classes[number] for number in found]))
        return Fitted(how, classes=tuple(map(int, found)))

    if reading.classes is None and reading.array.dtype.kind == "f":
        wrong = first_wrong(reading.array, lambda chunk: (np.floor(chunk) != chunk) | (np.abs(chunk) >= 2.0**53))
        if wrong is not None:
            raise SpecError([fault_at(NO_CLASSES, fits.column, reading.array, wrong, reading.origin, None)])
    how = how_written(step.call)
    return fits.next(how, step.span, take)


CALLS: Mapping[str, Callable[[Fit, Reading, ColumnFits], Reading]] = MappingProxyType(
    {"standardize": _standardize, "scale": _scale, "fill": _fill, "one_hot": _one_hot, "classes": _classes}
)
"""A test holds the names equal to those of FITTED."""
