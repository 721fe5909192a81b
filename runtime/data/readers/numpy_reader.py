"""NumPy's own formats: .npy, one array, and .npz, a zip archive of them. Pickled objects are never loaded.

Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

import math
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import BinaryIO, cast

import numpy as np
from numpy.lib import format as npy

from ....grammar.suggestion import suggestion
from ..column import Reading, Rows
from ..faults import DAMAGED, EMPTY, EMPTY_TEXT, NO_COLUMN, NOT_NUMBERS, UNSAFE_MEMBER, WRONG_FORMAT
from ..looks import look_hint
from ..stored import mapped, pieces_of
from .data_file import DataFile, Plain, composed

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
ODD = (NotImplementedError, RuntimeError, ValueError, OSError, struct.error)
"""What zipfile raises on archives that are none of NumPy's."""
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_npy(file: DataFile) -> Reading:
    """The array of a .npy file. Raises SpecError."""
    with file.open() as stream:
        size = os.fstat(stream.fileno()).st_size
        if not size:
            raise file.error(EMPTY)
        return _array(file, stream, size, size, Plain(stream, 0))


def read_npz(file: DataFile, key: str) -> Reading:
    """One array of a .npz file. Raises SpecError."""
    with file.open() as raw:
        size = os.fstat(raw.fileno()).st_size
        if not size:
            raise file.error(EMPTY)
        try:
            with zipfile.ZipFile(raw) as archive:
                member = _member(file, archive, key, size)
                with archive.open(member) as stream:
                    plain = _plain(raw, member) if member.compress_type == zipfile.ZIP_STORED else None
                    return _array(file, cast(BinaryIO, stream), member.file_size, member.compress_size, plain)
        except zipfile.BadZipFile as error:
            if (cause := of_system(error)) is not None:
                raise cause from None
            raise file.error(WRONG_FORMAT, format="an .npz file", reason=str(error).lower()) from None
        except (EOFError, zlib.error) as error:
            raise file.error(DAMAGED, reason=str(error) or "it is cut off") from None
        except ODD as error:
            if (cause := of_system(error)) is not None:
                raise cause from None
            raise file.error(UNSAFE_MEMBER, what=f"a member that cannot be read ({error})") from None


def numbers(file: DataFile, reading: Reading) -> Rows:
    """The values of a reading, to be used as they stand. Raises SpecError where they are texts."""
    if reading.classes is None:
        return reading.array
    hint = look_hint(reading.classes[0], reading.classes)
    raise file.error(NOT_NUMBERS, what=f"texts, such as `{reading.classes[0]}`", hint=hint)


def _member(file: DataFile, archive: zipfile.ZipFile, key: str, size: int) -> zipfile.ZipInfo:
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename
        if name in members:
            raise file.error(UNSAFE_MEMBER, what=f"two members named `{name}`")
        if "\\" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise file.error(UNSAFE_MEMBER, what=f"a member named `{name}`, which lies outside of it")
        members[name] = member
    found = members.get(f"{key}.npy") or members.get(key) or _alike(members, key)
    if found is None:
        keys = [name.removesuffix(".npy") for name in members]
        raise file.error(NO_COLUMN, name=key, hint=suggestion(key, keys, what="its arrays"))
    if found.flag_bits & 1:
        raise file.error(UNSAFE_MEMBER, what=f"an encrypted member `{found.filename}`")
    if found.compress_type not in PLAIN:
        raise file.error(UNSAFE_MEMBER, what=f"a member `{found.filename}` compressed in a way that NumPy never uses")
    if found.compress_size > size:
        raise file.error(DAMAGED, reason=f"`{found.filename}` claims to be larger than the file")
    return found


def _alike(members: Mapping[str, zipfile.ZipInfo], key: str) -> zipfile.ZipInfo | None:
    """The only member of a name whose letters are written otherwise, with their marks apart."""
    found = [member for name, member in members.items() if composed(name) in (f"{composed(key)}.npy", composed(key))]
    return found[0] if len(found) == 1 else None


