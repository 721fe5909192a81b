"""Arrays and a record in one safetensors file, with a checksum over both."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..grammar.diagnostic import Place, SpecError
from .atomic import read_bytes
from .execute import Array
from .safetensors_format import NotSafetensors, from_safetensors, to_safetensors
from .training_faults import DAMAGED, OTHER_FORMAT

Record: TypeAlias = dict[str, Any]
"""What JSON holds."""

KEY = "chainrule"
"""The one key of the file's metadata."""

CHECKSUM = "sha256"


class TensorFile(NamedTuple):
    """What a file holds; `record["format"]` says what kind of file it is."""

    tensors: dict[str, Array]
    record: Record


def encode(tensors: Mapping[str, Array], record: Mapping[str, object]) -> bytes:
    """The bytes of a file: the same for the same content."""
    held = {name: np.require(array, requirements=("C", "A")) for name, array in tensors.items()}
    text = json.dumps({**record, CHECKSUM: _checksum(held, record)}, ensure_ascii=False, allow_nan=False)
    return to_safetensors(held, {KEY: text})


def decode(path: Path, *formats: str) -> TensorFile:
    """Reads a file of one of these formats, the newest first.

    Raises SpecError where it cannot be read, is of none of them, or is not what was written.
    """
    data = read_bytes(path)
    try:
        tensors, metadata = from_safetensors(data)
        record = json.loads(metadata.get(KEY, "{}"))
    except (NotSafetensors, ValueError, RecursionError):
        reason = "it is not a whole safetensors file"
        raise SpecError([DAMAGED.at(Place(str(path)), path=path, reason=reason)]) from None
    if not isinstance(record, dict) or CHECKSUM not in record:
        raise SpecError([OTHER_FORMAT.at(Place(str(path)), path=path, reason="chainrule did not write it")])
    checksum = record.pop(CHECKSUM)
    if checksum != _checksum(tensors, record):
        reason = "its checksum does not match its content"
        raise SpecError([DAMAGED.at(Place(str(path)), path=path, reason=reason)])
    if record.get("format") not in formats:
        reason = f"it is a `{record.get('format')}`, not a `{formats[0]}`"
        raise SpecError([OTHER_FORMAT.at(Place(str(path)), path=path, reason=reason)])
    return TensorFile(tensors, record)


def _checksum(tensors: Mapping[str, Array], record: Mapping[str, object]) -> str:
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode("ascii"))
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode("ascii"))
        digest.update(array.tobytes())
    return digest.hexdigest()
