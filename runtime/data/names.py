"""Texts that became class numbers: right before an `int` input, and only there; doubtful where they are no names."""

from collections.abc import Iterator

import numpy as np

from ...compiler.shape import Type, shape_text
from ...grammar.diagnostic import Diagnostic, Note, Place
from ...grammar.spec_error import SpecError
from .columns import Table
from .faults import MISSING_CLASS, NUMBERS_AS_NAMES, TEXT_BEFORE_REAL
from .looks import is_missing, look_hint, look_of

NAMES_TOO = ("none", "nil")
"""Marks for missing values that are as often the name of a class."""


def check_names(name: str, table: Table, wanted: Type, note: Note) -> list[Diagnostic]:
    """Warnings about the class names of a column. Raises SpecError where they stand before a real input.

    `wanted` is the type of the input, `note` points at it.
    """
    classes = table.classes.get(name)
    if classes is None:
        return []
    if name in table.numbered and wanted.kind == "real":
        raise SpecError([_text_before_real(name, table, classes, wanted, note)])
    return [] if name in table.vocabularies else list(_doubtful(name, table, classes))


def _text_before_real(name: str, table: Table, classes: tuple[str, ...], wanted: Type, note: Note) -> Diagnostic:
    text = classes[int(np.ravel(np.asarray(table.columns[name][:1]))[0])]
    origin = table.origins[name]
    place = origin.place(0)
    notes = [note, Note("the column is read here", origin.span)] if isinstance(place, Place) and origin.span else [note]
    declared = f"for names of classes, declare `input {name}: int{shape_text(wanted.shape)}`, or write `one_hot(...)`"
    hint = look_hint(text, classes, csv=origin.in_csv) or declared
    return TEXT_BEFORE_REAL.at(place, name=name, value=text, notes=notes, hint=hint)


def _doubtful(name: str, table: Table, classes: tuple[str, ...]) -> Iterator[Diagnostic]:
    origin = table.origins[name]
    where = origin.span
    look = look_of(classes)
    if look is not None and look.doubtful:
        hint = look_hint(classes[0], classes, csv=origin.in_csv)
        yield NUMBERS_AS_NAMES.at(where, name=name, value=classes[0], hint=hint)
        return
    missing = next((text for text in classes if is_missing(text) and text.casefold() not in NAMES_TOO), None)
    if missing is not None:
        yield MISSING_CLASS.at(where, name=name, value=missing)
