"""Looking through arrays for elements that are wrong, and saying where they stand."""

from collections.abc import Callable

import numpy as np

from ...grammar.diagnostic import Diagnostic, Fault, Note, Place
from .column import Array, Origin, Rows
from .stored import pieces_of

CHUNK = 1 << 20
"""Elements that are looked through at a time."""


def first_wrong(array: Rows, wrong: Callable[[Array], Array]) -> int | None:
    """Index, in C order, of the first element that is wrong; None where none is."""
    before = 0
    for piece in pieces_of(array):
        flat = np.ravel(piece)
        for start in range(0, flat.size, CHUNK):
            with np.errstate(all="ignore"):
                found = wrong(flat[start : start + CHUNK])
            if found.any():
                return before + start + int(np.argmax(found))
        before += flat.size
    return None


def no_class_of(count: int) -> Callable[[Array], Array]:
    """What is wrong with class numbers: those that are not 0 to count - 1."""
    return lambda chunk: (chunk < 0) | (chunk >= count)


def fault_at(
    fault: Fault, name: str, array: Rows, index: int, origin: Origin, note: Note | None, limit: str = ""
) -> Diagnostic:
    """A fault of one element: in the file where its row has a line there, else where the spec reads the column.

    Rows are counted from 1.
    """
    row, element = divmod(index, array.size // len(array))
    place = origin.place(row, element)
    notes = [note] if note else []
    if isinstance(place, Place) and origin.span:
        notes.append(Note("the column is read here", origin.span))
    value = np.ravel(array[row : row + 1])[element].item()
    return fault.at(place, row=row + 1, name=name, value=value, notes=notes, **fault.asked_for(limit=limit))
