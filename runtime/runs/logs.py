"""What a run notes as it goes, as bytes and back: rows of reports and the loss of every step, each with its checksum.

Folders of chainrule 0.1.0 have no checksums in their logs; whoever knows the folder says whether they are needed.
"""

import hashlib
import io
import json
from collections.abc import Iterator

import numpy as np
from numpy.lib import format as npy

from ..arrays import Array
from ..fields import Unfit, number, parsed, whole, written_number
from ..training.history import Row
from .checksum import sealed, unsealed

SUM, DIGITS = "sum", 16
"""The last entry of a row: so many digits of the sha256 of the others."""

TRAILER = b"sha256 "
"""What stands behind the losses, and before the sha256 of all that stands before it."""

TRAILER_BYTES = len(TRAILER) + 64 + 1

# --- rows -------------------------------------------------------------------------------------------------------


def row_line(row: Row) -> bytes:
    """A row as a line of JSON: numbers as the shortest text that reads back to the same bits, others as texts."""
    values = {name: written_number(value) for name, value in row.items()}
    return f"{json.dumps(sealed(values, key=SUM, digits=DIGITS), ensure_ascii=False, allow_nan=False)}\n".encode()


def rows_of(data: bytes, *, needs_sums: bool) -> Iterator[Row]:
    """The rows of a log, one after the other; a last line that was cut off by a kill is left out.

    Raises Unfit at a line that is no row, has a wrong checksum, or does not come after the one before.
    """
    last = -1
    *lines, _ = data.split(b"\n")
    for line in lines:
        values = unsealed(parsed(line), key=SUM, digits=DIGITS, needed=needs_sums)
        row: Row = {name: number(value) for name, value in values.items()}
        last = whole(row.get("step"), last + 1)
        yield row


# --- losses -----------------------------------------------------------------------------------------------------


def losses_file(losses: Array) -> bytes:
    """Losses as a .npy file, with a checksum behind the array, where NumPy does not look."""
    buffer = io.BytesIO()
    np.save(buffer, losses, allow_pickle=False)
    data = buffer.getvalue()
    return data + TRAILER + hashlib.sha256(data).hexdigest().encode() + b"\n"


def losses_of(data: bytes, *, needs_sum: bool) -> Array:
    """The losses of such a file. Raises Unfit where they are not all there, or not those that were written."""
    content, trailer = data[:-TRAILER_BYTES], data[-TRAILER_BYTES:]
    if not trailer.startswith(TRAILER):
        if needs_sum:
            raise Unfit
        content = data
    elif trailer[len(TRAILER) :] != hashlib.sha256(content).hexdigest().encode() + b"\n":
        raise Unfit
    stream = io.BytesIO(content)
    try:
        if npy.read_magic(stream) != (1, 0):
            raise Unfit
        shape, _, dtype = npy.read_array_header_1_0(stream)
    except Exception:  # NumPy's parser raises many kinds on a hostile header
        raise Unfit from None
    values = content[stream.tell() :]
    if dtype.str not in ("<f4", "<f8") or shape != (len(values) // dtype.itemsize,) or len(values) % dtype.itemsize:
        raise Unfit
    return np.frombuffer(values, dtype)
