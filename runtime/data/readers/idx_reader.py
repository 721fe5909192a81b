"""IDX, the format of MNIST's own files: a magic number, big-endian sizes, values; plain or compressed by gzip.

Format: yann.lecun.com/exdb/mnist, "THE IDX FILE FORMAT".
"""

import gzip
import os
import struct
import zlib
from typing import BinaryIO

import numpy as np

from ..column import Reading, Rows
from ..faults import DAMAGED, EMPTY, WRONG_FORMAT
from .data_file import DataFile, Plain, Stream

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_AXES = 16


def read_idx(file: DataFile) -> Reading:
    """The array of an IDX file. Raises SpecError."""
    with file.open() as raw:
        size = os.fstat(raw.fileno()).st_size
        if not size:
            raise file.error(EMPTY)
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            return Reading(_values(file, raw, size, packed), file.origin)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise file.error(DAMAGED, reason=_plain(error)) from None


def _values(file: DataFile, raw: BinaryIO, size: int, packed: bool) -> Rows:
    stream: Stream = gzip.GzipFile(fileobj=raw) if packed else raw
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not magic[3]:
        raise file.error(WRONG_FORMAT, format="an IDX file", reason=f"it begins with the bytes {magic.hex(' ')}")
    axes = magic[3]
    if axes > MOST_AXES:
        raise file.error(WRONG_FORMAT, format="an IDX file", reason=f"it declares {axes} axes")
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise file.error(DAMAGED, reason="it is cut off in its header")
    shape = struct.unpack(f">{axes}I", sizes)
    header = 4 + 4 * axes
    stored = size if packed else size - header
    if not shape[0]:
        raise file.error(EMPTY)
    plain = None if packed else Plain(raw, header)
    return file.read_array(stream, np.dtype(TYPES[magic[2]]), shape, stored=stored, packed=packed, plain=plain)


def _plain(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "its compressed part is cut off"
    return f"its compressed part does not read ({error})"
