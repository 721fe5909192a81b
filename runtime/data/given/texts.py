"""Texts of a script that are names of classes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from ...arrays import Array
from ..foreign import as_array, described
from ..stored import Rows, mapped
from .faults import MISSING_LABEL


class Numbered(NamedTuple):
    """Numbers that stand for texts, in any order."""

    numbers: Rows
    names: tuple[str, ...]

    def in_order(self) -> "Numbered":
        """The same by the order of the texts, that of their code points, as in files."""
        order = sorted(range(len(self.names)), key=self.names.__getitem__)
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        return Numbered(mapped(self.numbers, lambda part: places[part]), tuple(self.names[each] for each in order))


def is_text(sample: Iterable[object]) -> bool:
    """Whether the first of some elements is a text."""
    return isinstance(next(iter(sample), None), str)


def holds_texts(name: str, value: object, span: Span | None) -> bool:
    """Whether the first element of what a caller gives is a text; nothing is read of numbers' arrays."""
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if kind is not None and kind in "fiubcmMV":
        return False
    first: Any = value
    while isinstance(first, list | tuple) and first:
        first = first[0]
    if isinstance(first, list | tuple | float | int):
        return False
    return isinstance(first, str) or is_text(np.ravel(as_array(name, value, span))[:1].tolist())


def texts_of(name: str, value: object, span: Span | None) -> Array:
    """Texts as an array of Python's own. Raises SpecError at the first element that is none."""
    if not isinstance(value, np.ndarray):
        value = as_array(name, value, span, texts=True)
    array = np.asarray(value, object)
    for index, each in enumerate(array.ravel().tolist()):
        if not isinstance(each, str):
            row = 1 + index * (len(array) if array.ndim else 1) // array.size
            raise SpecError([MISSING_LABEL.at(span, row=row, name=name, value=described(each))])
    return array


def numbered(name: str, value: object, span: Span | None) -> Numbered:
    """Texts as numbers. Raises SpecError."""
    array = texts_of(name, value, span)
    known: dict[str, int] = {}
    numbers = [known.setdefault(text, len(known)) for text in array.ravel().tolist()]
    return Numbered(np.array(numbers, np.int64).reshape(array.shape), tuple(known))
