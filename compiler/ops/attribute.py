"""Attributes: keyword arguments of an operation that are part of its node, not operands (`axis`, `eps`)."""

import math
from collections.abc import Callable, Mapping
from types import EllipsisType, MappingProxyType
from typing import Literal, NamedTuple, TypeAlias, TypeGuard

from ..shape import Linear, Shape, Size

Settings: TypeAlias = tuple["int | float | str | bool | Settings", ...]
"""A list in a call: numbers, texts, booleans, lists."""

Listed: TypeAlias = tuple["int | float | str | bool | Linear | Listed", ...]
"""The same as a text has it, where sizes may stand too."""

Sizes: TypeAlias = tuple[Size | EllipsisType, ...]
"""A shape as a call writes it: -1 is the size that is left, `...` the axes that are."""

AttributeValue: TypeAlias = int | float | str | bool | Size | Shape | Sizes | Settings | None

Attributes: TypeAlias = tuple[AttributeValue, ...]
"""Values of a node's attributes, in the order of its operation's."""

Kind: TypeAlias = Literal["integer", "number", "text", "boolean", "list", "sizes", "length", "size", "shape"]

WANTED: Mapping[Kind, str] = MappingProxyType(
    {
        "integer": "a whole number",
        "number": "a number",
        "text": 'a text, `"..."`',
        "boolean": "`true` or `false`",
        "list": "a list, `[...]`",
        "sizes": "a list of sizes, `[N, 3]`",
        "length": "a size, `3` or a dim",
    }
)
"""What a spec may write, in words."""


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a finite number, and no boolean."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number with too many digits
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and '"' not in value and "\n" not in value


def _is_setting(value: object) -> bool:
    return is_number(value) or isinstance(value, bool) or _is_text(value) or _is_list(value)


def _is_list(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_setting, value))


def _is_size(value: object) -> bool:
    return isinstance(value, int | Linear) and not isinstance(value, bool)


FITS: Mapping[Kind, Callable[[object], bool]] = MappingProxyType(
    {
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "number": is_number,
        "text": _is_text,
        "boolean": lambda value: isinstance(value, bool),
        "list": _is_list,
        "sizes": lambda value: isinstance(value, tuple) and all(each is ... or _is_size(each) for each in value),
        "length": _is_size,
        "size": _is_size,
        "shape": lambda value: isinstance(value, tuple) and all(map(_is_size, value)),
    }
)
"""Whether a value is of a kind."""


class Attribute(NamedTuple):
    """An attribute: what may stand there, and what stands there where a call says nothing.

    `kind` is one of the kinds, or several of which a value may have any; `choices` are the texts that may stand there,
    where these are few. `length` is a size and `sizes` a shape that a call may write, of which `complete` of the
    operation takes -1 and `...`; `size` and `shape` are made by the compiler only. All four may be symbolic. A default
    of None says that nothing was given; no call can write it.
    """

    name: str
    kind: Kind | tuple[Kind, ...]
    default: AttributeValue = None
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds, one or more."""
        return self.kind if isinstance(self.kind, tuple) else (self.kind,)

    @property
    def written(self) -> bool:
        """Whether a spec may write it."""
        return "size" not in self.kinds and "shape" not in self.kinds

    @property
    def symbolic(self) -> bool:
        """Whether dims may stand in it, which become numbers before anything runs."""
        return not self.written or "sizes" in self.kinds or "length" in self.kinds

    @property
    def wanted(self) -> str:
        """What a spec may write, in words: ``a whole number or a list, `[...]` ``."""
        texts = " or ".join(f'`"{choice}"`' for choice in self.choices)
        *others, last = [texts if kind == "text" and texts else WANTED[kind] for kind in self.kinds]
        return f"{', '.join(others)} or {last}" if others else last

    def admitted(self, value: object) -> object:
        """A value as nodes hold it: 2.0 is 2 where a whole number is wanted. `takes` says whether it fits."""
        if isinstance(value, tuple) and "sizes" in self.kinds:
            return tuple(int(each) if isinstance(each, float) and each.is_integer() else each for each in value)
        whole = isinstance(value, float) and value.is_integer() and "number" not in self.kinds
        return int(value) if whole and {"integer", "length"} & {*self.kinds} else value  # type: ignore[call-overload]  # it is a float

    def takes(self, value: object) -> bool:
        """Whether a value may stand there: one of its kinds and choices, or None where that is the default."""
        if value is None:
            return self.default is None and not self.required
        chosen = not self.choices or not isinstance(value, str) or value in self.choices
        return chosen and any(FITS[kind](value) for kind in self.kinds)


def attribute_text(value: AttributeValue | Listed | EllipsisType, number: Callable[[float], str] = str) -> str:
    """An attribute as a spec writes it: `1`, `"same"`, `true`, `[1, [2, 3]]`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(attribute_text(each, number) for each in value)}]"
    if value is ...:
        return "..."
    return number(value) if isinstance(value, int | float) else str(value)
