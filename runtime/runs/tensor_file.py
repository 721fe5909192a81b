"""Arrays and a record in one safetensors file, with a checksum over both, and one over the record alone."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np

from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..fields import Unfit, parsed, whole, written
from ..training_faults import DAMAGED, OTHER_FORMAT
from .atomic import cannot_read, opened_file
from .checksum import sealed, unsealed
from .safetensors_format import Header, NotSafetensors, header_length, header_of, tensors_of, to_safetensors

Record: TypeAlias = dict[str, Any]
"""What JSON holds."""

KEY = "chainrule"
"""The one key of the file's metadata."""

CHECKSUM = "sha256"
RECORD_CHECKSUM = "record_sha256"


class TensorFile(NamedTuple):
    """What a file holds; `record["format"]` says what kind of file it is."""

    tensors: dict[str, Array]
    record: Record


def encode(tensors: Mapping[str, Array], record: Mapping[str, object]) -> bytes:
    """The bytes of a file: the same for the same content."""
    held = {name: np.require(array, requirements=("C", "A")) for name, array in tensors.items()}
    record = sealed(record, key=RECORD_CHECKSUM)
    text = written({**record, CHECKSUM: _checksum(held, record)})
    return to_safetensors(held, {KEY: text})


def decode(path: Path, *formats: str) -> TensorFile:
    """Reads a file of one of these formats, the newest first.

    Raises SpecError where it cannot be read, is of none of them, or is not what was written.
    """
    with opened_file(path) as file:
        header, record = _record(path, file)
        tensors = _tensors(path, file, header)
    checksum = record.pop(CHECKSUM)
    try:
        if checksum != _checksum(tensors, record):
            raise Unfit
    except (Unfit, ValueError, RecursionError):
        raise damaged(path, "its checksum does not match its content") from None
    _check_format(path, record, formats)
    record.pop(RECORD_CHECKSUM, None)
    return TensorFile(tensors, record)


def read_record(path: Path, *formats: str) -> Record:
    """The record of a file without its arrays, which are not looked at.

    It is held to its own checksum, which files of chainrule 0.1.0 have none of. Raises what `decode` raises.
    """
    with opened_file(path) as file:
        _, record = _record(path, file)
    record.pop(CHECKSUM)
    try:
        record = unsealed(record, key=RECORD_CHECKSUM, needed=False)
    except Unfit:
        raise damaged(path, "the checksum of its record does not match") from None
    _check_format(path, record, formats)
    return record


def damaged(path: Path, reason: str, hint: str | None = None) -> SpecError:
    """What is said of a file that is not what was written."""
    return SpecError([DAMAGED.at(Place(str(path)), path=path, reason=reason, hint=hint)])


def _record(path: Path, file: BinaryIO) -> tuple[Header, Record]:
    """The header of a file, with the record in it, where header and size go together: nothing else was read for it."""
    try:
        size = os.fstat(file.fileno()).st_size
        length = header_length(file.read(8), size)
        header = header_of(file.read(length))
        if size != 8 + length + max(map(_end, header.entries.values()), default=0):
            raise Unfit
        record = dict(parsed(header.metadata.get(KEY, "{}")))
    except (NotSafetensors, Unfit, AttributeError):
        raise damaged(path, "it is not a whole safetensors file") from None
    except OSError as error:
        raise cannot_read(path, error.strerror or str(error)) from None
    if CHECKSUM not in record:
        raise SpecError([OTHER_FORMAT.at(Place(str(path)), path=path, reason="chainrule did not write it")])
    return header, record


def _end(entry: Mapping[str, Any]) -> int:
    """Where an array ends, counted from the end of the header."""
    offsets = entry.get("data_offsets")
    if type(offsets) is not list or len(offsets) != 2:
        raise Unfit
    return whole(offsets[1])


def _tensors(path: Path, file: BinaryIO, header: Header) -> dict[str, Array]:
    """The arrays of a file of which the header has been read."""
    try:
        return tensors_of(header, file.read())
    except NotSafetensors:
        raise damaged(path, "it is not a whole safetensors file") from None
    except OSError as error:
        raise cannot_read(path, error.strerror or str(error)) from None


def _check_format(path: Path, record: Record, formats: tuple[str, ...]) -> None:
    if record.get("format") not in formats:
        reason = f"it is a `{record.get('format')}`, not a `{formats[0]}`"
        raise SpecError([OTHER_FORMAT.at(Place(str(path)), path=path, reason=reason)])


def _checksum(tensors: Mapping[str, Array], record: Mapping[str, object]) -> str:
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode("ascii"))
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode("ascii"))
        digest.update(array.tobytes())
    return digest.hexdigest()
