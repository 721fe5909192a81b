"""The safetensors format: eight bytes with the length of a header, the header in JSON, then the values of all tensors.

Format: github.com/huggingface/safetensors. The library of that name is compiled code, which Python in a browser lacks;
what is written here is the same to the byte.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Array

TYPES = {
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
    "F32": "<f4",
    "U32": "<u4",
    "I32": "<i4",
    "F16": "<f2",
    "U16": "<u2",
    "I16": "<i2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}
"""What the format calls the types of NumPy, in the order in which values of them are written."""

METADATA = "__metadata__"
LONGEST_HEADER = 100_000_000
"""Bytes, as the format has it."""

MOST_AXES = 64
"""Of NumPy's arrays."""


class NotSafetensors(ValueError):
    """Bytes that are not a whole file of the format, or hold a type that NumPy lacks."""


class Header(NamedTuple):
    """What stands before the values: metadata, and what is said of each tensor, by its name, not looked at yet."""

    metadata: dict[str, str]
    entries: dict[str, Any]


class _Place(NamedTuple):
    """Where the values of a tensor lie behind the header."""

    begin: int
    end: int
    name: str
    dtype: "np.dtype[Any]"
    shape: tuple[int, ...]


def to_safetensors(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a file: the same for the same content. Arrays must be C-ordered."""
    names = {np.dtype(code): name for name, code in TYPES.items()}
    order = {name: number for number, name in enumerate(TYPES)}
    listed = sorted((order[names[array.dtype.newbyteorder("<")]], path) for path, array in tensors.items())
    header: dict[str, object] = {METADATA: dict(metadata)} if metadata else {}
    values: list[bytes | memoryview] = []
    offset = 0
    for _, path in listed:
        array = tensors[path]
        little = array.dtype.newbyteorder("<")
        begin, offset = offset, offset + array.nbytes
        header[path] = {"dtype": names[little], "shape": list(array.shape), "data_offsets": [begin, offset]}
        values.append(array.astype(little, copy=False).reshape(-1).view(np.uint8).data)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that values begin at a multiple of 8
    return b"".join([len(text).to_bytes(8, "little"), text, *values])


def header_length(first: bytes, size: int) -> int:
    """The length of the header, as the first eight bytes of a file of that size say. Raises NotSafetensors."""
    length = int.from_bytes(first, "little")
    if not 0 < length <= min(size - 8, LONGEST_HEADER):
        raise NotSafetensors("the length of its header cannot be")
    return length


def header_of(text: bytes) -> Header:
    """What a header says, each name once, its metadata texts. Raises NotSafetensors."""
    try:
        entries = json.loads(
            text.decode("utf-8"), object_pairs_hook=_without_repeats, parse_float=_no_number, parse_constant=_no_number
        )
        metadata = entries.pop(METADATA, {})
    except NotSafetensors:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotSafetensors(f"its header cannot be read: {error}") from None
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise NotSafetensors("its metadata are not texts")
    return Header(metadata, entries)


def tensors_of(header: Header, values: bytes | memoryview) -> dict[str, Array]:
    """The tensors whose values stand behind a header, all of them. Raises NotSafetensors."""
    try:
        places = sorted(_place(name, entry) for name, entry in header.entries.items())
    except NotSafetensors:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotSafetensors(f"its header cannot be read: {error}") from None
    end = 0
    for place in places:
        if place.begin != end:
            raise NotSafetensors("its values do not follow one another")
        end = place.end
    if end != len(values):
        raise NotSafetensors("its length is not what its header says")
    return {place.name: _values(values, place) for place in places}


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise NotSafetensors("a name stands twice in its header")
    return made


def _no_number(text: str) -> object:
    raise NotSafetensors(f"its header has the number {text}, and counts with whole ones")


def _place(name: str, entry: Mapping[str, Any]) -> _Place:
    """One entry of the header. Raises ValueError, KeyError or TypeError."""
    dtype, shape, (begin, end) = np.dtype(TYPES[entry["dtype"]]), entry["shape"], entry["data_offsets"]
    whole = len(shape) <= MOST_AXES and all(
        type(number) is int and 0 <= number < 2**63 for number in (*shape, begin, end)
    )
    if not whole or end - begin != math.prod(shape) * dtype.itemsize:
        raise NotSafetensors(f"the sizes of {name!r} do not go together")
    return _Place(begin, end, name, dtype, tuple(shape))


def _values(values: bytes | memoryview, place: _Place) -> Array:
    """A tensor's values, copied, so that they are aligned and can be written."""
    count = (place.end - place.begin) // place.dtype.itemsize
    try:
        found = np.frombuffer(values, place.dtype, count, place.begin).reshape(place.shape)
    except (ValueError, OverflowError):  # an axis that is too long beside an empty one
        raise NotSafetensors(f"no array of the shape of {place.name!r} can be made") from None
    return found.astype(place.dtype.newbyteorder("="))
