"""A request of a page: its fields, each of the kind that it must be."""

from collections.abc import Mapping
from typing import Any, NoReturn

from ..grammar.diagnostic import shown
from ..grammar.spec_error import SpecError
from .faults import NOT_UNDERSTOOD


class Request:
    """A message with typed fields. Every method raises SpecError where a field is not what it must be."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def text(self, name: str, default: str | None = None) -> str:
        return str(self._one(name, str, "a text", default))

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.fields.get(name) is not None else None

    def whole(self, name: str, default: int | None = None, least: int = 0) -> int:
        value: int = self._one(name, int, "a whole number", default)
        if isinstance(value, bool) or value < least:
            self.refuse(f"`{name}` is not a whole number of at least {least}")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._one(name, int | float, "a number", default)
        if isinstance(value, bool) or not abs(value) < float("inf"):
            self.refuse(f"`{name}` is not a number")
        return float(value)

    def flag(self, name: str) -> bool | None:
        """True, False, or None where it is not there."""
        value = self.fields.get(name)
        return value if value is None or isinstance(value, bool) else self.refuse(f"`{name}` is not true or false")

    def texts(self, name: str) -> list[str] | None:
        """A list of texts, or None where it is not there."""
        found = self.fields.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            self.refuse(f"`{name}` is not a list of texts")
        return list(found)

    def mapping(self, name: str) -> dict[str, Any]:
        found = self.fields.get(name)
        if found is None:
            return {}
        if not isinstance(found, dict):
            self.refuse(f"`{name}` is no object")
        return dict(found)

    def _one(self, name: str, kind: Any, said: str, default: Any) -> Any:
        value = self.fields.get(name)
        if value is None:
            if default is None:
                self.refuse(f"`{name}` is missing")
            return default
        return value if isinstance(value, kind) else self.refuse(f"`{name}` is not {said}")

    def refuse(self, problem: str) -> NoReturn:
        """Says what is wrong with the request."""
        raise SpecError([NOT_UNDERSTOOD.at(None, problem=shown(problem))])
