"""Texts that became class numbers, held against the classes that are wanted."""

from collections.abc import Sequence

import numpy as np

from ...grammar.diagnostic import Diagnostic, Note, Place, shown
from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from .column import UNKNOWN, Reading
from .elements import first_wrong
from .faults import COMPUTED_TEXTS, OTHER_KIND, UNKNOWN_CLASS
from .looks import look_hint
from .stored import mapped

ONE_HOT_HINT = "`one_hot(...)` makes a column of 0 and 1 for each text"

VOCABULARY_HINT = "`text(..., unknown = true)` has a number for all others"

LISTED = 40
"""Classes that a hint names."""


def with_classes(name: str, reading: Reading, wanted: tuple[str, ...] | None) -> Reading:
    """Class numbers by the classes that are wanted. Raises SpecError at the first row with another."""
    if wanted is None or reading.classes == (wanted or None):
        return reading
    if not wanted or reading.classes is None:
        raise SpecError([other_kind(name, reading, wanted)])
    numbers = {text: number for number, text in enumerate(wanted)}
    others = numbers.get(UNKNOWN) if reading.vocabulary else None
    unknown = [number for number, text in enumerate(reading.classes) if text not in numbers and others is None]
    wrong = first_wrong(reading.array, lambda chunk: np.isin(chunk, unknown)) if unknown else None
    if wrong is not None:
        raise SpecError([unknown_class(name, reading, wrong, wanted, VOCABULARY_HINT if reading.vocabulary else None)])
    recoded = np.array([numbers.get(text, others or 0) for text in reading.classes])
    return reading._replace(array=mapped(reading.array, lambda part: recoded[part]), classes=wanted)


def unknown_class(
    name: str, reading: Reading, index: int, classes: Sequence[object], hint: str | None = None
) -> Diagnostic:
    """The fault of an element with another class than those; a further hint may follow their names."""
    row, element = divmod(index, reading.array.size // len(reading.array))
    value = np.ravel(np.asarray(reading.array[row : row + 1]))[element].item()
    value = reading.classes[value] if reading.classes is not None else value
    listed = f"the classes are: {_listed(classes)}"
    hint = f"{listed}; {hint}" if hint else listed
    return UNKNOWN_CLASS.at(reading.origin.place(row, element), name=name, value=value, hint=hint)


def other_kind(name: str, reading: Reading, wanted: tuple[str, ...]) -> Diagnostic:
    """The fault of numbers where the rows that were read before hold names of classes, and of the reverse."""
    first = np.ravel(np.asarray(reading.array[:1]))[0].item()
    named = reading.classes is not None
    value, found, other = (first_text(reading), "texts", "numbers") if named else (first, "numbers", "texts")
    hint = f"the classes are: {_listed(wanted)}" if wanted else None
    place, span = reading.origin.place(0), reading.origin.span
    notes = [Note("the column is read here", span)] if isinstance(place, Place) and span else []
    return OTHER_KIND.at(place, name=name, value=value, found=found, other=other, hint=hint, notes=notes)


def computed_texts(name: str, span: Span, operand: Reading) -> Diagnostic:
    """The fault of arithmetic on texts."""
    text, place = first_text(operand), operand.origin.place(0)
    notes = [Note("here it stands", place)] if isinstance(place, Place) else []
    hint = look_hint(text, operand.classes or (), csv=operand.origin.in_csv) or ONE_HOT_HINT
    return COMPUTED_TEXTS.at(span, name=name, value=text, notes=notes, hint=hint)


def first_text(reading: Reading) -> str:
    """The text of the first row of a column with classes."""
    return (reading.classes or ("",))[int(np.ravel(np.asarray(reading.array[:1]))[0])]


def _listed(classes: Sequence[object]) -> str:
    return ", ".join(shown(str(each)) for each in classes[:LISTED])
