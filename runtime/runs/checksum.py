"""Records that say their own checksum."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..fields import Unfit

KEY = "sha256"


def digest(record: Mapping[str, Any]) -> str:
    """The sha256 of a record: of what it says, however it is written. Raises Unfit for one that JSON does not hold."""
    try:
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode("ascii")).hexdigest()
    except (ValueError, TypeError, RecursionError):
        raise Unfit from None


def sealed(record: Mapping[str, Any], *, key: str = KEY, digits: int = 64) -> dict[str, Any]:
    """A record with the first digits of its checksum, behind all that it says."""
    return {**record, key: digest(record)[:digits]}


def unsealed(record: Mapping[str, Any], *, key: str = KEY, digits: int = 64, needed: bool = True) -> dict[str, Any]:
    """The record without its checksum. Raises Unfit where that is wrong, or is `needed` and missing."""
    rest = {name: value for name, value in record.items() if name != key}
    if key not in record:
        if needed:
            raise Unfit
        return rest
    if record[key] != digest(rest)[:digits]:
        raise Unfit
    return rest
