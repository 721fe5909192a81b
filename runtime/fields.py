"""Records that were read from a file, field by field: each is of the kind that is asked for, or the record is unfit."""

import json
import math
from collections.abc import Mapping
from typing import Any

MOST = 2**53
"""Whole numbers are below it: steps, rows and threads are counted with them."""


class Unfit(Exception):
    """A record in which something is missing, or of another kind than it should be."""


class Fields:
    """The fields of a record, a mapping that JSON was read as. All raise Unfit."""

    def __init__(self, record: object) -> None:
        if type(record) is not dict:
            raise Unfit
        self._record: dict[str, Any] = record

    def __contains__(self, name: str) -> bool:
        return self._record.get(name) is not None

    def text(self, name: str) -> str:
        """A text."""
        value = self._record.get(name)
        if type(value) is not str:
            raise Unfit
        return value

    def place(self, name: str) -> str:
        """A text that may name a file or a folder."""
        text = self.text(name)
        if "\0" in text:
            raise Unfit
        return text

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._record.get(name)
        if type(value) is not bool:
            raise Unfit
        return value

    def whole(self, name: str, least: int = 0) -> int:
        """A whole number."""
        return whole(self._record.get(name), least)

    def number(self, name: str) -> float:
        """A number as `written_number` wrote it."""
        return number(self._record.get(name))

    def part(self, name: str) -> "Fields":
        """A record inside this one."""
        return Fields(self._record.get(name))

    def record(self, name: str) -> dict[str, Any]:
        """The same, with whatever it holds."""
        value = self._record.get(name)
        if type(value) is not dict:
            raise Unfit
        return value

    def items(self, name: str) -> list[Any]:
        """A list."""
        value = self._record.get(name)
        if type(value) is not list:
            raise Unfit
        return value

    def texts(self, name: str) -> dict[str, str]:
        """Texts by name."""
        return _texts(self._record.get(name))

    def lists(self, name: str) -> dict[str, tuple[str, ...]]:
        """Lists of texts by name."""
        value = self._record.get(name)
        if type(value) is not dict or not all(type(each) is list for each in value.values()):
            raise Unfit
        if not all(type(text) is str for each in value.values() for text in each):
            raise Unfit
        return {key: tuple(each) for key, each in value.items()}


def whole(value: object, least: int = 0) -> int:
    """A whole number that steps and rows can be counted with. Raises Unfit."""
    if type(value) is not int or not least <= value < MOST:
        raise Unfit
    return value


def number(value: object) -> float:
    """A number, or the text of one that is not finite. Raises Unfit."""
    if value in ("nan", "inf", "-inf"):
        return float(str(value))
    if type(value) is int:
        return whole(value, -MOST)
    if type(value) is not float or not math.isfinite(value):
        raise Unfit
    return value


def written_number(value: float) -> float | str:
    """A number as JSON holds it: one that is not finite as a text."""
    return value if math.isfinite(value) else str(value)


def parsed(text: bytes | str) -> Mapping[str, Any]:
    """The record that a text is, in JSON: every number finite, every text one of letters or of a file's name.

    Raises Unfit.
    """
    try:
        record = json.loads(text, parse_float=_finite, parse_constant=_finite)
        if "\\u" in text if isinstance(text, str) else b"\\u" in text:
            json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogateescape")  # raises with half a letter
    except (ValueError, RecursionError):
        raise Unfit from None
    if type(record) is not dict:
        raise Unfit
    return record


def written(record: Mapping[str, Any], indent: int | None = None) -> str:
    """The JSON of a record, every number finite; letters as they are, unless the name of a file is no Unicode."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(record, allow_nan=False, indent=indent)
    return text


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unfit
    return value


def _texts(value: object) -> dict[str, str]:
    if type(value) is not dict or not all(type(each) is str for each in value.values()):
        raise Unfit
    return value