def _plain(raw: BinaryIO, member: zipfile.ZipInfo) -> Plain:
    """Where an uncompressed member begins: after its local header, whose size the archive's directory does not have."""
    raw.seek(member.header_offset)
    return Plain(raw, member.header_offset + 30 + sum(struct.unpack("<26x2H", raw.read(30))))


def _array(file: DataFile, stream: BinaryIO, size: int, stored: int, plain: Plain | None) -> Reading:
    """The array of an opened .npy stream of `size` bytes, which `stored` bytes of the file hold.

    `plain` is where the stream begins in the file, if it lies there as it is.
    """
    shape, columns_first, dtype = _header(file, stream)
    _check_type(file, dtype, shape)
    values = size - stream.tell()
    if plain is None and values != math.prod(shape) * dtype.itemsize:
        raise file.error(DAMAGED, reason="its header and its size do not go together")
    array = file.read_array(
        stream,
        dtype,
        shape,
        stored=stored if plain is None else values,
        packed=plain is None,
        columns_first=columns_first,
        plain=plain._replace(offset=plain.offset + stream.tell()) if plain else None,
    )
    return _texts(file, array) if dtype.kind == "U" else Reading(array, file.origin)


def _header(file: DataFile, stream: BinaryIO) -> "tuple[tuple[int, ...], bool, np.dtype[np.generic]]":
    """Shape, whether columns come first, and type of the values."""
    try:
        version = npy.read_magic(stream)
    except ValueError as error:
        raise file.error(WRONG_FORMAT, format="a .npy file", reason=_first_line(error)) from None
    if version not in HEADERS:
        raise file.error(NOT_NUMBERS, what="records")  # version 3 is written for named fields alone
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a header of Python 2's, parsed by guesswork
            shape, columns_first, dtype = HEADERS[version](stream)
    except Exception as error:  # NumPy's parser raises many kinds on a hostile header, MemoryError and TokenError too
        raise file.error(WRONG_FORMAT, format="a .npy file", reason=_first_line(error)) from None
    if any(type(length) is not int for length in shape):  # True is an int to NumPy
        raise file.error(WRONG_FORMAT, format="a .npy file", reason=f"its shape is {shape}")
    return shape, columns_first, dtype


def _check_type(file: DataFile, dtype: "np.dtype[np.generic]", shape: tuple[int, ...]) -> None:
    if dtype.hasobject:
        raise file.error(NOT_NUMBERS, what="pickled objects, which are never loaded")
    if dtype.kind not in "biufU" or (dtype.kind == "U" and (len(shape) != 1 or not dtype.itemsize)):
        raise file.error(NOT_NUMBERS, what=f"values of type {dtype}")
    if any(length < 0 for length in shape):
        raise file.error(DAMAGED, reason="its header declares a negative size")
    if shape and not shape[0]:
        raise file.error(EMPTY)


def _texts(file: DataFile, array: Rows) -> Reading:
    names = np.zeros(0, array.dtype)
    before = 0
    for part in pieces_of(array):
        points = np.ascontiguousarray(part.astype(part.dtype.newbyteorder("="))).view(np.uint32)
        if ((points > 0x10FFFF) | ((points >= 0xD800) & (points < 0xE000))).any():
            raise file.error(DAMAGED, reason="a text in it is not Unicode")
        if (part == "").any():
            raise file.error(EMPTY_TEXT, row=before + int(np.argmax(part == "")) + 1)
        before += len(part)
        names = np.union1d(names, part)
    numbers = mapped(array, lambda part: np.searchsorted(names, part).astype(np.int64))
    return Reading(numbers, file.origin, tuple(str(name) for name in names))


def of_system(error: Exception) -> OSError | None:
    """The error of the system that an error of zipfile's is, or hides; None where the file itself is wrong."""
    return next((each for each in (error, error.__context__) if isinstance(each, OSError) and each.errno), None)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
