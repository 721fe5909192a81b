"""JSON texts: what is written can be shown anywhere; what is read is what stands there, or it is refused."""

import json
import math
from collections.abc import Iterable
from typing import Any

from ...grammar.diagnostic import shown
from ...grammar.hidden import HIDDEN


def dumps(document: object, *, ascii_only: bool = False) -> str:
    """A document as JSON text on one line; floats have their shortest text, and what can't be seen is escaped."""
    text = json.dumps(document, ensure_ascii=ascii_only, allow_nan=False)
    if text.isascii() and "\x7f" not in text:  # the others of ASCII are escaped already
        return text
    return HIDDEN.sub(lambda found: "\\u007f" if found[0] == "\x7f" else json.dumps(found[0])[1:-1], text)


def loads(data: bytes) -> Any:
    """What a JSON text holds.

    Raises ValueError where it is no JSON, no Unicode, gives a name twice, or has a number that float64 can't hold;
    RecursionError for lists in thousands of others.
    """
    return json.loads(data, object_pairs_hook=_object, parse_float=_real, parse_int=_whole)


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    held: dict[str, object] = {}
    for name, value in pairs:
        if name in held:
            raise ValueError(f"the name `{shown(name)}` stands twice in one object")
        held[name] = value
    return held


def _real(text: str) -> float:
    value = float(text)
    if math.isinf(value) or (value == 0 and text.lower().partition("e")[0].strip("-0.")):
        raise _out_of_range(text)
    return value


def _whole(text: str) -> int:
    if len(text) > 308 and math.isinf(float(text)):  # as many digits as float64 may have
        raise _out_of_range(text)
    return int(text)


def _out_of_range(text: str) -> ValueError:
    return ValueError(f"{text if len(text) <= 40 else f'{text[:20]}...{text[-10:]}'} is outside the range of numbers")
