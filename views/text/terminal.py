"""Numbers as text for a terminal: aligned lines and tables, the same when piped."""

import sys
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...grammar.diagnostic import shown
from ...grammar.hidden import one_line
from ...grammar.render import cell
from ...runtime.arrays import Array

IN_FULL = 100
"""Arrays of at most so many elements are written out; of larger ones the corners."""


def number_text(value: object) -> str:
    """A scalar in its shortest text that reads back to the same bits."""
    scalar = np.asarray(value)[()]
    return str(scalar) if scalar.dtype.kind == "f" and scalar.dtype.itemsize < 8 else repr(scalar.item())


def value_text(value: Array, indent: int, *, full: bool = False) -> str:
    """A value as text; further lines of an array stand under its first bracket, `indent` columns to the right.

    `full`: every element, a line for each row.
    """
    if value.ndim == 0:
        return number_text(value)
    wide, most = (sys.maxsize, sys.maxsize) if full else (100, IN_FULL)
    text = np.array2string(value, max_line_width=wide, separator=", ", prefix=" " * indent, threshold=most, edgeitems=3)
    shape = ", ".join(map(str, value.shape))
    return text if value.size <= most else f"{text}\n{' ' * indent}of shape [{shape}]"


def value_lines(values: Mapping[str, object], *, full: bool = False) -> str:
    """Lines `name = value`, the equal signs under each other; `full` as in `value_text`."""
    names = {path: shown(path) for path in values}
    column = min(max(map(width, names.values()), default=0), 40)
    lines = []
    for path, value in values.items():
        start = f"{padded(names[path], column)} = "
        lines.append(start + value_text(np.asarray(value), width(start), full=full))
    return "\n".join(lines)


def width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    return len(text) if text.isascii() else sum(cell(character)[1] for character in text)


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """A text with spaces after it, or before it, up to so many columns."""
    spaces = " " * (columns - width(text))
    return spaces + text if right else text + spaces


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """Columns under their headers, two spaces apart; the first `left` columns to the left, the others to the right.

    A cell is a line, whatever text stands in it.
    """
    cells = [tuple(map(one_line, row)) for row in (header, *rows)]
    columns = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            padded(text, column, right=number >= left)
            for number, (text, column) in enumerate(zip(row, columns, strict=True))
        ).rstrip()
        for row in cells
    )


def count_text(count: float) -> str:
    """A large number as people say it: 89,610; 12.3 M; 4.56 G."""
    if count > 1e300:  # more than a float holds, as products of sizes may be
        digits = str(int(count))
        return f"{digits[0]}.{digits[1:3]}e+{len(digits) - 1}"
    for size, unit in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:,.0f}"
